import { access } from "../console.ts";
import { processCost } from "../processes.ts";
import type { Measure } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";

/** A large monitor: each frame has 40 000 cells. */
const SIZE = { cols: 400, rows: 100 };

const WARM_UP_MS = 300_000;
const SAMPLE_MS = 2000;

/** Positions move, so every second brings new lines. */
const WRITE = "SELECT pg_logical_emit_message(false, '', repeat('x', 1000))";

export const screenMemory: Measure = {
	name: "screen-memory",
	about: `resident memory of the screen at ${SIZE.cols}×${SIZE.rows}: after five minutes, and the most in the time that follows`,
	async run({ cluster, seconds, say }) {
		const screen = new Screen(cluster, access("node1"), {}, SIZE);
		const watch = async (ms: number): Promise<readonly number[]> => {
			const end = performance.now() + ms;
			const samples: number[] = [];
			while (performance.now() < end) {
				await pass(SAMPLE_MS);
				await cluster.sql("node1", WRITE);
				samples.push((await processCost(screen.pid)).rssMb);
			}
			say(`${samples.at(-1)?.toFixed(0)} MB`);
			return samples;
		};
		try {
			await screen.until("four nodes", (lines) =>
				["node1", "node2", "node3", "node4"].every((node) => showsNode(lines, node, READ)),
			);
			const first = await watch(WARM_UP_MS);
			const then = await watch(seconds * 1000);
			const most = Math.max(...then);
			return [
				{
					what: `the most in ${seconds} s after the first five minutes / the most in those`,
					unit: "MB",
					ours: [most],
					theirs: [Math.max(...first)],
					aim: { of: "ratio", below: 1.1, text: "flat (< 1.1)" },
					note: "the second number is ours, too; an hour is --seconds 3300",
				},
				{
					what: "the most",
					unit: "MB",
					ours: [most],
					aim: { of: "value", below: 180, text: "< 180 MB" },
				},
			];
		} finally {
			screen.close();
		}
	},
};
