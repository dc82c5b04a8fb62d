import { describe, expect, test } from "vitest";
import type { Timelines } from "../../src/model/timelines.ts";
import {
	AFTER_FAILOVER,
	EVENTS,
	FAILED_OVER,
	OPERATION,
	RECORDED,
	type ReadingChanges,
	readingsOf,
	SPLIT,
	timelinesIn,
} from "../support/timelines.ts";

const split = (changes: Readonly<Record<number, ReadingChanges>> = {}): Timelines =>
	timelinesIn(SPLIT, readingsOf(RECORDED, changes));
const failedOver = (changes: Readonly<Record<number, ReadingChanges>> = {}): Timelines =>
	timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER, changes));

const inShort = ({ promotions }: Timelines) =>
	promotions.map(({ timeline, from, at, isExact, nodeId, cause, operation }) =>
		[
			`${timeline} from ${from.timeline} ${from.lsn}`,
			`${isExact ? "" : "<= "}${at === null ? "?" : new Date(at).toISOString().slice(11, 19)}`,
			nodeId === null ? "?" : `node${nodeId}`,
			cause ?? "?",
			...(operation === null ? [] : [operation.who]),
		].join(", "),
	);

test("tells the recorded promotions, the newest first", () => {
	expect(inShort(split())).toEqual([
		"4 from 3 0/60246D0, 07:01:48, node2, without repmgr",
		"4 from 3 0/6020E30, 07:01:46, node3, without repmgr",
		"3 from 2 0/601A960, 07:00:42, node1, failover",
		"2 from 1 0/60000A0, 06:59:57, node2, switchover, root on bastion",
	]);
	expect(split().promotions.map(({ nodeIds, isAmbiguous }) => [nodeIds, isAmbiguous])).toEqual([
		[[2], true],
		[[3], true],
		[[1, 2, 3], false],
		[[1, 2, 3], false],
	]);
});

describe("what can't be read leaves less known, and nothing wrong", () => {
	test("without logs, events name the node", () => {
		const changes = { 1: { logged: null }, 2: { logged: null }, 3: { logged: null } };
		expect(inShort(split(changes))).toEqual([
			"4 from 3 0/60246D0, 07:01:48, node2, without repmgr",
			"4 from 3 0/6020E30, 07:01:46, node3, without repmgr",
			"3 from 2 0/601A960, 07:00:42, node1, failover",
			"2 from 1 0/60000A0, <= 06:59:59, node2, switchover, root on bastion",
		]);
	});

	test("without events, logs do, and nobody knows why", () => {
		const changes = { 1: { events: null }, 2: { events: null }, 3: { events: null } };
		expect(inShort(split(changes)).map((text) => text.split(", ").slice(2))).toEqual([
			["node2", "?"],
			["node3", "?"],
			["node1", "?"],
			["node2", "?", "root on bastion"],
		]);
	});

	test("with neither, a primary names itself, and the earlier ones are unknown", () => {
		const bare = { logged: null, events: null };
		expect(inShort(split({ 1: bare, 2: bare, 3: bare }))).toEqual([
			"4 from 3 0/60246D0, 07:01:48, node2, ?",
			"4 from 3 0/6020E30, 07:01:46, node3, ?",
			"3 from 2 0/601A960, 07:00:42, node1, ?",
			"2 from 1 0/60000A0, <= 06:59:59, ?, ?",
		]);
	});

	test("only later copies of the history file are left: no later than that", () => {
		const files = RECORDED[2]?.files ?? [];
		const bare = { logged: null, events: EVENTS.slice(0, 2), files: files.slice(0, 2) };
		const told = timelinesIn({ ...FAILED_OVER, 2: {} }, readingsOf({ 1: bare, 2: bare, 3: bare }));
		expect(inShort(told).at(-1)).toBe("2 from 1 0/60000A0, <= 07:01:41, ?, without repmgr");
	});

	test("events older than the oldest one that is kept are no evidence", () => {
		const readings = readingsOf(RECORDED).map((reading) => ({
			...reading,
			server: {
				value: { histories: null, events: { promotions: [], since: "2026-11-30T07:01:47.000000Z" } },
			},
		}));
		expect(timelinesIn(SPLIT, readings).promotions.map(({ cause }) => cause)).toEqual([
			"without repmgr",
			null,
			null,
			null,
		]);
	});

	test("two nodes that were promoted at the same position are not told apart", () => {
		const files = RECORDED[3]?.files ?? [];
		const told = split({ 2: { files, logged: RECORDED[2]?.logged ?? [] } });
		expect(told.promotions[0]).toMatchObject({
			timeline: 4,
			nodeId: null,
			isAmbiguous: true,
			nodeIds: [2, 3],
		});
		expect(told.ends.map(({ own }) => own.state)).toEqual(["some", "unknown", "unknown"]);
		expect(told.ends[1]?.own.why).toBe(
			'It and "node3" both write on timeline 4, which began at 0/6020E30 for both.',
		);
	});
});

