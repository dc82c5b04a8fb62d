import { describe, expect, test } from "vitest";
import { appendEntries, consoleEntry, type LogEntry, repmgrEntry } from "../../src/model/log-entry.ts";

function entry(second: number, details = "", nodeId = 1, event = "repmgrd_start"): LogEntry {
	const timestamp = `2026-11-23T04:${String(Math.floor(second / 60) % 60).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}.000000Z`;
	return repmgrEntry({ nodeId, event, successful: true, timestamp, details });
}

const detailsOf = (log: readonly LogEntry[]) => log.map(({ details }) => details);

test("what the console sees has the form of a timestamp of repmgr", () => {
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
	test("brings entries into the order of time", () => {
		const log = appendEntries(
			[entry(10, "a"), entry(30, "c")],
			[entry(40, "d"), entry(20, "b"), entry(5, "z")],
		);
		expect(detailsOf(log)).toEqual(["z", "a", "b", "c", "d"]);
	});

	test("microseconds count", () => {
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

	test("entries of one time stay in the order of their arrival", () => {
		expect(detailsOf(appendEntries([entry(10, "a")], [entry(10, "c"), entry(10, "b")]))).toEqual([
			"a",
			"c",
			"b",
		]);
	});

	test("the same event from several nodes' copies is there once", () => {
		const copies = [entry(10, "a"), entry(20, "b")];
		expect(appendEntries(appendEntries([], copies), copies)).toHaveLength(2);
		expect(appendEntries([], [...copies, ...copies])).toHaveLength(2);
	});

	test.each([
		["node", entry(10, "a", 2)],
		["event", entry(10, "a", 1, "repmgrd_shutdown")],
		["details", entry(10, "b")],
		["time", entry(11, "a")],
	])("another %s is another event", (_, other) => {
		expect(appendEntries([entry(10, "a")], [other])).toHaveLength(2);
	});

	test("nothing new: the very same log, so that nothing is drawn again", () => {
		const log = appendEntries([], [entry(10, "a"), entry(20, "b")]);
		expect(appendEntries(log, [entry(10, "a")])).toBe(log);
		expect(appendEntries(log, [])).toBe(log);
	});

	test("a full log is not changed by what is older than all of it", () => {
		const full = appendEntries(
			[],
			Array.from({ length: 5000 }, (_, index) => entry(10 + (index % 40), `new ${index}`)),
		);
		expect(appendEntries(full, [entry(1, "old")])).toBe(full);
	});

	test("the newest 5000 are kept", () => {
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
