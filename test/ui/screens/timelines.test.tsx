import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { Timelines } from "../../../src/model/timelines.ts";
import { runCommand } from "../../../src/ui/prompt/commands.ts";
import { NOW } from "../../support/records.ts";
import {
	AFTER_FAILOVER,
	FAILED_OVER,
	RECORDED,
	readingsOf,
	SPLIT,
	timelinesIn,
} from "../../support/timelines.ts";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";

/** The screen, opened by its key, with this report; calls of readTimelines() are counted. */
function opened(report: Timelines | null, size = {}) {
	const { context, store } = uiContext(size);
	const state = { reads: 0 };
	context.session.readTimelines = () => {
		state.reads += 1;
		return new Promise(() => {});
	};
	store.receiveTimelines({ report });
	return { context: press({ ...context, data: store.getState() }, "T"), store, state };
}

const SPLIT_BRAIN = timelinesIn(SPLIT, readingsOf(RECORDED));

test("80×24: a split brain shows both tables without scrolling, the nodes with WAL of their own stand out", () => {
	const { context } = opened(SPLIT_BRAIN);
	expect(bodyLines(context, draw(context)).slice(0, 20)).toEqual([
		expect.stringMatching(/^─ TIMELINES ─+ lines 1 to 20 of \d+, read now ─$/),
		" CRITICAL",
		'   "node1", "node2" and "node3" are all primaries: they parted at 0/6020E30 on',
		'   timeline 3, where "node3" was promoted (without repmgr)',
		"",
		"   TL  FROM  AT         WHEN (UTC)           NODE   HOW",
		"   4   3     0/60246D0  2026-11-30 07:01:48  node2  without repmgr",
		"   4   3     0/6020E30  2026-11-30 07:01:46  node3  without repmgr",
		"   3   2     0/601A960  2026-11-30 07:00:42  node1  failover by repmgrd",
		"   2   1     0/60000A0  2026-11-30 06:59:57  node2  switchover, by root on",
		"                                                    bastion",
		"",
		"   NODE   IS A     TL  FROM       ENDS AT    WAL OF ITS OWN",
		"   node1  primary  3   0/601A960  0/6024840  15 kB after 0/6020E30",
		"   node2  primary  4   0/60246D0  0/60379F0  91 kB after 0/6020E30",
		"   node3  primary  4   0/6020E30  0/6022D68  7.8 kB after 0/6020E30",
		"",
		"   EVIDENCE",
		'   timeline 4 from 0/60246D0 on: "node2" writes on it now',
		expect.stringContaining('"node2" logged "selected new timeline ID:'),
	]);
});

describe("at every size", () => {
	test.each(ALL_SIZES)("$columns×$rows: fits in every position", (size) => {
		const { ends, ...rest } = SPLIT_BRAIN;
		const long = { ...rest, ends: ends.map((end) => ({ ...end, nodeName: "東京".repeat(30) })) };
		const { context } = opened(long, size);
		for (const shown of [context, press(context, "pagedown"), press(context, "end")]) {
			const drawn = drawnLines(shown, draw(shown));
			expect(drawn.length).toBeLessThanOrEqual(shown.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
		}
	});
});

test("a node with WAL of its own is critical, one that is not known unknown", () => {
	const { context } = opened(timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER)));
	const lines = bodyLines(context, draw(context));
	expect(lines[1]).toBe(" UNKNOWN");
	expect(lines.find((line) => line.startsWith("   node2"))).toMatch(/stopped primary +2 +.* unknown$/);
	expect(lines.join("\n")).toContain("   NODES\n   node2: It made its last checkpoint at 0/60014E0");
});

test("opening reads all nodes, T again, and nothing is shown before the first answer", () => {
	const { context, state, store } = opened(null);
	expect(state.reads).toBe(1);
	expect(bodyLines(context, draw(context))[1]).toBe("   reading the timelines of all nodes");
	store.receiveTimelines({ progress: { read: 2, of: 3 } });
	const reading = { ...context, data: store.getState() };
	expect(bodyLines(reading, draw(reading))[0]).toMatch(/ reading, 2 of 3 nodes done ─$/);
	expect(press(reading, "T").ui.message?.text).toContain("the nodes are being read");
	expect(state.reads).toBe(1);
	store.receiveTimelines({ report: { ...SPLIT_BRAIN, readAt: NOW - 60_000 }, progress: null });
	const done = press({ ...context, data: store.getState() }, "T");
	expect(state.reads).toBe(2);
	expect(bodyLines(done, draw(done))[0]).toMatch(/ read 60 s ago ─$/);
});

test("is opened by :timelines, too", () => {
	const { context, state } = opened(SPLIT_BRAIN);
	expect(runCommand(context, "time")).toEqual({ event: "open", screen: { screen: "timelines", offset: 0 } });
	expect(state.reads).toBe(2);
});
