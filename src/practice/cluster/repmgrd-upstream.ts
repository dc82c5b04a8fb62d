import {
	type Cluster,
	isPrimary,
	logToRepmgrd,
	replaceRows,
	tablesOf,
	writeEvent,
	writeRows,
} from "./cluster.ts";
import { holdElection } from "./election.ts";
import { confNumber, named, primarySeenBy } from "./members.ts";
import type { Daemon, PracticeNode, Server } from "./state.ts";

const WITNESS_SYNC_MS = 15_000;
/** connect_timeout of every conninfo of the practice cluster. */
const CONNECT_TIMEOUT_MS = 2000;
/** primary_notification_timeout. */
const NOTIFICATION_MS = 60_000;

/** Programs that repmgrd runs: promote_command and follow_command. */
export interface DaemonCommands {
	promote(node: PracticeNode): Promise<boolean>;
	follow(node: PracticeNode, upstreamId: number): Promise<boolean>;
}

/** Its own row: a witness has only its own copy, a standby's has come from the primary by the time it is asked. */
function ownRow(cluster: Cluster, node: PracticeNode) {
	const from = node.isWitness ? node : (primarySeenBy(cluster, node) ?? node);
	return tablesOf(from).rows.find(({ node_id }) => node_id === node.nodeId);
}

/** Begins to watch what the node's own row names. */
export function watch(cluster: Cluster, node: PracticeNode, daemon: Daemon): void {
	const row = ownRow(cluster, node);
	daemon.watchedId =
		node.data.isStandby || node.isWitness ? (row?.upstream_node_id ?? node.data.upstreamId) : null;
	daemon.missedSince = null;
	daemon.isDegraded = false;
	daemon.waitsUntil = null;
	daemon.children = null;
	const what =
		daemon.watchedId === null
			? `monitoring cluster primary ${named(node)}`
			: `starting monitoring of node ${named(node)}, upstream ${named(cluster.node(daemon.watchedId))}`;
	logToRepmgrd(node, "NOTICE", what);
}

/** The pauses between reconnect_attempts: the first one is made at once, and after the last one it decides. */
export function waitMs(node: PracticeNode): number {
	return 1000 * (confNumber(node, "reconnect_attempts", 6) - 1) * confNumber(node, "reconnect_interval", 10);
}

/**
 * From the first check that fails until it decides. A host that is cut off, or a frozen server, refuses nothing: each check then
 * waits for connect_timeout, before the first attempt twice.
 */
function decisionMs(cluster: Cluster, node: PracticeNode, upstream: PracticeNode): number {
	const isSilent = upstream.server?.isFrozen === true || !cluster.reaches(node.nodeId, upstream.nodeId);
	const checks = confNumber(node, "reconnect_attempts", 6) + 2;
	return waitMs(node) + (isSilent ? checks * CONNECT_TIMEOUT_MS : 0);
}

interface Follower {
	readonly daemon: Daemon;
	readonly server: Server;
	readonly upstream: PracticeNode;
	readonly commands: DaemonCommands;
}

export function watchUpstream(cluster: Cluster, node: PracticeNode, follower: Follower): void {
	const { daemon, server, upstream } = follower;
	const now = Date.now();
	if (cluster.answers(node.nodeId, upstream) && (isPrimary(upstream) || upstream.data.isStandby)) {
		server.upstreamSeenAt = now;
		if (daemon.missedSince !== null) seenAgain(cluster, node, follower);
		// After a follow by hand.
		const movedTo = ownRow(cluster, node)?.upstream_node_id ?? null;
		if (movedTo !== null && movedTo !== daemon.watchedId) watch(cluster, node, daemon);
		if (node.isWitness) copyTable(cluster, node, daemon, upstream);
		if (daemon.isDegraded || daemon.waitsUntil !== null) {
			daemon.isDegraded = false;
			daemon.waitsUntil = null;
		}
		return;
	}
	if (daemon.missedSince === null) {
		daemon.missedSince = now;
		daemon.attempt = 0;
		const way = `"host=${upstream.host} user=repmgr dbname=repmgr connect_timeout=2"`;
		logToRepmgrd(node, "WARNING", `unable to ping ${way}`);
		logToRepmgrd(node, "WARNING", `unable to connect to upstream node ${named(upstream)}`);
	}
	sayAttempt(cluster, node, daemon, upstream);
	if (now - daemon.missedSince < cluster.ms(decisionMs(cluster, node, upstream))) return;
	if (daemon.isDegraded || daemon.waitsUntil !== null) lookForPrimary(cluster, node, follower);
	else loseUpstream(cluster, node, follower);
}

/** One attempt after another to reconnect. */
function sayAttempt(cluster: Cluster, node: PracticeNode, daemon: Daemon, upstream: PracticeNode): void {
	const attempts = confNumber(node, "reconnect_attempts", 6);
	const interval = cluster.ms(decisionMs(cluster, node, upstream)) / Math.max(1, attempts - 1);
	const attempt = Math.floor((Date.now() - (daemon.missedSince ?? 0)) / interval) + 1;
	if (attempt <= daemon.attempt || attempt > attempts) return;
	daemon.attempt = attempt;
	const way = `"user=repmgr connect_timeout=2 dbname=repmgr host=${upstream.host} fallback_application_name=repmgr"`;
	logToRepmgrd(node, "INFO", `checking state of node ${named(upstream)}, ${attempt} of ${attempts} attempts`);
	logToRepmgrd(node, "WARNING", `unable to ping ${way}`);
}

