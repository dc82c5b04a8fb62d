import { sleep, waitUntil } from "../../cluster/command.ts";
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

/** How long all nodes may take until they are read. */
const ALL_MS = 90_000;

const NOTE =
	"all servers run on this machine: where it can't answer so many polls, fewer nodes are read; without SSH, since all are one host";

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
			await until(FEW_POLLS, polls);
			const few = await memory();
			const connectedMs = await allConnected(bench);
			const [started, before] = [performance.now(), await polls()];
			const costs = await costOfScreen(bench, screen);
			const rate = (((await polls()) - before) / (performance.now() - started)) * 1000;
			await until(MANY_POLLS, polls);
			const many = await memory();
			const growth = (from: number, to: number): number => (to / from - 1) * 100;
			const flat = { of: "value", below: 10, text: "flat (< 10 %)" } as const;
			const times = `${MANY_POLLS} polls against ${FEW_POLLS}`;
			return [
				{ what: `nodes read, of ${NODES}`, unit: "", ours: [await connected(bench)], note: NOTE },
				{ what: "sessions to all of them, cold", unit: "s", ours: [connectedMs / 1000] },
				{ what: "polls", unit: "/s", ours: [rate] },
				...costs,
				{ what: `live objects after ${FEW_POLLS} polls`, unit: "MB", ours: [few.live] },
				{ what: `live objects after ${MANY_POLLS} polls or more`, unit: "MB", ours: [many.live] },
				{ what: `live objects, ${times}`, unit: "%", ours: [growth(few.live, many.live)], aim: flat },
				{ what: `resident memory, ${times}`, unit: "%", ours: [growth(few.resident, many.resident)] },
			];
		} finally {
			screen.close();
		}
	},
};

/** How many nodes the console has a session with. */
async function connected({ cluster }: Bench): Promise<number> {
	const own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'repmgr-console'";
	const rows = await Promise.all(["node1", "node2"].map((host) => cluster.sql(host, own)));
	return rows.reduce((sum, [row]) => sum + Number(row?.[0]), 0);
}

/** Ms until there is a session with every node; ALL_MS when that does not come about. */
async function allConnected(bench: Bench): Promise<number> {
	const started = performance.now();
	const passed = (): number => performance.now() - started;
	while (passed() < ALL_MS && (await connected(bench)) < NODES) await sleep(250);
	return passed();
}

async function until(atLeast: number, polls: () => Promise<number>): Promise<void> {
	const complaint = async (): Promise<string | undefined> => {
		const done = await polls();
		return done >= atLeast ? undefined : `There were ${done}.`;
	};
	await waitUntil(`${atLeast} polls`, complaint, { timeoutMs: 300_000 });
}

/** Polls since now: every one is a transaction. */
async function pollCounter({ cluster }: Bench): Promise<() => Promise<number>> {
	const commits = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'repmgr'";
	const count = async (): Promise<number> => {
		const rows = await Promise.all(
			["node1", "node2"].map((host) => cluster.sql(host, commits, { database: "postgres" })),
		);
		return rows.reduce((sum, [row]) => sum + Number(row?.[0]), 0);
	};
	const before = await count();
	return async () => (await count()) - before;
}
