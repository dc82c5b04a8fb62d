import { type Cluster, isPrimary, logToPostgres } from "./cluster.ts";
import { isDiskFull, killServer } from "./server.ts";
import type { PracticeNode, Server } from "./state.ts";
import { forkOf, lsnText, timelineOf } from "./wal.ts";

/** What the application writes, in bytes a second, and how many bytes one of its commits has. */
const WRITTEN_A_SECOND = 24_000;
export const COMMIT_BYTES = 6000;

/** wal_retrieve_retry_interval. */
const RETRY_MS = 5000;
/** wal_receiver_timeout and wal_sender_timeout. */
const TIMEOUT_MS = 60_000;
/** How long the times of commits are kept. */
const MOST_WRITTEN = 7200;

/** Lets the application write for so long, in the cluster's own milliseconds. */
export function writeLoad(node: PracticeNode, ms: number): void {
	const { data } = node;
	if (!isPrimary(node) || node.server?.isFrozen || data.isReadOnly) return;
	if (isDiskFull(node)) {
		logToPostgres(node, 'PANIC:  could not write to file "pg_wal/xlogtemp": No space left on device');
		killServer(node);
		return;
	}
	data.end += Math.round((WRITTEN_A_SECOND * ms) / 1000);
	data.replayed = data.end;
	const at = Date.now();
	if (at - (data.written.at(-1)?.at ?? 0) >= 1000)
		data.written = [...data.written.slice(-MOST_WRITTEN), { lsn: data.end, at }];
}

/** Lets a standby receive and replay for so long. */
export function replicate(cluster: Cluster, node: PracticeNode, ms: number): void {
	const { server, data } = node;
	if (server === null || server.isFrozen || !data.isStandby || server.readyAt > Date.now()) return;
	receive(cluster, node, server);
	if (server.isReplayPaused) return;
	const most =
		node.replayShare >= 1 ? data.end : data.replayed + (WRITTEN_A_SECOND * node.replayShare * ms) / 1000;
	data.replayed = Math.max(data.replayed, Math.min(data.end, Math.round(most)));
}

function receive(cluster: Cluster, node: PracticeNode, server: Server): void {
	const { data } = node;
	const now = Date.now();
	const upstream = data.upstreamId === null ? null : cluster.node(data.upstreamId);
	const { receiver } = server;
	if (receiver !== null) {
		const sender = cluster.node(receiver.fromId);
		const isReached = cluster.reaches(node.nodeId, sender.nodeId);
		if (isReached && (sender.server === null || sender.server.startedAt > receiver.since)) {
			logToPostgres(
				node,
				"FATAL:  could not receive data from WAL stream: server closed the connection unexpectedly",
			);
			server.receiver = null;
			server.retryAt = now + cluster.ms(RETRY_MS);
		} else if (upstream !== sender || now - receiver.heardAt > cluster.ms(TIMEOUT_MS)) {
			server.receiver = null;
			server.retryAt = now;
		} else if (isReached && sender.server?.isFrozen === false) {
			receiver.heardAt = now;
			take(node, sender);
		}
		return;
	}
	if (upstream === null || now < server.retryAt) return;
	server.retryAt = now + cluster.ms(RETRY_MS);
	const refusal = refusalOf(cluster, node, upstream);
	if (refusal !== null) {
		logToPostgres(node, refusal);
		return;
	}
	server.receiver = { pid: cluster.nextPid(), fromId: upstream.nodeId, since: now, heardAt: now };
	logToPostgres(
		node,
		`LOG:  started streaming WAL from primary at ${lsnText(data.end)} on timeline ${timelineOf(data.history)}`,
	);
	take(node, upstream);
}

/** Why a standby can't stream from there, as its log says it; null: it can. */
function refusalOf(cluster: Cluster, node: PracticeNode, upstream: PracticeNode): string | null {
	const { data } = node;
	if (upstream === node || !cluster.answers(node.nodeId, upstream)) {
		return `FATAL:  could not connect to the primary server: connection to server at "${upstream.host}" (${upstream.address}), port 5432 failed: Connection refused`;
	}
	if (upstream.data.systemIdentifier !== data.systemIdentifier) {
		return "FATAL:  database system identifier differs between the primary and standby";
	}
	const slot = data.slotName === null ? undefined : upstream.data.slots.get(data.slotName);
	if (data.slotName !== null && slot === undefined) {
		return `FATAL:  could not start WAL streaming: ERROR:  replication slot "${data.slotName}" does not exist`;
	}
	if (slot?.isLost) {
		return `FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment of slot "${data.slotName}" has already been removed`;
	}
	const theirs = upstream.data;
	if (timelineOf(theirs.history) < timelineOf(data.history)) {
		return `FATAL:  highest timeline ${timelineOf(theirs.history)} of the primary is behind recovery timeline ${timelineOf(data.history)}`;
	}
	if (forkOf(data, theirs) < data.end) {
		return `FATAL:  could not start WAL streaming: ERROR:  requested starting point ${lsnText(data.end)} on timeline ${timelineOf(data.history)} is not in this server's history`;
	}
	return null;
}

/** WAL arrives, with the tables as they are in it. */
function take(node: PracticeNode, { data: theirs, isWitness }: PracticeNode): void {
	if (isWitness) return;
	const { data } = node;
	data.history = theirs.history;
	data.end = Math.max(data.end, theirs.end);
	data.versions = theirs.versions;
	data.written = theirs.written;
	data.drillWrites = theirs.drillWrites;
}

/** The standbys that a server sends to, as it believes: one that is cut off stays for a minute. */
export function receiversOf(cluster: Cluster, node: PracticeNode): readonly PracticeNode[] {
	const { server } = node;
	if (server === null) return [];
	return cluster.nodes.filter(
		({ server: other }) =>
			other?.receiver?.fromId === node.nodeId &&
			other.receiver.since >= server.startedAt &&
			Date.now() - other.receiver.heardAt <= cluster.ms(TIMEOUT_MS),
	);
}

/** Slots keep WAL from where their standby is. */
export function advanceSlots(cluster: Cluster, node: PracticeNode): void {
	for (const { data } of receiversOf(cluster, node)) {
		const slot = data.slotName === null ? undefined : node.data.slots.get(data.slotName);
		if (slot !== undefined) slot.restartLsn = data.end;
	}
}