function seenAgain(cluster: Cluster, node: PracticeNode, { daemon, upstream }: Follower): void {
	const seconds = Math.round((Date.now() - (daemon.missedSince ?? 0)) / cluster.ms(1000));
	daemon.missedSince = null;
	logToRepmgrd(
		node,
		"NOTICE",
		`reconnected to upstream node ${named(upstream)} after ${seconds} seconds, resuming monitoring`,
	);
	const primary = primarySeenBy(cluster, node);
	if (primary === null) return;
	const details = `reconnected to upstream node ${named(upstream)} after ${seconds} seconds, resuming monitoring`;
	writeEvent(primary, node, "repmgrd_upstream_reconnect", details);
}

/** All attempts failed. */
function loseUpstream(cluster: Cluster, node: PracticeNode, follower: Follower): void {
	const { daemon, upstream } = follower;
	const attempts = confNumber(node, "reconnect_attempts", 6);
	logToRepmgrd(node, "WARNING", `unable to reconnect to node ${named(upstream)} after ${attempts} attempts`);
	if (node.isPaused) {
		degrade(node, daemon, "repmgrd on this node is paused; no failover action is taken");
	} else if (node.isWitness) {
		waitForPrimary(cluster, daemon);
	} else if (node.conf.get("failover") !== "automatic") {
		const not = "will not be considered as promotion candidate, and will not follow the new primary";
		degrade(node, daemon, `this node is not configured for automatic failover so ${not}`);
	} else vote(cluster, node, follower);
}

function vote(cluster: Cluster, node: PracticeNode, { daemon, upstream, commands }: Follower): void {
	const { kind, said, lines } = holdElection(cluster, node);
	for (const line of lines) logToRepmgrd(node, "INFO", line);
	logToRepmgrd(node, "NOTICE", said);
	if (kind === "cancelled") degrade(node, daemon, "election cancelled");
	else if (kind === "lost") {
		logToRepmgrd(node, "INFO", "follower node awaiting notification from a candidate node");
		waitForPrimary(cluster, daemon);
	} else {
		void busy(daemon, async () => {
			logToRepmgrd(node, "NOTICE", "this node is the winner, will now promote itself and inform other nodes");
			if (!(await commands.promote(node))) {
				degrade(node, daemon, "promotion failed");
				return;
			}
			const details = `node ${named(node)} promoted to primary; old primary ${named(upstream)} marked as failed`;
			writeEvent(node, node, "repmgrd_failover_promote", details);
			cluster.note(`repmgrd promoted ${node.name}`);
			const attempts = confNumber(node, "reconnect_attempts", 6);
			logToRepmgrd(node, "INFO", `checking state of node ${node.nodeId}, 1 of ${attempts} attempts`);
			logToRepmgrd(node, "NOTICE", `node ${node.nodeId} has recovered, reconnecting`);
			logToRepmgrd(node, "INFO", "switching to primary monitoring mode");
			watch(cluster, node, daemon);
		});
	}
}

function degrade(node: PracticeNode, daemon: Daemon, why: string): void {
	logToRepmgrd(node, "NOTICE", why);
	daemon.isDegraded = true;
}

function waitForPrimary(cluster: Cluster, daemon: Daemon): void {
	daemon.waitsUntil = Date.now() + cluster.ms(NOTIFICATION_MS);
}

async function busy(daemon: Daemon, work: () => Promise<void>): Promise<void> {
	daemon.isBusy = true;
	try {
		await work();
	} finally {
		daemon.isBusy = false;
	}
}

/** Follows a new primary once there is one, as the winner of the election tells it, or as it finds it itself. */
function lookForPrimary(
	cluster: Cluster,
	node: PracticeNode,
	{ daemon, upstream, commands }: Follower,
): void {
	if (daemon.waitsUntil !== null && Date.now() > daemon.waitsUntil) {
		daemon.waitsUntil = null;
		daemon.isDegraded = true;
	}
	const primary = primarySeenBy(cluster, node);
	if (primary === null || primary === upstream || node.isPaused) return;
	if (node.isWitness) {
		copyTable(cluster, node, daemon, primary, true);
		writeRows(primary, (row) =>
			row.node_id === node.nodeId ? { ...row, upstream_node_id: primary.nodeId } : row,
		);
		writeEvent(
			primary,
			node,
			"repmgrd_failover_follow",
			`witness node ${named(node)} now following new primary node ${named(primary)}`,
		);
		copyTable(cluster, node, daemon, primary, true);
		watch(cluster, node, daemon);
		return;
	}
	if (node.conf.get("failover") !== "automatic") return;
	void busy(daemon, async () => {
		if (!(await commands.follow(node, primary.nodeId))) return;
		writeEvent(
			primary,
			node,
			"repmgrd_failover_follow",
			`node ${named(node)} now following new upstream node ${named(primary)}`,
		);
		watch(cluster, node, daemon);
	});
}

/** A witness's own copy of repmgr.nodes. */
export function copyTable(
	cluster: Cluster,
	node: PracticeNode,
	daemon: Daemon,
	primary: PracticeNode,
	isNow = false,
): void {
	if (!isPrimary(primary)) return;
	if (!isNow && Date.now() - daemon.copiedAt < cluster.ms(WITNESS_SYNC_MS)) return;
	daemon.copiedAt = Date.now();
	const { rows } = tablesOf(primary);
	if (JSON.stringify(rows) !== JSON.stringify(tablesOf(node).rows)) replaceRows(node, rows);
	const own = rows.find(({ node_id }) => node_id === node.nodeId)?.upstream_node_id ?? null;
	if (own !== null) daemon.watchedId = own;
}
