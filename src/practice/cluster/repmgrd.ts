import { type Cluster, logToRepmgrd, writeEvent, writeRows } from "./cluster.ts";
import { named, primarySeenBy } from "./members.ts";
import { receiversOf } from "./replication.ts";
import { type DaemonCommands, waitMs, watch, watchUpstream } from "./repmgrd-upstream.ts";
import type { Daemon, PracticeNode } from "./state.ts";

export function startDaemon(cluster: Cluster, node: PracticeNode): void {
	if (node.daemon !== null) return;
	node.daemon = {
		pid: cluster.nextPid(),
		isFrozen: false,
		watchedId: null,
		missedSince: null,
		attempt: 0,
		isDegraded: false,
		waitsUntil: null,
		hasMarkedInactive: false,
		children: null,
		copiedAt: 0,
		isBusy: false,
	};
	logToRepmgrd(node, "NOTICE", "repmgrd (repmgrd 5.3.3) starting up");
	watch(cluster, node, node.daemon);
	const primary = primarySeenBy(cluster, node);
	if (primary === null) return;
	const { watchedId } = node.daemon;
	const details =
		watchedId === null
			? `monitoring cluster primary ${named(node)}`
			: node.isWitness
				? `witness monitoring connection to primary node ${named(cluster.node(watchedId))}`
				: `monitoring connection to upstream node ${named(cluster.node(watchedId))}`;
	writeEvent(primary, node, "repmgrd_start", details);
}

export function stopDaemon(cluster: Cluster, node: PracticeNode): void {
	if (node.daemon === null) return;
	logToRepmgrd(node, "NOTICE", "TERM signal received");
	node.daemon = null;
	if (node.server !== null) node.server.repmgrdPid = null;
	const primary = primarySeenBy(cluster, node);
	if (primary !== null) writeEvent(primary, node, "repmgrd_shutdown", "TERM signal received");
}

/** One turn of a node's daemon, once a second (monitor_interval_secs): it decides from what it can reach itself. */
export function turnDaemon(cluster: Cluster, node: PracticeNode, commands: DaemonCommands): void {
	const { daemon, server } = node;
	if (daemon === null || daemon.isFrozen || daemon.isBusy) return;
	if (server === null || server.isFrozen || server.readyAt > Date.now()) {
		missOwnServer(cluster, node, daemon);
		return;
	}
	if (daemon.hasMarkedInactive) markActive(cluster, node, daemon);
	const isFollower = node.data.isStandby || node.isWitness;
	if (isFollower !== (daemon.watchedId !== null)) watch(cluster, node, daemon);
	server.repmgrdPid = daemon.pid;
	server.localNodeId = node.nodeId;
	server.watchedId = daemon.watchedId;
	if (daemon.watchedId === null) watchChildren(cluster, node, daemon);
	else watchUpstream(cluster, node, { daemon, server, upstream: cluster.node(daemon.watchedId), commands });
}

/** Its own server is gone: after the attempts its row is marked as inactive. */
function missOwnServer(cluster: Cluster, node: PracticeNode, daemon: Daemon): void {
	daemon.missedSince ??= Date.now();
	if (daemon.hasMarkedInactive || Date.now() - daemon.missedSince < cluster.ms(waitMs(node))) return;
	daemon.hasMarkedInactive = true;
	logToRepmgrd(node, "WARNING", `unable to connect to local node ${named(node)}`);
	const primary = primarySeenBy(cluster, node);
	if (primary === null) return;
	setActive(primary, node, false);
	const details = `unable to connect to local node ${named(node)}, marking inactive`;
	if (node.data.isStandby) writeEvent(primary, node, "standby_failure", details);
}

function markActive(cluster: Cluster, node: PracticeNode, daemon: Daemon): void {
	const primary = primarySeenBy(cluster, node);
	daemon.missedSince = null;
	daemon.hasMarkedInactive = false;
	if (primary === null || (primary !== node && !node.data.isStandby && !node.isWitness)) return;
	setActive(primary, node, true);
	const details = `reconnected to local node ${named(node)}, marking active`;
	if (node.data.isStandby) writeEvent(primary, node, "standby_recovery", details);
}

function setActive(primary: PracticeNode, { nodeId }: PracticeNode, active: boolean): void {
	writeRows(primary, (row) => (row.node_id === nodeId ? { ...row, active } : row));
}

/** A primary's repmgrd tells which standbys come and go. */
function watchChildren(cluster: Cluster, node: PracticeNode, daemon: Daemon): void {
	daemon.missedSince = null;
	const now = new Set(receiversOf(cluster, node).map(({ nodeId }) => nodeId));
	const before = daemon.children;
	daemon.children = now;
	if (before === null) return;
	for (const nodeId of now) {
		if (!before.has(nodeId))
			writeEvent(
				node,
				node,
				"child_node_new_connect",
				`new standby ${named(cluster.node(nodeId))} has connected`,
			);
	}
	for (const nodeId of before) {
		if (!now.has(nodeId))
			writeEvent(
				node,
				node,
				"child_node_disconnect",
				`standby node ${named(cluster.node(nodeId))} has disconnected`,
			);
	}
}
