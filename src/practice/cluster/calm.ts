import type { RepmgrEvent } from "../../model/server-reading.ts";
import type { RegisteredRow } from "../../probe/server/parse.ts";
import { calmFiles, confOf, conninfoOf } from "./calm-files.ts";
import { Cluster } from "./cluster.ts";
import { CONF_FILE, idle, slotOf } from "./host.ts";
import type { PracticeNode, Server, Tables } from "./state.ts";
import { FIRST_BRANCH, SEGMENT_BYTES } from "./wal.ts";

const SYSTEM_IDENTIFIER = "7711271344394678382";
const WITNESS_IDENTIFIER = "7711271344594002030";
const DATABASE_BYTES = 1200 * 1024 ** 2;
/** How long the cluster has been running at the beginning. */
const UPTIME_MS = 3 * 86_400_000;
const START_LSN = 5 * SEGMENT_BYTES + 0x5c788;

/** The first one is the primary, the last one a witness. Priorities as in the table of nodes. */
const NODES = [
	{ nodeId: 1, priority: 100 },
	{ nodeId: 2, priority: 100 },
	{ nodeId: 3, priority: 90 },
	{ nodeId: 4, priority: 0 },
] as const;
export const WITNESS_ID = 4;

/** A cluster of four nodes that has been well for days. */
export function calmCluster(speed: number): Cluster {
	const now = Date.now();
	const tables: Tables = {
		...{ rows: NODES.map(row), events: earlierEvents(now) },
		...{ made: ["role repmgr", "database repmgr"], customers: null },
	};
	const cluster = new Cluster(
		NODES.map(({ nodeId, priority }) => calmNode(nodeId, priority, tables, now)),
		speed,
	);
	for (const node of cluster.nodes) {
		const startedAt = now - UPTIME_MS + 1000 * node.nodeId;
		node.server = runningServer(cluster.nextPid(), startedAt);
		const daemon = cluster.nextPid();
		const watchedId = node.nodeId === 1 ? null : 1;
		Object.assign(node.server, {
			repmgrdPid: daemon,
			localNodeId: node.nodeId,
			watchedId,
			upstreamSeenAt: now,
		});
		node.daemon = {
			...{
				pid: daemon,
				isFrozen: false,
				watchedId,
				missedSince: null,
				attempt: 0,
				isDegraded: false,
				waitsUntil: null,
			},
			...{ hasMarkedInactive: false, children: null, copiedAt: now, isBusy: false },
		};
		if (!node.data.isStandby) continue;
		node.server.receiver = { pid: cluster.nextPid(), fromId: 1, since: startedAt + 3000, heardAt: now };
	}
	return cluster;
}

function runningServer(pid: number, startedAt: number): Server {
	return {
		...{ pid, startedAt, readyAt: startedAt, loadedAt: startedAt, isFrozen: false, isStopping: false },
		...{
			isReplayPaused: false,
			receiver: null,
			retryAt: 0,
			sessions: new Set(),
			settings: new Map(),
			upstreamSeenAt: null,
		},
		...{ repmgrdPid: null, localNodeId: null, watchedId: null },
	};
}

function row({ nodeId, priority }: (typeof NODES)[number]): RegisteredRow {
	const name = `node${nodeId}`;
	return {
		node_id: nodeId,
		upstream_node_id: nodeId === 1 ? null : 1,
		active: true,
		node_name: name,
		type: nodeId === 1 ? "primary" : nodeId === WITNESS_ID ? "witness" : "standby",
		location: "default",
		priority,
		conninfo: conninfoOf(name),
		slot_name: slotOf(nodeId),
		config_file: CONF_FILE,
	};
}

function calmNode(nodeId: number, priority: number, tables: Tables, now: number): PracticeNode {
	const name = `node${nodeId}`;
	const isWitness = nodeId === WITNESS_ID;
	const isStandby = nodeId !== 1 && !isWitness;
	const end = isWitness ? 2 * SEGMENT_BYTES + 0x227e20 : START_LSN;
	return {
		...idle(name, nodeId),
		...{ nodeId, name, isWitness, conf: confOf(nodeId, priority), etc: calmFiles(NODES.length), setUp: null },
		data: {
			systemIdentifier: isWitness ? WITNESS_IDENTIFIER : SYSTEM_IDENTIFIER,
			...{ hasChecksums: false, databaseBytes: DATABASE_BYTES },
			history: isWitness ? [{ ...FIRST_BRANCH }] : [FIRST_BRANCH],
			...{ end, replayed: end },
			versions: [{ lsn: end, tables: isWitness ? { ...tables, events: [] } : tables }],
			state: isStandby ? "in archive recovery" : "in production",
			checkpoint: { lsn: end - 0xb0, timeline: 1 },
			controlAt: now - 120_000,
			isStandby,
			upstreamId: isStandby ? 1 : null,
			slotName: isStandby ? slotOf(nodeId) : null,
			slots: new Map(
				nodeId === 1 ? [2, 3].map((id) => [slotOf(id), { restartLsn: end, isLost: false }]) : [],
			),
			isReadOnly: false,
			autoConf: new Map(),
			written: [],
			drillWrites: null,
		},
	};
}

/** What repmgr.events holds of the time when the cluster was made, the newest first. */
function earlierEvents(now: number): readonly RepmgrEvent[] {
	const watching = 'monitoring connection to upstream node "node1" (ID: 1)';
	const cloned = 'cloned from host "node1", port 5432; backup method: pg_basebackup; --force: N';
	const registered = "standby registration succeeded; upstream node ID is 1";
	const all = [
		[1, "cluster_created", ""],
		[1, "primary_register", ""],
		[1, "repmgrd_start", 'monitoring cluster primary "node1" (ID: 1)'],
		[2, "standby_clone", cloned],
		[3, "standby_clone", cloned],
		[2, "standby_register", registered],
		[3, "standby_register", registered],
		[4, "witness_register", "witness registration succeeded; upstream node ID is 1"],
		[2, "repmgrd_start", watching],
		[3, "repmgrd_start", watching],
		[4, "repmgrd_start", 'witness monitoring connection to primary node "node1" (ID: 1)'],
	] as const;
	return all
		.map(([nodeId, event, details], index) => {
			const timestamp = new Date(now - UPTIME_MS + 20_000 + 700 * index).toISOString().replace("Z", "000Z");
			return { nodeId, event, successful: true, timestamp, details };
		})
		.toReversed();
}
