import { describe, expect, test } from "vitest";
import { isLockedNow } from "../../src/assess/take-snapshot.ts";
import { repmgrdPaused } from "../../src/diagnosis/rules/repmgrd-paused.ts";
import type { PauseNote } from "../../src/model/host-reading.ts";
import { NOW, primaryReading, repmgrd, SYSTEM_IDENTIFIER } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const paused = { server: { repmgrd: repmgrd({ paused: true }) } };
const everywhere = { 1: paused, 2: paused, 3: paused, 4: paused };

describe("fires", () => {
	test.each([
		["on one node", worldOf({ 3: paused }), ["warning REPMGRD_PAUSED 3"]],
		[
			"on two of four",
			worldOf({ 2: paused, 3: paused }),
			["warning REPMGRD_PAUSED 2", "warning REPMGRD_PAUSED 3"],
		],
		["on all: one banner", worldOf(everywhere), ["warning REPMGRD_PAUSED cluster"]],
		["on all that answer", worldOf({ ...everywhere, 1: { fault: {} } }), ["warning REPMGRD_PAUSED cluster"]],
		["without SSH", worldOf({ 3: paused }, { ssh: false }), ["warning REPMGRD_PAUSED 3"]],
	])("%s", (_, world, expected) => {
		const findings = judge(repmgrdPaused, world);
		expect(inShort(findings)).toEqual(expected);
		for (const { hint } of findings)
			expect(hint).toContain("starts no failover for a primary that is already dead");
	});

	test("a pause that is latched while repmgrd is down is told as such", () => {
		const latched = {
			server: { repmgrd: repmgrd({ paused: true, running: false, pid: null }) },
			host: { repmgrd: false as const },
		};
		expect(judge(repmgrdPaused, worldOf({ 2: latched }))[0]?.detail).toMatch(
			/On "node2" it is not known to run either/,
		);
	});
});

describe("since when", () => {
	const told = (world: ReturnType<typeof worldOf>) => judge(repmgrdPaused, world)[0]?.evidence[0]?.text;

	test("exactly, when it was seen to begin", () => {
		expect(told(since(72, { 3: paused }))).toBe(
			"repmgr.repmgrd_is_paused() = true, since 2026-11-23 04:40:00 UTC",
		);
	});

	test("or earlier, when it was there at the first look", () => {
		expect(told(worldOf({ 3: paused }))).toBe(
			"repmgr.repmgrd_is_paused() = true, since 2026-11-23 04:41:12 UTC or earlier",
		);
	});
});

describe("a pause by a console", () => {
	const HOUR = 3_600_000;
	const note = {
		...{ systemIdentifier: SYSTEM_IDENTIFIER, who: "anna on bastion1", reason: "kernel upgrade" },
		...{ since: NOW - 2 * HOUR, until: NOW + HOUR },
	};
	const noted = (changes: Partial<PauseNote>, pauseFileAt: number | null = note.since + 1000) =>
		worldOf(
			Object.fromEntries(
				[1, 2, 3, 4].map((nodeId) => [
					nodeId,
					{ ...paused, host: { pauses: [{ ...note, nodeId, ...changes }], pauseFileAt } },
				]),
			),
		);
	const messages = (world: ReturnType<typeof worldOf>) =>
		judge(repmgrdPaused, world).map(({ code, message }) => `${code}: ${message}`);

	test("says who, since when, why and until when", () => {
		expect(messages(noted({}))).toEqual([
			"REPMGRD_PAUSED: repmgrd is paused on every node that answers, since 02:41 UTC by anna on bastion1 until 05:41 UTC (kernel upgrade)",
		]);
	});

	test("is reminded of once its end is over, with the way to unpause", () => {
		const [reminder, still] = judge(repmgrdPaused, noted({ until: NOW - HOUR / 2 }));
		expect(reminder).toMatchObject({
			code: "PAUSE_OVERDUE",
			severity: "warning",
			message: "the pause of repmgrd was to end at 04:11 UTC, and it is still paused everywhere",
			remedy: { intent: { kind: "unpause" } },
		});
		expect(reminder?.detail).toContain(
			"by anna on bastion1, to end at 04:11 UTC (kernel upgrade), 30 min ago",
		);
		expect(still?.code).toBe("REPMGRD_PAUSED");
	});

	test.each([
		["somebody paused or unpaused it since", noted({}, NOW - HOUR)],
		["it can't be read when it was paused", noted({}, null)],
		["it is of another cluster", noted({ systemIdentifier: "1" })],
		["it is of another node", noted({ nodeId: 7 })],
		["the host can't be read now", worldOf(everywhere, { ssh: false })],
	])("a note is not believed: %s", (_, world) => {
		expect(messages(world)).toEqual(["REPMGRD_PAUSED: repmgrd is paused on every node that answers"]);
	});
});

