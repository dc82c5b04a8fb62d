import { type Connections, countConnections, logConnections } from "../connections.ts";
import { access } from "../console.ts";
import { everywhere } from "../faults.ts";
import { backendCpuMs, serverCpuMs } from "../processes.ts";
import type { Bench, Measure } from "../result.ts";
import { pass } from "../wait.ts";
import { Watch } from "../watch.ts";

const NODES = 4;
const SETTLE_MS = 4000;
const IDLE_MS = 10_000;

/** Long enough for two probes of the port. */
const SHORTEST_WATCH_MS = 20_000;

/** CPU time has a resolution of 10 ms a process, so a single `cluster show` is too short. */
const SHOWS = 10;

/** What a program costs the servers in one round. */
interface Cost {
	readonly cpuMs: number;
	readonly connections: Connections;
	readonly ms: number;
}

export const serverCost: Measure = {
	name: "server-cost",
	about: "what watching costs the four servers, repmgrd stopped",
	async run(bench) {
		await everywhere(bench, "stop-repmgrd");
		await logConnections(bench);
		await pass(SETTLE_MS);
		const idle = await costOf(bench, () => pass(IDLE_MS));
		const own = (cost: Cost): number => cost.cpuMs - (idle.cpuMs / idle.ms) * cost.ms;

		const watched: (Cost & { readonly backendMs: number; readonly polls: number })[] = [];
		const shown: Cost[] = [];
		for (let round = 1; round <= bench.rounds; round++) {
			bench.say(`round ${round} of ${bench.rounds}`);
			watched.push(await watching(bench));
			shown.push(await showing(bench));
		}
		const perMinute = (count: (connections: Connections) => number): number[] =>
			watched.map(({ connections, ms }) => (count(connections) * 60_000) / ms);
		return [
			{
				what: "sessions opened while watching, all servers",
				unit: "/min",
				ours: perMinute(({ sessionsFromBastion }) => sessionsFromBastion),
				aim: { of: "value", below: 0.1, text: "none" },
			},
			{
				what: "probes of the port, a server",
				unit: "/min",
				ours: perMinute((seen) => (seen.receivedFromBastion - seen.sessionsFromBastion) / NODES),
				aim: { of: "value", below: 7, text: "6 (every 10 s)" },
			},
			{
				what: "connections of one poll of all nodes / one cluster show",
				unit: "",
				ours: watched.map(({ connections, polls }) => connections.receivedFromBastion / polls),
				theirs: shown.map(({ connections }) => connections.received / SHOWS),
			},
			{
				what: "server CPU of one poll of all nodes / one cluster show",
				unit: "ms",
				ours: watched.map((cost) => own(cost) / cost.polls),
				theirs: shown.map((cost) => own(cost) / SHOWS),
			},
			{
				what: "CPU of our backend for one poll of one node",
				unit: "ms",
				ours: watched.map(({ backendMs, polls }) => backendMs / polls / NODES),
			},
		];
	},
};

async function watching(bench: Bench) {
	const watch = new Watch(bench.cluster, access("node1"));
	try {
		await watch.untilNow("the first picture", () => true);
		await pass(SETTLE_MS);
		const before = await backendCpuMs(bench);
		const cost = await costOf(bench, () =>
			pass(Math.max(SHORTEST_WATCH_MS, (bench.seconds * 1000) / bench.rounds)),
		);
		const backendMs = (await backendCpuMs(bench)) - before;
		return { ...cost, backendMs, polls: cost.ms / 1000 };
	} finally {
		watch.close();
	}
}

/** Runs on the primary, so no ssh is involved; counts only the servers' CPU, not repmgr's own. */
async function showing(bench: Bench): Promise<Cost> {
	const show = ["repmgr", "-f", "/etc/repmgr.conf", "cluster", "show"];
	return await costOf(bench, async () => {
		for (let count = 0; count < SHOWS; count++) await bench.cluster.exec("node1", show, { user: "postgres" });
	});
}

async function costOf(bench: Bench, work: () => Promise<void>): Promise<Cost> {
	const connections = await countConnections(bench);
	const cpuMs = await serverCpuMs(bench);
	const started = performance.now();
	await work();
	const ms = performance.now() - started;
	const cpuAfter = await serverCpuMs(bench);
	const after = await countConnections(bench);
	return {
		ms,
		cpuMs: cpuAfter - cpuMs,
		connections: {
			received: after.received - connections.received,
			receivedFromBastion: after.receivedFromBastion - connections.receivedFromBastion,
			sessionsFromBastion: after.sessionsFromBastion - connections.sessionsFromBastion,
		},
	};
}
