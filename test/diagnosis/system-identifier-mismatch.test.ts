import { expect, test } from "vitest";
import { systemIdentifierMismatch } from "../../src/diagnosis/rules/system-identifier-mismatch.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, stopped } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const FOREIGN = "7711271344394000000";
const primary = {
	server: {
		inRecovery: false,
		walReceiver: null,
		currentLsn: "0/3000000",
		receiveLsn: null,
		replayLsn: null,
		systemIdentifier: FOREIGN,
	},
};
const control = { state: "shut down", timeline: 1, checkpointLsn: "0/3000028", systemIdentifier: FOREIGN };

test.each([
	["it accepts writes", worldOf({ 3: primary }), ["critical SYSTEM_IDENTIFIER_MISMATCH 3"]],
	[
		"it is in recovery",
		worldOf({ 3: detached(0, { systemIdentifier: FOREIGN }) }),
		["warning SYSTEM_IDENTIFIER_MISMATCH 3"],
	],
	[
		"it is stopped, and its control data say so",
		worldOf({ 3: stopped("shut down", { controlData: control }) }),
		["warning SYSTEM_IDENTIFIER_MISMATCH 3"],
	],
])("fires: %s", (_, world, expected) => {
	expect(inShort(judge(systemIdentifierMismatch, world))).toEqual(expected);
});

test("explains split brain, divergence and drift", () => {
	const codes = inShort(diagnose(since(60, { 3: primary })));
	expect(codes).toContain("critical SYSTEM_IDENTIFIER_MISMATCH 3");
	expect(codes.join()).not.toMatch(/SPLIT_BRAIN|DIVERGED|METADATA_DRIFT|STANDBY_DETACHED/);
});

test.each([
	["a witness has its own", worldOf()],
	["it can't be read (unknown)", worldOf({ 3: { server: { systemIdentifier: null } } })],
])("does not fire: %s", (_, world) => {
	expect(judge(systemIdentifierMismatch, world)).toEqual([]);
});
