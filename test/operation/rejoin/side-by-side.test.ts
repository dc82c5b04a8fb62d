import { expect, test } from "vitest";
import { sideBySide, stateAround } from "../../../src/operation/rejoin/side-by-side.ts";
import { comparedLines } from "../../../src/presentation/run-report.ts";
import { factsOf } from "../../support/facts.ts";
import { receiver, SYSTEM_IDENTIFIER } from "../../support/records.ts";

/** node1 was the primary and is stopped; node2 is the primary and keeps a slot that nobody uses; the witness watches node1. */
const BEFORE = factsOf(
	{
		1: {
			look: {
				postmaster: false,
				controlData: {
					state: "shut down",
					timeline: 1,
					checkpointLsn: "0/5000088",
					systemIdentifier: SYSTEM_IDENTIFIER,
				},
			},
		},
		2: { server: { idleSlots: ["repmgr_slot_1", "repmgr_slot_3"] } },
	},
	{
		1: { fault: { kind: "refused" } },
		2: { server: { inRecovery: false, timeline: 2, walReceiver: null, currentLsn: "0/6000000" } },
	},
);
const AFTER = factsOf(
	{ 2: { server: { idleSlots: [] } } },
	{
		1: {
			server: {
				inRecovery: true,
				timeline: 2,
				currentLsn: null,
				walReceiver: receiver({ senderHost: "node2" }),
			},
		},
		2: { server: { inRecovery: false, timeline: 2, walReceiver: null, currentLsn: "0/6000000" } },
		4: { registered: { upstreamNodeId: 2 } },
	},
);

test("what a rejoin sets right is told before and after", () => {
	const before = stateAround(BEFORE, 1);
	expect(before).toEqual([
		{ title: '"node1"', value: 'stopped; control data: "shut down", timeline 1' },
		{ title: 'row of "node1"', value: "active primary, under no node" },
		{ title: 'unused slots on "node1"', value: expect.stringMatching(/^none$|^not read/) },
		{ title: 'unused slots on "node2"', value: "repmgr_slot_1 and repmgr_slot_3" },
		{ title: 'repmgrd on "node1"', value: expect.any(String) },
		{ title: 'row of witness "node4"', value: 'under "node1"' },
	]);
	const rows = sideBySide(before, stateAround(AFTER, 1));
	expect(rows).toContainEqual({
		title: 'unused slots on "node2"',
		before: "repmgr_slot_1 and repmgr_slot_3",
		after: "none",
	});
	expect(rows[0]?.after).toMatch(/^standby, \w+ from "node2"/);
	expect(rows).toContainEqual({
		title: 'row of witness "node4"',
		before: 'under "node1"',
		after: 'under "node2"',
	});
});

test("side by side where there is room, else below each other; what is not seen afterwards says so", () => {
	const rows = [{ title: '"node1"', before: "stopped", after: "standby" }];
	expect(comparedLines(rows, 60)).toEqual(["         BEFORE   AFTER", '"node1"  stopped  standby']);
	expect(comparedLines([{ ...rows[0], title: '"node1"', before: "stopped", after: null }], 20)).toEqual([
		'"node1"',
		"  before: stopped",
		"  after:  not seen",
	]);
});
