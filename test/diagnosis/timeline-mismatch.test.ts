import { expect, test } from "vitest";
import { timelineMismatch } from "../../src/diagnosis/rules/timeline-mismatch.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, failedOver, silent } from "../support/reach.ts";
import { receiver } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

/** Node 3 streams timeline 2 from node 2, which we can't read; node 1 still runs as a primary. */
const hidden = {
	2: silent,
	3: { server: { timeline: 2, walReceiver: receiver({ senderHost: "node2", receivedTimeline: 2 }) } },
};
/** Node 3 streams timeline 1 from a server that did not follow the promotion of node 2. */
const behind = {
	...failedOver(silent),
	3: {
		registered: { upstreamNodeId: 2 },
		server: { timeline: 1, walReceiver: receiver({ senderHost: "node5" }) },
	},
};

test.each([
	[
		"a later timeline: a primary that is not seen",
		since(60, hidden),
		["critical TIMELINE_MISMATCH 3"],
		/there may be two primaries/,
	],
	[
		"an earlier timeline",
		since(60, behind),
		["warning TIMELINE_MISMATCH 3"],
		/did not follow the promotion of "node2"/,
	],
])("fires: %s", (_, world, expected, detail) => {
	const findings = judge(timelineMismatch, world);
	expect(inShort(findings)).toEqual(expected);
	expect(findings[0]?.detail).toMatch(detail);
	expect(inShort(diagnose(world))).toContain(expected[0]);
});

test.each([
	["a moment after a promotion", since(5, behind)],
	["detached: its control data may be old", since(60, { 3: detached(0, { timeline: 2 }) })],
	["its timeline is not known (unknown)", since(60, { 3: { server: { timeline: null } } })],
	["the primary's is not known (unknown)", since(60, { 1: { server: { timeline: null } }, 3: hidden[3] })],
	["the witness's", worldOf({ 4: { server: { timeline: 7 } } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(timelineMismatch, world)).toEqual([]);
});
