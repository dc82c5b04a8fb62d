import { describe, expect, test } from "vitest";
import { NO_HANDOVER, recordHandover } from "../../src/assess/handover.ts";
import { forecastElection } from "../../src/diagnosis/election/forecast.ts";
import type { World } from "../../src/diagnosis/world.ts";
import { repmgrEntry } from "../../src/model/log-entry.ts";
import { failoverLine } from "../../src/presentation/failover-line.ts";
import { fakeSession } from "../support/fake-session.ts";
import { everybodyLostIt, failedOver, frozen, quiet, stopped, withRepmgrd } from "../support/reach.ts";
import { failed, NOW, primaryReading, registration, standbyReading } from "../support/records.ts";
import { recorded } from "../support/ui-context.tsx";
import { since, worldOf } from "../support/worlds.ts";

const AFTER: World = worldOf(failedOver(stopped("in production")));
const NOTHING = { handovers: { primary: null, last: null, isSplit: false }, log: [], now: NOW };

const besideFinding = (world: World) =>
	failoverLine({ ...NOTHING, snapshot: { ...world.snapshot, forecast: forecastElection(world) } }, true);

const lineOf = (world: World, changes: Partial<Parameters<typeof failoverLine>[0]> = {}) =>
	failoverLine({
		...NOTHING,
		snapshot: { ...world.snapshot, forecast: forecastElection(world) },
		...changes,
		handovers: recordHandover(changes.handovers ?? NO_HANDOVER, world.snapshot),
	});

describe("while a primary is missing", () => {
	test("says who is expected, from when to when", () => {
		const line = lineOf(since(3, { 1: stopped("in production"), ...everybodyLostIt(3) }));
		expect(line?.tone).toBe("warning");
		expect(line?.text).toMatch(
			/^Primary "node1" lost 3 s ago, by 04:41:09 UTC: repmgrd is expected to promote "node2" between 04:41:\d\d and 04:4\d:\d\d UTC \(in \d+ to \d+ s\)\. Wait for it\.$/,
		);
	});

	test("says that it is overdue, for how long, what is seen of the cause and what to read", () => {
		const line = lineOf(since(400, { 1: frozen, 2: quiet(1, 400), 3: quiet(1, 400), 4: quiet(1, 400) }));
		expect(line?.tone).toBe("critical");
		expect(line?.text).toMatch(
			/Overdue for \d+ (s|min): The failover to "node2" was due by .* has not happened: .* read its log\./,
		);
	});

	test("says why none is promoted", () => {
		const world = since(
			12,
			withRepmgrd({ 1: stopped("in production"), ...everybodyLostIt(12) }, { paused: true }),
		);
		expect(lineOf(world)).toMatchObject({
			tone: "critical",
			text: expect.stringMatching(/: repmgrd will promote no standby: .*paused/),
		});
	});

	test("says nothing twice beside FAILOVER_IN_PROGRESS, which names who is promoted and when", () => {
		const world = since(3, { 1: stopped("in production"), ...everybodyLostIt(3) });
		expect(besideFinding(world)?.text).toMatch(
			/^Primary lost 3 s ago, by 04:41:09 UTC\. Failover in \d+ to \d+ s\.$/,
		);
		const overdue = since(400, { 1: frozen, 2: quiet(1, 400), 3: quiet(1, 400), 4: quiet(1, 400) });
		expect(besideFinding(overdue)?.text).toMatch(
			/^Primary lost .* UTC\. Overdue for \d+ (s|min): repmgrd there last saw/,
		);
	});

	test("says nothing while an operation has paused repmgrd, which tells itself what it does", () => {
		const world = since(3, { 1: stopped("in production"), ...everybodyLostIt(3) });
		expect(lineOf({ ...world, snapshot: { ...world.snapshot, isOperating: true } })).toBeNull();
	});

	test("says nothing while the primary answers and none was seen to change", () => {
		expect(lineOf(worldOf())).toBeNull();
	});
});

