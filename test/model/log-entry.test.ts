import { describe, expect, test } from "vitest";
import {
	appendEntries,
	consoleEntry,
	isTrouble,
	type LogEntry,
	repmgrEntry,
} from "../../src/model/log-entry.ts";

function entry(second: number, details = "", nodeId = 1, event = "repmgrd_start"): LogEntry {
	const timestamp = `2026-11-23T04:${String(Math.floor(second / 60) % 60).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}.000000Z`;
	return repmgrEntry({ nodeId, event, successful: true, timestamp, details });
}

const detailsOf = (log: readonly LogEntry[]) => log.map(({ details }) => details);

test("a console entry has a timestamp in repmgr's form", () => {
	expect(consoleEntry(Date.UTC(2026, 10, 23, 4, 41, 12, 7), 2, "status", false, "x")).toEqual({
		source: "console",
		timestamp: "2026-11-23T04:41:12.007000Z",
		nodeId: 2,
		event: "status",
		successful: false,
		details: "x",
	});
});

describe("appendEntries", () => {
	test("sorts entries by time", () => {
		const log = appendEntries(
			[entry(10, "a"), entry(30, "c")],
			[entry(40, "d"), entry(20, "b"), entry(5, "z")],
		);
		expect(detailsOf(log)).toEqual(["z", "a", "b", "c", "d"]);
	});

	test("compares microseconds", () => {
		const at = (micros: string): LogEntry => ({
			...entry(10, micros),
			timestamp: `2026-11-23T04:00:10.${micros}Z`,
		});
		expect(detailsOf(appendEntries([at("000002")], [at("000003"), at("000001")]))).toEqual([
			"000001",
			"000002",
			"000003",
		]);
	});

	test("keeps the order of entries with the same time", () => {
		expect(detailsOf(appendEntries([entry(10, "a")], [entry(10, "c"), entry(10, "b")]))).toEqual([
			"a",
			"c",
			"b",
		]);
	});

	test("keeps an event from several nodes' copies once", () => {
		const copies = [entry(10, "a"), entry(20, "b")];
		expect(appendEntries(appendEntries([], copies), copies)).toHaveLength(2);
		expect(appendEntries([], [...copies, ...copies])).toHaveLength(2);
	});

	test.each([
		["node", entry(10, "a", 2)],
		["event", entry(10, "a", 1, "repmgrd_shutdown")],
		["details", entry(10, "b")],
		["time", entry(11, "a")],
	])("treats another %s as another event", (_, other) => {
		expect(appendEntries([entry(10, "a")], [other])).toHaveLength(2);
	});

	test("returns the same log when there is nothing new", () => {
		const log = appendEntries([], [entry(10, "a"), entry(20, "b")]);
		expect(appendEntries(log, [entry(10, "a")])).toBe(log);
		expect(appendEntries(log, [])).toBe(log);
	});

	test("does not add older entries to a full log", () => {
		const full = appendEntries(
			[],
			Array.from({ length: 5000 }, (_, index) => entry(10 + (index % 40), `new ${index}`)),
		);
		expect(appendEntries(full, [entry(1, "old")])).toBe(full);
	});

	test("keeps the newest 5000 entries", () => {
		const log = Array.from({ length: 3000 }, (_, second) => entry(second, String(second)));
		const full = appendEntries(
			log,
			Array.from({ length: 2100 }, (_, index) => entry(3000 + index / 10000, `new ${index}`)).map((one) => ({
				...one,
				timestamp: "2026-11-23T05:00:00.000000Z",
			})),
		);
		expect(full).toHaveLength(5000);
		expect(full[0]?.details).toBe("100");
		expect(full.at(-1)?.details).toBe("new 2099");
	});
});

function recorded(event: string, successful: boolean) {
	return repmgrEntry({ nodeId: 1, event, successful, timestamp: "2026-11-23T04:41:12.000000Z", details: "" });
}

test.each([
	["standby_promote", false, true],
	["standby_promote", true, false],
	["repmgrd_start", true, false],
	["repmgrd_shutdown", true, false],
	// repmgr says only that it recorded these.
	["standby_failure", true, true],
	["repmgrd_upstream_disconnect", true, true],
	["repmgrd_promote_error", true, true],
	["child_node_disconnect", true, true],
	["child_node_reconnect", true, false],
])("isTrouble: %s, successful = %s: %s", (event, successful, expected) => {
	expect(isTrouble(recorded(event, successful))).toBe(expected);
});

test("isTrouble: a console entry only by its own flag", () => {
	expect(isTrouble(consoleEntry(0, 1, "status", false, "streaming → detached"))).toBe(true);
	expect(isTrouble(consoleEntry(0, 1, "status", true, "detached → streaming"))).toBe(false);
	expect(isTrouble(consoleEntry(0, 1, "standby_failure", null, ""))).toBe(false);
});
