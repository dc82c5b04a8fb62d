import { type Cluster, isPrimary, logToPostgres } from "./cluster.ts";
import { tooLow } from "./settings.ts";
import type { PracticeNode } from "./state.ts";
import { CHECKPOINT_BYTES, historyFileName, lsnText, timelineOf } from "./wal.ts";

/** PostgreSQL starts, and replays what a crash left, in this time. */
const START_MS = 400;
const CRASH_RECOVERY_MS = 1500;
const STOP_MS = 250;
/** A server does not start with less space than this. */
const FULL_BYTES = 1024 ** 2;

export function isDiskFull({ disk }: PracticeNode): boolean {
	return disk.sizeBytes - disk.usedBytes < FULL_BYTES;
}

/** Starts PostgreSQL. @returns why it does not start, or null. */
export async function startServer(cluster: Cluster, node: PracticeNode): Promise<string | null> {
	if (node.server !== null) return null;
	if (isDiskFull(node)) {
		logToPostgres(
			node,
			'FATAL:  could not write lock file "postmaster.pid": No space left on device',
			cluster.nextPid(),
		);
		return "could not start server";
	}
	const { data } = node;
	const low = tooLow(cluster, node);
	if (low !== null) {
		logToPostgres(node, low, cluster.nextPid());
		return "could not start server";
	}
	const hasCrashed = data.state === "in production" || data.state === "in archive recovery";
	const now = Date.now();
	const startMs = cluster.ms(START_MS + (hasCrashed ? CRASH_RECOVERY_MS : 0));
	node.server = {
		pid: cluster.nextPid(),
		startedAt: now,
		readyAt: now + startMs,
		loadedAt: now,
		isFrozen: false,
		isStopping: false,
		isReplayPaused: false,
		receiver: null,
		retryAt: now + startMs,
		sessions: new Set(),
		settings: new Map(data.autoConf),
		repmgrdPid: null,
		localNodeId: null,
		watchedId: null,
		upstreamSeenAt: null,
	};
	logToPostgres(node, "LOG:  starting PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu");
	logToPostgres(
		node,
		hasCrashed
			? "LOG:  database system was interrupted; last known up at an earlier time"
			: "LOG:  database system was shut down",
	);
	if (data.isStandby) logToPostgres(node, "LOG:  entering standby mode");
	if (!data.isStandby) data.replayed = data.end;
	data.state = data.isStandby ? "in archive recovery" : "in production";
	data.controlAt = now;
	await new Promise((resolve) => setTimeout(resolve, startMs));
	logToPostgres(
		node,
		data.isStandby
			? "LOG:  database system is ready to accept read-only connections"
			: "LOG:  database system is ready to accept connections",
	);
	return null;
}

/** Stops PostgreSQL in good order: its receivers get everything, the shutdown checkpoint included. */
export async function stopServer(cluster: Cluster, node: PracticeNode): Promise<void> {
	const { server, data } = node;
	if (server === null || server.isStopping) return;
	logToPostgres(node, "LOG:  received fast shutdown request");
	server.isStopping = true;
	endSessions(node);
	if (!data.isStandby) {
		data.checkpoint = { lsn: data.end, timeline: timelineOf(data.history) };
		data.end += CHECKPOINT_BYTES;
		data.replayed = data.end;
		for (const other of cluster.nodes) {
			if (other.server?.receiver?.fromId !== node.nodeId || !cluster.reaches(node.nodeId, other.nodeId))
				continue;
			other.data.end = data.end;
			other.data.versions = data.versions;
		}
	}
	await cluster.sleep(STOP_MS);
	logToPostgres(node, "LOG:  shutting down");
	logToPostgres(node, "LOG:  database system is shut down");
	data.state = data.isStandby ? "shut down in recovery" : "shut down";
	data.controlAt = Date.now();
	node.server = null;
}

/** The postmaster is killed: nothing is written any more. */
export function killServer(node: PracticeNode): void {
	if (node.server === null) return;
	logToPostgres(
		node,
		"FATAL:  terminating connection due to unexpected postmaster exit",
		node.server.pid + 12,
	);
	endSessions(node);
	node.server = null;
}

/** The console's sessions break. */
export function endSessions({ server }: PracticeNode): void {
	for (const lose of [...(server?.sessions ?? [])]) lose();
}

/** pg_promote(): a new timeline begins where WAL was received last. */
export function promoteServer(node: PracticeNode): void {
	const { data, server } = node;
	if (server === null || !data.isStandby) return;
	logToPostgres(node, "LOG:  received promote request");
	if (server.receiver !== null) server.receiver = null;
	const branch = { timeline: timelineOf(data.history) + 1, startLsn: data.end, beganAt: Date.now() };
	data.history = [...data.history, branch];
	data.replayed = data.end;
	data.isStandby = false;
	data.upstreamId = null;
	data.slotName = null;
	data.state = "in production";
	server.isReplayPaused = false;
	data.end += CHECKPOINT_BYTES;
	logToPostgres(node, `LOG:  selected new timeline ID: ${branch.timeline}`);
	logToPostgres(node, "LOG:  archive recovery complete");
	logToPostgres(
		node,
		`LOG:  history file ${historyFileName(data.history)} was written at ${lsnText(branch.startLsn)}`,
	);
	logToPostgres(node, "LOG:  database system is ready to accept connections");
}

export function checkpoint(node: PracticeNode): void {
	const { data } = node;
	if (!isPrimary(node)) return;
	data.checkpoint = { lsn: data.end, timeline: timelineOf(data.history) };
	data.end += CHECKPOINT_BYTES;
	data.replayed = data.end;
	data.controlAt = Date.now();
}
