import { waitUntil } from "../../cluster/command.ts";
import { access } from "../console.ts";
import { pretendNodes } from "../many-nodes.ts";
import { liveMemoryMb, memoryProbe } from "../memory.ts";
import { processCost } from "../processes.ts";
import type { Bench, Measure } from "../result.ts";
import { Screen } from "../screen.ts";
import { costOfScreen } from "./own-cost.ts";

const NODES = 400;
const FEW_POLLS = 1000;
const MANY_POLLS = 10_000;

export const manyNodes: Measure = {
	name: "many-nodes",
	about: `the same at ${NODES} nodes (one primary, one standby under ${NODES - 1} addresses), and whether memory stays flat`,
	async run(bench) {
		bench.say(`registering ${NODES} nodes`);
		await pretendNodes(bench, NODES);
		const screen = new Screen(bench.cluster, [...access("node1"), "--no-ssh"], memoryProbe());
		const memory = async () => ({
			live: await liveMemoryMb(screen.pid),
			resident: (await processCost(screen.pid)).rssMb,
		});
		try {
			const polls = await pollCounter(bench);
			const allRead = `${NODES - 1} of ${NODES - 1} standbys stream`;
			const firstMs = await screen.until(
				"all nodes on the screen",
				(lines) => lines.some((line) => line.includes(allRead)),
				60_000,
			);
			await waitUntil("the first polls", () => polls(FEW_POLLS));
			const few = await memory();
			const costs = await costOfScreen(bench, screen);
			await waitUntil("the last polls", () => polls(MANY_POLLS), { timeoutMs: 120_000 });
			const many = await memory();
			const growth = (before: number, after: number): number => (after / before - 1) * 100;
			const flat = { of: "value", below: 10, text: "flat (< 10 %)" } as const;
			const times = `${MANY_POLLS} polls against ${FEW_POLLS}`;
			return [
				{ what: "all nodes on the screen, cold", unit: "ms", ours: [firstMs] },
				...costs,
				{ what: `live objects after ${FEW_POLLS} polls`, unit: "MB", ours: [few.live] },
				{ what: `live objects after ${MANY_POLLS} polls and more`, unit: "MB", ours: [many.live] },
				{ what: `live objects, ${times}`, unit: "%", ours: [growth(few.live, many.live)], aim: flat },
				{ what: `resident memory, ${times}`, unit: "%", ours: [growth(few.resident, many.resident)] },
			];
		} finally {
			screen.close();
		}
	},
};

/** Every poll is one transaction. */
async function pollCounter({ cluster }: Bench) {
	const count = async (): Promise<number> => {
		const commits = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'repmgr'";
		const rows = await Promise.all(
			["node1", "node2"].map((host) => cluster.sql(host, commits, { database: "postgres" })),
		);
		return rows.reduce((sum, [row]) => sum + Number(row?.[0]), 0);
	};
	const before = await count();
	return async (atLeast: number): Promise<string | undefined> => {
		const done = (await count()) - before;
		return done >= atLeast ? undefined : `There were ${done}.`;
	};
}