describe("unpausing", () => {
	test("is offered while there is a primary", () => {
		expect(judge(repmgrdPaused, worldOf(everywhere))[0]).toMatchObject({
			remedy: { nodeId: 1, argv: ["repmgr", "-f", "/etc/repmgr.conf", "service", "unpause"] },
			doNot: null,
		});
	});

	test.each([
		["does not answer", worldOf({ ...everywhere, 1: { fault: {} } })],
		[
			"is not the only one",
			worldOf({ ...everywhere, 2: { server: { ...primaryReading(), ...paused.server } } }),
		],
	])("is not offered while the primary %s", (_, world) => {
		const [found] = judge(repmgrdPaused, world);
		expect(found?.remedy).toBeNull();
		expect(found?.doNot).toMatch(/^Do not unpause/);
	});
});

test.each([
	["no repmgrd is paused", worldOf()],
	["the library does not tell", worldOf({ 2: { server: { repmgrd: repmgrd({ paused: null }) } } })],
	["the node that was paused does not answer", worldOf({ 2: { ...paused, fault: {} } })],
	["no library", worldOf({ 2: { server: { repmgrd: null } } })],
])("does not fire: %s", (_, world) => {
	expect(judge(repmgrdPaused, world)).toEqual([]);
});

describe("an operation of a console", () => {
	test("pauses on purpose: nothing is said while it runs", () => {
		const world = worldOf(everywhere);
		const operating = { ...world, snapshot: { ...world.snapshot, isOperating: true } };
		expect(judge(repmgrdPaused, operating)).toEqual([]);
	});

	test("is looked for before a pause that has just begun is said", () => {
		expect(judge(repmgrdPaused, since(2, everywhere))).toEqual([]);
		expect(inShort(judge(repmgrdPaused, since(5, everywhere)))).toEqual(["warning REPMGRD_PAUSED cluster"]);
	});

	test("is one where more than half of the hosts have its lock, as long as it lives: it has just begun, or a command of it runs", () => {
		const { takenAt, cluster } = worldOf().snapshot;
		const lockOf = (age: number, workedAgoSeconds?: number) => ({
			host: {
				locks: [
					{
						operationId: "one",
						operation: "switchover",
						who: "anna",
						since: takenAt - age,
						systemIdentifier: cluster.systemIdentifier ?? "",
						...(workedAgoSeconds !== undefined && { workedAgoSeconds }),
					},
				],
			},
		});
		const held = (age: number, ...nodeIds: readonly number[]) =>
			isLockedNow(worldOf(Object.fromEntries(nodeIds.map((id) => [id, lockOf(age)]))).snapshot);
		expect(held(10_000, 1, 2, 3)).toBe(true);
		expect(held(10_000, 1, 2)).toBe(false);
		expect(held(10 * 60_000, 1, 2, 3, 4)).toBe(false);
		// A clone that takes an hour, on one of the hosts.
		const long = (ago: number, locks = 4) =>
			isLockedNow(
				worldOf(
					Object.fromEntries(
						[1, 2, 3, 4].slice(0, locks).map((id) => [id, lockOf(3_600_000, id === 2 ? ago : undefined)]),
					),
				).snapshot,
			);
		expect([long(0), long(0, 2), long(600)]).toEqual([true, false, false]);
	});
});
