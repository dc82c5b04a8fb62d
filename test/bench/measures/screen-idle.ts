import { access } from "../console.ts";
import { describePlaces, watchPaint } from "../paint.ts";
import { processCost } from "../processes.ts";
import type { Measure } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";
import { Watch } from "../watch.ts";

/** A server with new WAL logs a snapshot of its running transactions once more, after 15 s. */
const SETTLE_MS = 35_000;

/** The clock is the end of the first line: "04:41:12 UTC". */
const CLOCK_WIDTH = 12;

export const screenIdle: Measure = {
	name: "screen-idle",
	about: "what the open screen costs while nothing changes: 4 nodes, one poll a second of each",
	async run({ cluster, seconds }) {
		// Else autovacuum processes what was written when the cluster was formed, and positions move.
		await cluster.sql("node1", "ALTER SYSTEM SET autovacuum = off;\nSELECT pg_reload_conf();\nCHECKPOINT;");
		const watch = new Watch(cluster, access("node1"));
		const screen = new Screen(cluster, access("node1"));
		try {
			await watch.untilNow("the first picture", () => true);
			await screen.until("four nodes", (lines) =>
				["node1", "node2", "node3", "node4"].every((node) => showsNode(lines, node, READ)),
			);
			await pass(SETTLE_MS);
			const costs = async () => ({
				screen: (await processCost(screen.pid)).cpuMs,
				watch: (await processCost(watch.pid)).cpuMs,
				at: performance.now(),
			});
			const before = await costs();
			const paint = await watchPaint(screen, seconds * 1000);
			const after = await costs();
			const ms = after.at - before.at;
			const percent = (key: "screen" | "watch"): number => ((after[key] - before[key]) / ms) * 100;
			const beside = [...paint.places].flatMap(([row, columns]) =>
				[...columns].filter((column) => row > 0 || column < screen.columns - CLOCK_WIDTH),
			);
			return [
				{ what: "CPU of the screen, of one core", unit: "%", ours: [percent("screen")] },
				{ what: "CPU of status --watch, meanwhile", unit: "%", ours: [percent("watch")] },
				{
					what: "CPU beyond the polling",
					unit: "%",
					ours: [percent("screen") - percent("watch")],
					aim: { of: "value", below: 1, text: "< 1 %" },
				},
				{
					what: "written to the terminal",
					unit: "B/s",
					ours: [(paint.bytes / ms) * 1000],
					aim: { of: "value", below: 50, text: "< 50 B/s" },
				},
				{
					what: "cells that changed, beside the clock's",
					unit: "",
					ours: [beside.length],
					aim: { of: "value", below: 1, text: "none" },
					note: `what changed: ${describePlaces(paint)}`,
				},
			];
		} finally {
			screen.close();
			watch.close();
		}
	},
};
