import { expect, test } from "vitest";
import { settlingOf } from "../../src/diagnosis/grace.ts";
import { severityOf } from "../../src/diagnosis/index.ts";
import type { World } from "../../src/diagnosis/world.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, silent } from "../support/reach.ts";
import { since, worldOf } from "../support/worlds.ts";

function judged(world: World) {
	const findings = diagnose(world);
	const settling = settlingOf(world, findings);
	return {
		clock: settling && `${settling.seconds} of ${settling.of} s: ${settling.nodeIds.join()}`,
		severity: severityOf(findings, world.snapshot),
	};
}

test.each<[string, World, ReturnType<typeof judged>]>([
	["all are well", worldOf(), { clock: null, severity: "ok" }],
	[
		"a standby is detached for 4 s",
		since(4, { 3: detached(4) }),
		{ clock: "4 of 10 s: 3", severity: "warning" },
	],
	["… for longer: a finding says it", since(12, { 3: detached(12) }), { clock: null, severity: "warning" }],
	["a standby is silent for 9 s", since(9, { 2: silent }), { clock: "9 of 10 s: 2", severity: "warning" }],
	["the primary went a second ago", since(1, { 1: silent }), { clock: "1 of 10 s: 1", severity: "unknown" }],
	[
		"a node that was not read yet settles nothing",
		worldOf({ 3: { isUnread: true } }),
		{ clock: null, severity: "unknown" },
	],
])("is never ok while a node is not well: %s", (_, world, expected) => {
	expect(judged(world)).toEqual(expected);
});