describe("the console's own operations", () => {
	test.each([
		["of another node", { title: 'switchover to "node3"' }],
		["long before", { startedAt: OPERATION.startedAt - 3_600_000 }],
		["afterwards", { startedAt: OPERATION.startedAt + 60_000 }],
		["of another kind", { kind: "rejoin" }],
	])("one %s did not promote", (_, changes) => {
		const told = timelinesIn(SPLIT, readingsOf(RECORDED), [{ ...OPERATION, ...changes }]);
		expect(told.promotions.at(-1)?.operation).toBe(null);
	});

	test("a drill led to the failover", () => {
		const drill = {
			...OPERATION,
			kind: "drill",
			title: "failover drill",
			startedAt: OPERATION.startedAt + 30_000,
		};
		const told = timelinesIn(SPLIT, readingsOf(RECORDED), [drill, OPERATION]);
		expect(told.promotions.map(({ operation }) => operation)).toEqual([null, null, drill, OPERATION]);
	});
});

describe("each node's own end", () => {
	test("in a split brain every primary has WAL since the earliest fork", () => {
		expect(split().ends).toMatchObject(
			[
				[3, "0/601A960", "0/6024840", 0x6024840 - 0x6020e30],
				[4, "0/60246D0", "0/60379F0", 0x60379f0 - 0x6020e30],
				[4, "0/6020E30", "0/6022D68", 0x6022d68 - 0x6020e30],
			].map(([timeline, fork, lsn, bytes]) => ({
				...{ role: "primary", isRunning: true, timeline, lsn },
				fork: { lsn: fork },
				own: { state: "some", bytes, isAtLeast: false, from: { timeline: 3, lsn: "0/6020E30" } },
			})),
		);
	});

	test("after a failover a standby has none, and a crashed primary perhaps", () => {
		const [first, second, third] = failedOver().ends;
		expect(first).toMatchObject({ role: "primary", timeline: 3, own: { state: "primary" } });
		expect(second).toMatchObject({
			...{ role: "primary", isRunning: false, timeline: 2, lsn: "0/60014E0" },
			fork: { timeline: 1, lsn: "0/60000A0" },
			own: {
				state: "unknown",
				why: 'It made its last checkpoint at 0/60014E0, before "node1" left timeline 2 at 0/601A960; it may have more.',
			},
		});
		expect(third).toMatchObject({ role: "standby", timeline: 3, own: { state: "none", bytes: 0 } });
	});

	const stopped = (state: string, checkpointLsn: string) => ({
		2: {
			look: {
				postmaster: false as const,
				controlData: { state, timeline: 2, checkpointLsn, systemIdentifier: null },
			},
		},
	});

	test.each([
		["shut down", "0/601A000", "none", 0, false],
		["shut down", "0/601A960", "some", 0, false],
		["shut down", "0/601AA60", "some", 256, false],
		["in production", "0/601AA60", "some", 256, true],
		["shut down in recovery", "0/601A000", "unknown", null, false],
	] as const)("a server that is %s at %s: %s", (state, lsn, own, bytes, isAtLeast) => {
		expect(failedOver(stopped(state, lsn)).ends[1]?.own).toMatchObject({ state: own, bytes, isAtLeast });
	});

	test("a standby that received more than the new primary has it of its own", () => {
		const behind = {
			server: { timeline: 2, receiveLsn: "0/601B960", replayLsn: "0/601B960", walReceiver: null },
		};
		const files = RECORDED[3]?.files?.slice(0, 1) ?? [];
		const told = timelinesIn({ ...FAILED_OVER, 3: behind }, readingsOf(AFTER_FAILOVER, { 3: { files } }));
		expect(told.ends[2]?.own).toMatchObject({
			state: "some",
			bytes: 0x1000,
			from: { timeline: 2, lsn: "0/601A960" },
		});
	});

	test("nothing is known of a node that can't be read", () => {
		const fault = { kind: "unreachable", message: "no answer from node2:22" } as const;
		const told = failedOver({ 2: { hostFault: fault } });
		expect(told.ends[1]).toMatchObject({
			...{ role: null, isRunning: false, timeline: null, lsn: null, fork: null },
			own: { state: "unknown", bytes: null, why: "Connection refused. No answer from node2:22." },
		});
		expect(told.unread).toEqual([
			`history files, repmgr.events and PostgreSQL's log of "node2" can't be read: connection refused; no answer from node2:22`,
		]);
	});

	test("without a primary there is nothing to compare with", () => {
		const told = timelinesIn(
			{ ...FAILED_OVER, 1: { fault: { kind: "refused" } } },
			readingsOf(AFTER_FAILOVER),
		);
		expect(told.ends.map(({ own }) => own.state)).toEqual(["unknown", "unknown", "unknown"]);
	});
});
