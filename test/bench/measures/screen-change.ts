import { access } from "../console.ts";
import { startServer } from "../faults.ts";
import { type Measure, quantile } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";

const STANDBY = "node3";

/** By then consequences of the change (findings, events of repmgr) are seen. */
const AFTERMATH_MS = 5000;

export const screenChange: Measure = {
	name: "screen-change",
	about:
		"bytes written to the terminal while a standby dies and comes back: what a slow SSH line has to carry",
	async run(bench) {
		const screen = new Screen(bench.cluster, access("node1"));
		const [deaths, returns, frames]: [number[], number[], number[]] = [[], [], []];
		const isRead = (lines: readonly string[]): boolean => showsNode(lines, STANDBY, READ);
		try {
			for (let round = 1; round <= bench.rounds; round++) {
				bench.say(`round ${round} of ${bench.rounds}`);
				await screen.until("the standby", isRead);
				await pass(AFTERMATH_MS);
				const before = screen.frames.length;
				await bench.cluster.fault("kill-postgres", STANDBY);
				await screen.until("its death", (lines) => showsNode(lines, STANDBY, /\b(stopped|refusing)\b/));
				await pass(AFTERMATH_MS);
				const dead = screen.frames.length;
				await startServer(bench, STANDBY);
				await screen.until("its return", isRead);
				await pass(AFTERMATH_MS);
				deaths.push(sum(screen.frames.slice(before, dead)));
				returns.push(sum(screen.frames.slice(dead)));
				frames.push(...screen.frames.slice(before));
			}
		} finally {
			screen.close();
		}
		const seconds = AFTERMATH_MS / 1000;
		return [
			{ what: `a standby dies: all frames until ${seconds} s after it is seen`, unit: "B", ours: deaths },
			{ what: `it comes back: all frames until ${seconds} s after it is seen`, unit: "B", ours: returns },
			{ what: "one frame of these", unit: "B", ours: frames },
			{
				what: "nine of ten frames are smaller than",
				unit: "B",
				ours: [quantile(frames, 0.9)],
				aim: { of: "value", below: 500, text: "a few hundred" },
			},
			{
				what: "the largest frame",
				unit: "B",
				ours: [Math.max(...frames)],
			},
		];
	},
};

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
