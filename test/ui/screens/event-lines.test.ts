import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { consoleEntry, type LogEntry, repmgrEntry } from "../../../src/model/log-entry.ts";
import {
	eventColumns,
	eventHeading,
	eventLine,
	type NodeNames,
} from "../../../src/ui/screens/events/event-lines.ts";
import { NOW } from "../../support/records.ts";
import { recorded } from "../../support/ui-context.tsx";

const TODAY = "2026-11-23";
const DAY_SECONDS = 86_400;
const NAMES: NodeNames = new Map([
	[1, "pg1"],
	[2, "主节点二号"],
	[3, "a-node-with-a-very-long-name"],
]);

function lineOf(entry: LogEntry, log: readonly LogEntry[], width: number): string {
	const columns = eventColumns(log, NAMES, TODAY, width);
	const { time, node, source, mark, event, details } = eventLine(entry, NAMES, TODAY, columns);
	return `  ${time}  ${node}  ${source}  ${mark} ${event}  ${details}`;
}

const start = repmgrEntry(recorded(60, { details: "monitoring" }));
const longest = repmgrEntry(recorded(50, { event: "repmgrd_upstream_disconnect" }));
const yesterday = repmgrEntry(recorded(DAY_SECONDS, { nodeId: 3 }));
const seen = consoleEntry(NOW, 2, "status", false, "streaming → 停止");

describe("widths", () => {
	test.each([80, 100, 120, 200])("make a line and the heading exactly %i columns wide", (width) => {
		for (const log of [[start], [start, longest], [start, longest, yesterday, seen]]) {
			for (const entry of log) expect(stringWidth(lineOf(entry, log, width))).toBe(width);
			expect(stringWidth(eventHeading(eventColumns(log, NAMES, TODAY, width)))).toBe(width);
		}
	});

	test("fit the names of events", () => {
		expect(eventColumns([start], NAMES, TODAY, 80).event).toBe("repmgrd_start".length);
		expect(lineOf(longest, [start, longest], 80)).toContain("! repmgrd_upstream_disconnect  ");
	});

	test("stay on wide terminals when a node or an event is new", () => {
		const failover = repmgrEntry(recorded(20, { event: "repmgrd_failover_promote" }));
		const more = [start, seen, failover, repmgrEntry(recorded(10, { nodeId: 3 }))];
		expect(eventColumns(more, NAMES, TODAY, 140)).toEqual(eventColumns([start], NAMES, TODAY, 140));
	});

	test("limit long names", () => {
		const odd = repmgrEntry(recorded(1, { nodeId: 3, event: "x".repeat(60) }));
		const { node, event, details } = eventColumns([odd], NAMES, TODAY, 80);
		expect({ node, event }).toEqual({ node: 16, event: 28 });
		expect(details).toBeGreaterThan(10);
	});

	test("exist for an empty log", () => {
		expect(eventHeading(eventColumns([], NAMES, TODAY, 80)).trimEnd()).toBe(
			"  UTC       NODE       EVENT  DETAILS",
		);
	});
});

describe("a line", () => {
	test("of repmgr at 80 columns", () => {
		expect(lineOf(start, [start], 80).trimEnd()).toBe("  04:40:12  pg1   r    repmgrd_start  monitoring");
	});

	test("of the console at 120 has its source in full, and a mark for bad news", () => {
		expect(lineOf(seen, [seen], 120).trimEnd()).toBe(
			"  04:41:12  主节点二号  console  ! status  streaming → 停止",
		);
	});

	test("of another day has its date, in full if there is room", () => {
		expect(lineOf(yesterday, [yesterday, start], 80)).toMatch(/^ {2}11-22 04:41:12 {2}a-node-with-a-v…/);
		expect(lineOf(yesterday, [yesterday, start], 120)).toMatch(/^ {2}11-22 04:41:12 {2}a-node/);
		expect(lineOf(yesterday, [yesterday, start], 140)).toMatch(/^ {2}2026-11-22 04:41:12 {2}a-node/);
		expect(lineOf(start, [yesterday, start], 80)).toMatch(/^ {8}04:40:12 {2}pg1 /);
	});

	test("of a node that is no longer registered has its id", () => {
		const gone = repmgrEntry(recorded(60, { nodeId: 9 }));
		expect(lineOf(gone, [gone], 80)).toContain("  node 9  ");
	});
});