describe("for an hour after the primary changed", () => {
	const from = { nodeId: 1, at: NOW - 66_200, timeline: 1, lsn: "0/5000100" };
	const loss = { by: "nothing" as const, text: "bytes lost: unknown" };
	const handover = { from, toNodeId: 2, at: NOW - 60_000, wasSplit: false, loss };
	const seen = (changes: Partial<typeof handover> = {}) => ({
		handovers: { primary: null, last: { ...handover, ...changes }, isSplit: false },
	});

	test("tells from, to, seconds and bytes, and what is not known of them", () => {
		expect(lineOf(AFTER, seen())?.text).toBe(
			'Primary changed "node1" → "node2" at 04:40:12 UTC, 60 s ago: no primary answered for 6.2 s at most; bytes lost: unknown; 0 of what it had at its last answer.',
		);
		expect(lineOf(AFTER, seen({ from: { ...from, lsn: "0/5001100" } }))?.text).toContain(
			"at least 4.0 kB of its WAL lost",
		);
		expect(lineOf(AFTER, seen({ from: { ...from, lsn: null as never } }))?.text).toContain(
			"bytes lost: unknown",
		);
	});

	test("counts exactly once the old primary's control data say that it was shut down", () => {
		const controlData = { ...stopped("shut down").host?.controlData, checkpointLsn: "0/5000900" } as never;
		const world = worldOf(failedOver(stopped("shut down", { controlData })));
		expect(lineOf(world, seen())?.text).toContain("; 2.0 kB of its WAL lost.");
	});

	test("keeps what the control data said once the old primary is a standby again", () => {
		const controlData = { ...stopped("shut down").host?.controlData, checkpointLsn: "0/5000900" } as never;
		const down = worldOf(failedOver(stopped("shut down", { controlData })));
		const known = recordHandover(seen().handovers, down.snapshot);
		expect(lineOf(AFTER, { handovers: known })?.text).toContain("; 2.0 kB of its WAL lost.");
	});

	test("a shutdown that switched to a new segment proves no loss: what it left unused is no WAL", () => {
		const lossAt = (checkpointLsn: string, lsn: string): string | undefined => {
			const controlData = { ...stopped("shut down").host?.controlData, checkpointLsn } as never;
			const world = worldOf(failedOver(stopped("shut down", { controlData })));
			return lineOf(world, seen({ from: { ...from, lsn } }))?.text;
		};
		expect(lossAt("0/6000028", "0/5000100")).toContain(
			"; 0 bytes lost of what it had at its last answer, and at most 16 MB of later WAL.",
		);
		expect(lossAt("0/6000028", "0/5001100")).toContain(
			"; at least 4.0 kB and at most 16 MB of its WAL lost.",
		);
		expect(lossAt("0/5000028", "0/5000028")).toContain("; 0 bytes lost.");
	});

	test("names it by repmgr's event, and tells of a split brain", () => {
		const log = [repmgrEntry(recorded(59, { nodeId: 2, event: "repmgrd_failover_promote" }))];
		expect(lineOf(AFTER, { ...seen(), log })?.text).toMatch(/^Failover "node1" → "node2"/);
		expect(lineOf(AFTER, seen({ wasSplit: true }))?.text).toContain("more than one primary in between");
		// Its event is a second younger than what was seen.
		expect(lineOf(AFTER, { ...seen(), log, now: handover.at + 3_600_000 })).toBeNull();
	});

	test("tells what repmgr recorded where this console did not watch it", () => {
		const details = 'node "node2" (ID: 2) promoted to primary; old primary "node1" (ID: 1) marked as failed';
		const log = [repmgrEntry(recorded(600, { nodeId: 2, event: "repmgrd_failover_promote", details }))];
		expect(lineOf(AFTER, { log })?.text).toMatch(
			/^Failover "node1" → "node2" at 04:31:12 UTC, 10 min ago \(repmgr\.events\): .* seconds and bytes lost are unknown/,
		);
		expect(lineOf(AFTER, { log, now: NOW + 3_000_001 })).toBeNull();
	});
});

test("the store keeps the last change of the primary", () => {
	const session = fakeSession([registration(1), registration(2)]);
	const { store } = session;
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	store.receive([{ nodeId: 1, of: "server", observation: failed({}, NOW + 1000) }]);
	expect(store.getState().handovers.last).toBeNull();
	session.sees(2, primaryReading({ timeline: 2 }), 4000);
	expect(store.getState().handovers.last).toEqual({
		from: { nodeId: 1, at: NOW, timeline: 1, lsn: "0/5000000" },
		toNodeId: 2,
		at: NOW + 4000,
		wasSplit: false,
		loss: expect.objectContaining({ text: expect.stringContaining("bytes lost: unknown") }),
	});
	session.sees(1, primaryReading(), 5000);
	store.receive([{ nodeId: 2, of: "server", observation: failed({}, NOW + 6000) }]);
	session.sees(1, primaryReading(), 7000);
	expect(store.getState().handovers.last).toMatchObject({ toNodeId: 1, wasSplit: true });
});
