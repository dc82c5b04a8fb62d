import { expect, test } from "vitest";
import { upstreamStandbyDown } from "../../src/diagnosis/rules/upstream-standby-down.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, failedOver, silent, stopped } from "../support/reach.ts";
import { sender, slot } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const orphan = { ...detached(60), registered: { upstreamNodeId: 2 } };
const nothingSent = { server: { walSenders: [], slots: [slot("repmgr_slot_2", null)] } };
const stop = stopped("shut down in recovery");
const UPSTREAM = ["warning UPSTREAM_STANDBY_DOWN 2"];

test.each([
	["stopped", since(60, { 1: nothingSent, 2: stop, 3: orphan })],
	["at first sight", worldOf({ 1: nothingSent, 2: stop, 3: orphan })],
	["silent, and no node reaches it", since(60, { 1: nothingSent, 2: silent, 3: orphan })],
])("fires: %s", (_, world) => {
	expect(inShort(judge(upstreamStandbyDown, world))).toEqual(UPSTREAM);
	const codes = inShort(diagnose(world));
	expect(codes).toContain(UPSTREAM[0]);
	// What is said of both nodes is said once.
	expect(codes.join()).not.toMatch(/ STANDBY_(DOWN|UNREACHABLE_FROM_HERE) 2| STANDBY_DETACHED 3/);
});

test.each([
	["no node is registered under it", since(60, { 2: stop })],
	["it restarts", since(9, { 2: stop, 3: { ...detached(9), registered: { upstreamNodeId: 2 } } })],
	[
		"silent to us, but the primary sends to it (unknown)",
		since(60, {
			1: {
				server: {
					walSenders: [sender(62, { applicationName: "node2" })],
					slots: [slot("repmgr_slot_2", 62)],
				},
			},
			2: silent,
			3: orphan,
		}),
	],
	[
		"it is the former primary, which must not be started: others are registered under it still",
		since(60, {
			...failedOver(stopped("in production")),
			3: { ...detached(60), registered: { upstreamNodeId: 1 } },
		}),
	],
	["it runs: STANDBY_DETACHED", since(60, { 3: orphan })],
	[
		"the upstream is the primary",
		since(60, { 1: stopped("in production"), 2: detached(60), 3: detached(60) }),
	],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(upstreamStandbyDown, world)).toEqual([]);
});
