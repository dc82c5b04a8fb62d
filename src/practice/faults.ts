import type { Cluster } from "./cluster/cluster.ts";
import { setPaused } from "./cluster/members.ts";
import { stopDaemon } from "./cluster/repmgrd.ts";
import { killServer, promoteServer, startServer, stopServer } from "./cluster/server.ts";
import type { PracticeNode } from "./cluster/state.ts";

/** Something that breaks on one node. */
export interface Fault {
	readonly id: string;
	readonly title: string;
	/** A sentence. */
	readonly about: string;
	/** Why it can't be made there now, or null. */
	readonly unfit: (node: PracticeNode, cluster: Cluster) => string | null;
	readonly start: (node: PracticeNode, cluster: Cluster) => void | Promise<void>;
	/** Repairs it, where the console can't. */
	readonly heal?: {
		readonly title: string;
		readonly about: string;
		readonly isOn: (node: PracticeNode, cluster: Cluster) => boolean;
		readonly end: (node: PracticeNode, cluster: Cluster) => void | Promise<void>;
	};
}

const isDown = ({ server }: PracticeNode): string | null =>
	server === null || server.isStopping ? "PostgreSQL does not run there" : null;
const unlessStandby = ({ server, data }: PracticeNode): string | null =>
	server !== null && data.isStandby ? null : "it is not a running standby";

/** What can be broken by hand, the worst first. */
export const FAULTS: readonly Fault[] = [
	{
		id: "kill-postgres",
		title: "kill PostgreSQL",
		about: "The postmaster is killed with SIGKILL, as the OOM killer does.",
		unfit: isDown,
		start: killServer,
	},
	{
		id: "stop-postgres",
		title: "stop PostgreSQL",
		about: "The server is stopped in good order, as an operator would.",
		unfit: isDown,
		start: async (node, cluster) => await stopServer(cluster, node),
	},
	{
		id: "start-postgres",
		title: "start PostgreSQL by hand",
		about: "Somebody starts the server, whatever it was: an old primary comes back as a primary.",
		unfit: ({ server }) => (server === null ? null : "it runs"),
		start: async (node, cluster) => void (await startServer(cluster, node)),
	},
	{
		id: "freeze-postgres",
		title: "freeze PostgreSQL",
		about: "Every process of the server stands still: it accepts connections and answers nothing.",
		unfit: isDown,
		start: ({ server }) => {
			if (server !== null) server.isFrozen = true;
		},
		heal: {
			title: "thaw PostgreSQL",
			about: "The server goes on as if nothing had happened.",
			isOn: ({ server }) => server?.isFrozen === true,
			end: ({ server }) => {
				if (server !== null) server.isFrozen = false;
			},
		},
	},
	{
		id: "cut",
		title: "cut the network off",
		about: "The host can't be reached from any other node, nor from here. It runs on.",
		unfit: () => null,
		start: (node, cluster) => cluster.cutOff(node, true),
		heal: {
			title: "give its network back",
			about: "The host can be reached again, with whatever runs there.",
			isOn: (node, cluster) => cluster.isCutOff(node),
			end: (node, cluster) => cluster.cutOff(node, false),
		},
	},
	{
		id: "promote",
		title: "promote it beside the primary",
		about: "Somebody promotes the standby by hand while the primary runs: a split brain.",
		unfit: unlessStandby,
		start(node, cluster) {
			stopDaemon(cluster, node);
			promoteServer(node);
		},
	},
	{
		id: "stop-repmgrd",
		title: "stop repmgrd",
		about: "The daemon is stopped, and takes no part in a failover.",
		unfit: ({ daemon }) => (daemon === null ? "it does not run" : null),
		start: (node, cluster) => stopDaemon(cluster, node),
	},
	{
		id: "pause-repmgrd",
		title: "pause repmgrd",
		about: "The daemon of this node is paused, and forgotten.",
		unfit: ({ isPaused }) => (isPaused ? "it is paused" : null),
		start: (node) => setPaused(node, true),
	},
	{
		id: "fill-disk",
		title: "fill the disk",
		about: "The disk of the data directory is full: a primary stops at once, and does not start again.",
		unfit: () => null,
		start: ({ disk }) => {
			disk.usedBytes = disk.sizeBytes;
		},
		heal: {
			title: "free the disk",
			about: "The files that filled it are deleted.",
			isOn: ({ disk }) => disk.usedBytes === disk.sizeBytes,
			end: ({ disk }) => {
				disk.usedBytes = Math.round(disk.sizeBytes * 0.31);
			},
		},
	},
	{
		id: "slow-replay",
		title: "slow replay down",
		about: "The standby replays a twentieth of what it receives: its lag grows.",
		unfit: unlessStandby,
		start: (node) => {
			node.replayShare = 0.05;
		},
		heal: {
			title: "let it replay again",
			about: "What held replay up is gone.",
			isOn: ({ replayShare }) => replayShare < 1,
			end: (node) => {
				node.replayShare = 1;
			},
		},
	},
	{
		id: "drop-slot",
		title: "drop its replication slot",
		about: "Its slot on the upstream is gone, and it can't stream without it.",
		unfit: (node, cluster) => {
			const { upstreamId, slotName } = node.data;
			const slots = cluster.nodes.find(({ nodeId }) => nodeId === upstreamId)?.data.slots;
			return unlessStandby(node) ?? (slots?.has(slotName ?? "") ? null : "it has none");
		},
		start(node, cluster) {
			const upstream = cluster.node(node.data.upstreamId ?? 0);
			upstream.data.slots.delete(node.data.slotName ?? "");
			if (node.server !== null) node.server.receiver = null;
		},
	},
	{
		id: "manual-failover",
		title: "set failover to manual",
		about: "Its repmgr.conf says failover=manual: its repmgrd promotes nothing.",
		unfit: ({ conf }) => (conf.get("failover") === "manual" ? "it is manual already" : null),
		start: ({ conf }) => void conf.set("failover", "manual"),
	},
];

export function faultOf(id: string): Fault {
	const found = FAULTS.find((fault) => fault.id === id);
	if (found === undefined) throw new Error(`there is no fault "${id}"`);
	return found;
}

/** Why a fault can't be made on a node now, or null. */
export function unfitness({ unfit, heal }: Fault, node: PracticeNode, cluster: Cluster): string | null {
	return unfit(node, cluster) ?? (heal?.isOn(node, cluster) ? "it has happened already" : null);
}
