import { describe, expect, test } from "vitest";
import { slotInactiveRetainingWal } from "../../src/diagnosis/rules/slot-inactive-retaining-wal.ts";
import type { ReplicationSlot } from "../../src/model/server-reading.ts";
import { slot } from "../support/records.ts";
import { diskReading, inShort, judge, since, worldOf } from "../support/worlds.ts";

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const well = [slot("repmgr_slot_2", 62), slot("repmgr_slot_3", 63)];
const holding = (changes: Partial<ReplicationSlot>) => ({
	server: { slots: [...well, { ...slot("orphaned_slot", null), ...changes }] },
});
const of3 = (changes: Partial<ReplicationSlot>) => ({
	server: { slots: [slot("repmgr_slot_2", 62), { ...slot("repmgr_slot_3", null), ...changes }] },
});
const found = (severity: string, nodeId = 1) => [`${severity} SLOT_INACTIVE_RETAINING_WAL ${nodeId}`];

describe("fires", () => {
	test.each([
		[
			"of no registered node, however little it keeps",
			worldOf({ 1: holding({ retainedBytes: 0 }) }, { ssh: false }),
			found("notice"),
		],
		[
			"1 GB for no registered node",
			worldOf({ 1: holding({ retainedBytes: GB }) }, { ssh: false }),
			found("warning"),
		],
		[
			"1 GB for a standby that is away",
			worldOf({ 1: of3({ retainedBytes: GB }) }, { ssh: false }),
			found("warning"),
		],
		[
			"a tenth of a small disk",
			worldOf({ 1: { ...of3({ retainedBytes: 103 * MB }), host: { disks: diskReading(0.2, GB) } } }),
			found("warning"),
		],
		["unreserved", worldOf({ 1: of3({ walStatus: "unreserved" }) }), found("critical")],
		[
			"lost",
			worldOf({ 1: of3({ walStatus: "lost", restartLsn: null, retainedBytes: null }) }),
			found("critical"),
		],
		[
			"a subscription's",
			worldOf({ 1: holding({ slotType: "logical", retainedBytes: 2 * GB }) }),
			found("warning"),
		],
		[
			"on a standby, left over from other days",
			worldOf({ 2: { server: { slots: [{ ...slot("old", null), retainedBytes: 5 * GB }] } } }),
			found("warning", 2),
		],
	])("%s", (_, world, expected) => {
		expect(inShort(judge(slotInactiveRetainingWal, world))).toEqual(expected);
	});

	test.each([
		["wal_removed", /exceeds max_slot_wal_keep_size/],
		["idle_timeout", /idle_replication_slot_timeout/],
		["wal_level_insufficient", /needs a higher wal_level/],
		["something_new", /invalidated: something_new/],
	])("explains a lost slot: %s", (invalidationReason, cause) => {
		const world = worldOf({
			1: of3({ walStatus: "lost", restartLsn: null, retainedBytes: null, invalidationReason }),
		});
		const [found] = judge(slotInactiveRetainingWal, world);
		expect(found?.severity).toBe("critical");
		expect(found?.detail).toMatch(cause);
		expect(found?.detail).toMatch(/A standby that can't go on must be cloned again\.$/);
		expect(found?.evidence[0]?.text).toContain(`invalidation_reason ${invalidationReason}`);
		if (invalidationReason !== "wal_removed") expect(found?.detail).not.toContain("max_slot_wal_keep_size");
	});

	test("advises to create the subscription of an invalidated logical slot again", () => {
		const lost = {
			walStatus: "lost",
			restartLsn: null,
			retainedBytes: null,
			invalidationReason: "idle_timeout",
		};
		const [found] = judge(
			slotInactiveRetainingWal,
			worldOf({ 1: holding({ ...lost, slotType: "logical" }) }),
		);
		expect(found?.severity).toBe("warning");
		expect(`${found?.detail} ${found?.hint}`).toMatch(
			/subscription of a subscriber .* must be created again/,
		);
		expect(`${found?.detail} ${found?.hint}`).not.toMatch(/cloned|max_slot/);
	});

	test("fires once per node, with the worst severity of its slots", () => {
		const slots = [
			...well,
			{ ...slot("a", null), retainedBytes: 3 * GB },
			{ ...slot("b", null), retainedBytes: 1 },
		];
		const [found, ...more] = judge(slotInactiveRetainingWal, worldOf({ 1: { server: { slots } } }));
		expect(more).toEqual([]);
		expect(found).toMatchObject({ severity: "warning", remedy: null });
		expect(found?.message).toContain("a, b");
		expect(found?.message).toContain("3.0 GB");
		expect(found?.evidence).toHaveLength(2);
	});
});

describe("time until the disk is full", () => {
	const detailOf = (world: ReturnType<typeof worldOf>) => judge(slotInactiveRetainingWal, world)[0]?.detail;
	const host = { disks: diskReading(0.9, 100 * GB) };
	const primary = { ...holding({ retainedBytes: GB }), host };

	test("estimates the time left from the WAL rate of the present period", () => {
		// From 0/5000000 to 0/9C40000 in an hour, by an otherwise healthy primary.
		const now = { ...primary, server: { ...primary.server, currentLsn: "0/9C40000" } };
		const world = worldOf({ 1: now }, { before: {}, secondsAgo: 1800 });
		expect(detailOf(world)).toMatch(
			/^The server keeps .* The disk has 10 GB left, enough for about 6 d at the recent rate of 22 kB of WAL per second/,
		);
	});

	test("is not estimated before a minute has passed, or while nothing is written", () => {
		expect(detailOf(worldOf({ 1: primary }))).toContain(
			"The disk has 10 GB left; max_slot_wal_keep_size sets no limit",
		);
		expect(detailOf(since(3600, { 1: primary }))).toContain("10 GB left; max_slot_wal_keep_size");
	});

	test("is left out where slots have a limit, and without SSH", () => {
		const limited = { server: { ...primary.server, settings: { max_slot_wal_keep_size: "4GB" } }, host };
		expect(detailOf(worldOf({ 1: limited }))).toContain("Beyond max_slot_wal_keep_size = 4GB");
		expect(detailOf(worldOf({ 1: holding({ retainedBytes: GB }) }, { ssh: false }))).toContain(
			"so the disk may fill up",
		);
	});
});

test.each([
	["well", worldOf()],
	["that of a standby which restarts keeps little", worldOf({ 1: of3({ retainedBytes: 20 * MB }) })],
	["a slot that reserves nothing yet", worldOf({ 1: holding({ restartLsn: null, retainedBytes: null }) })],
	["a subscription's that keeps little", worldOf({ 1: holding({ slotType: "logical" }) })],
	[
		"an active slot far behind is lag",
		worldOf({ 1: { server: { slots: [{ ...slot("repmgr_slot_2", 62), retainedBytes: 9 * GB }] } } }),
	],
	["unknown: the server does not answer", worldOf({ 1: { ...holding({ walStatus: "lost" }), fault: {} } })],
	["unknown: how much it keeps", worldOf({ 1: of3({ retainedBytes: null }) })],
])("does not fire: %s", (_, world) => {
	expect(judge(slotInactiveRetainingWal, world)).toEqual([]);
});
