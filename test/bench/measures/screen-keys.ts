import { access } from "../console.ts";
import { pretendNodes } from "../many-nodes.ts";
import { watchPaint } from "../paint.ts";
import { pollCounter, untilConnected } from "../pretended.ts";
import { asOneProcess, preferProcess, processCost } from "../processes.ts";
import { type Bench, type Measure, quantile, type Result } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";

const FEW = 4;
const SOME = 40;
const MANY = 400;

const KEYS = 80;

/** Between two keys; random, so that they come at no fixed distance from the polls. */
const PAUSE_MS = { least: 120, most: 320 };

/** Steps in one direction; enough for the table of many nodes to scroll. */
const LONGEST_WAY = 30;

const CONNECTED_MS = 90_000;
const SETTLE_MS = 5000;

const NOTES = {
	keys: `${KEYS} times j or k while every node is polled once a second: until the mark stands on another node; console and terminal run before the servers, which are on this machine only here and together get the CPU of one process`,
	polls: "transactions of the servers that stand in for all nodes",
	cells: "while a client writes ten times a second: bytes by cells that look different",
};

export const screenKeys: Measure = {
	name: "screen-keys",
	about: `from a key to the screen, and what a change costs the line, at ${FEW}, ${SOME} and ${MANY} nodes`,
	async run(bench) {
		await preferProcess(process.pid);
		const few = await measureScreen(bench, FEW, access("node1"));
		return await asOneProcess(bench, ["node1", "node2"], async () => {
			bench.say(`registering ${MANY} nodes`);
			await pretendNodes(bench, MANY);
			const args = [...access("node1"), "--no-ssh"];
			const many = await measureScreen(bench, MANY, args);
			await bench.cluster.sql("node1", `DELETE FROM repmgr.nodes WHERE node_id > ${SOME}`);
			const some = await measureScreen(bench, SOME, args);
			return [...few, ...some, ...many];
		});
	},
};

async function measureScreen(
	bench: Bench,
	nodes: number,
	args: readonly string[],
): Promise<readonly Result[]> {
	const screen = new Screen(bench.cluster, args);
	try {
		await preferProcess(screen.pid);
		await screen.until("the primary", (lines) => showsNode(lines, "node1", READ));
		if (nodes > FEW) await untilConnected(bench, nodes, CONNECTED_MS);
		await pass(SETTLE_MS);
		bench.say(`${nodes} nodes: pressing keys`);
		const polls = await pollCounter(bench);
		const before = { ...(await processCost(screen.pid)), at: performance.now() };
		const times = await timeKeys(screen, Math.min(nodes - 1, LONGEST_WAY));
		const cpuMs = (await processCost(screen.pid)).cpuMs - before.cpuMs;
		const seconds = (performance.now() - before.at) / 1000;
		const polled = await polls();
		bench.say(`${nodes} nodes: writing`);
		const [paint] = await Promise.all([
			watchPaint(screen, bench.seconds * 1000),
			writeWal(bench, bench.seconds),
		]);
		return [
			{ what: `key to paint, ${nodes} nodes`, unit: "ms", ours: times, note: NOTES.keys },
			{
				what: `key to paint, ${nodes} nodes, p95`,
				unit: "ms",
				ours: [quantile(times, 0.95)],
				...(nodes === MANY && { aim: { of: "value", below: 50, text: "< 50 ms" } }),
			},
			{ what: `CPU meanwhile, ${nodes} nodes, of one core`, unit: "%", ours: [cpuMs / 10 / seconds] },
			{ what: `polls meanwhile, ${nodes} nodes`, unit: "/s", ours: [polled / seconds], note: NOTES.polls },
			{
				what: `a changed cell, ${nodes} nodes`,
				unit: "B",
				ours: [paint.bytes / paint.changedCells],
				note: NOTES.cells,
			},
			{ what: `written, ${nodes} nodes`, unit: "B/s", ours: [paint.bytes / bench.seconds] },
		];
	} finally {
		screen.close();
	}
}

async function timeKeys(screen: Screen, way: number): Promise<readonly number[]> {
	const times: number[] = [];
	let steps = 0;
	let key = "j";
	for (let count = 0; count < KEYS; count++, steps++) {
		await pass(PAUSE_MS.least + (PAUSE_MS.most - PAUSE_MS.least) * Math.random());
		const from = markedNode(screen.lines);
		// Appearing and disappearing rows may move the selection to the top early.
		if (from === "1") [key, steps] = ["j", 0];
		else if (steps >= way) key = "k";
		const pressed = performance.now();
		screen.press(key);
		await screen.until("the mark to move", (lines) => ![undefined, from].includes(markedNode(lines)));
		times.push(performance.now() - pressed);
	}
	return times;
}

/** The id of the selected node on the screen. */
function markedNode(lines: readonly string[]): string | undefined {
	return lines.map((line) => /^[▸>] *(\d+) /.exec(line)?.[1]).find((id) => id !== undefined);
}

/** Moves the WAL positions of all nodes, without a table. */
async function writeWal({ cluster }: Bench, seconds: number): Promise<void> {
	const query = `DO $$ BEGIN
	FOR count IN 1 .. ${seconds * 10} LOOP
		PERFORM pg_logical_emit_message(true, 'bench', repeat('x', 1000));
		COMMIT;
		PERFORM pg_sleep(0.1);
	END LOOP;
END $$`;
	await cluster.sql("node1", query, { database: "postgres", timeoutMs: seconds * 1000 + 60_000 });
}
