import { access } from "../console.ts";
import { processCost } from "../processes.ts";
import type { Bench, Measure, Result } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";

const SETTLE_MS = 5000;

export const ownCost: Measure = {
	name: "own-cost",
	about: "what the open screen costs this machine: 4 nodes, one poll a second of each",
	async run(bench) {
		const screen = new Screen(bench.cluster, access("node1"));
		try {
			await screen.until("four nodes", (lines) =>
				["node1", "node2", "node3", "node4"].every((node) => showsNode(lines, node, READ)),
			);
			return await costOfScreen(bench, screen);
		} finally {
			screen.close();
		}
	},
};

/** CPU, memory and output over the run's seconds. */
export async function costOfScreen({ seconds }: Bench, screen: Screen): Promise<readonly Result[]> {
	await pass(SETTLE_MS);
	const before = { ...(await processCost(screen.pid)), bytes: screen.bytes, at: performance.now() };
	await pass(seconds * 1000);
	const after = await processCost(screen.pid);
	const ms = performance.now() - before.at;
	return [
		{ what: "CPU, of one core", unit: "%", ours: [((after.cpuMs - before.cpuMs) / ms) * 100] },
		{ what: "resident memory", unit: "MB", ours: [after.rssMb] },
		{ what: "written to the terminal", unit: "B/s", ours: [((screen.bytes - before.bytes) / ms) * 1000] },
	];
}
