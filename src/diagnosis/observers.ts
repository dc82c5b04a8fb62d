import type { Evidence } from "../model/finding.ts";
import { current } from "../model/node-state.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { NodeView } from "../model/snapshot.ts";
import { formatDuration } from "../text/format.ts";
import { confNumber } from "./conf-values.ts";
import { watchedSince } from "./grace.ts";
import { quoted } from "./words.ts";
import type { World } from "./world.ts";

/** What one node reports about a primary that this console can't read. */
export interface Observer {
	readonly node: NodeView;
	readonly sighting: "sees it" | "lost it" | "undecided";
	readonly evidence: Evidence;
}

/** Readings of two servers are a moment apart, and repmgr counts whole seconds. */
const MARGIN_MS = 1000;

/**
 * The standbys and the witness as observers of a primary. A walreceiver in state "streaming" alone proves nothing: it
 * notices a cut only after wal_receiver_timeout, and with an idle primary up to half of that passes between two messages.
 * What counts is a message, or a successful check of repmgrd, from after this console lost the primary.
 */
export function observersOf(world: World, primary: NodeView): readonly Observer[] {
	const lostAt = primary.state.server.fault?.since ?? null;
	if (lostAt === null) return [];
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (server === null || node.nodeId === primary.nodeId) return [];
		return isDownstream(node, primary) ? [observe(world, node, server, primary, lostAt)] : [];
	});
}

function isDownstream({ observed, registered }: NodeView, primary: NodeView): boolean {
	if (observed.upstreamNodeId !== null) return observed.upstreamNodeId === primary.nodeId;
	return registered.upstreamNodeId === primary.nodeId;
}

function observe(
	world: World,
	node: NodeView,
	server: ServerReading,
	primary: NodeView,
	lostAt: number,
): Observer {
	const readAt = node.state.server.good?.at ?? 0;
	const check = checkByRepmgrd(node, server, primary);
	const message = node.observed.attached === true ? (server.walReceiver?.lastMessageSeconds ?? null) : null;
	const says = (sighting: Observer["sighting"], text: string): Observer => ({
		node,
		sighting,
		evidence: { nodeId: node.nodeId, at: readAt, by: "sql", text },
	});
	if (message !== null && readAt - message * 1000 > lostAt + MARGIN_MS) {
		return says("sees it", `its walreceiver streams: last message ${message.toFixed(1)} s ago`);
	}
	if (check !== null && readAt - (check.seconds + 1) * 1000 > lostAt) {
		return says("sees it", `its repmgrd saw the upstream ${check.seconds} s ago`);
	}
	if (check !== null && check.seconds > check.limit) {
		return says("lost it", `its repmgrd last saw the upstream ${formatDuration(check.seconds)} ago`);
	}
	if (node.observed.attached === false) {
		const since = watchedSince(world, node);
		// A walreceiver that stopped long before proves nothing about the primary.
		const isOld = since !== null && since < lostAt - 5 * MARGIN_MS;
		return says(isOld ? "undecided" : "lost it", `its walreceiver is ${stateOf(server)}`);
	}
	if (check !== null) return says("undecided", `its repmgrd last saw the upstream ${check.seconds} s ago`);
	return says(
		"undecided",
		message === null
			? `whether it still sees ${quoted(primary)} is not known`
			: `its walreceiver says "streaming", but its last message came ${message.toFixed(1)} s ago`,
	);
}

function stateOf({ walReceiver }: ServerReading): string {
	return walReceiver === null ? "gone" : `in state "${walReceiver.status}"`;
}

/** repmgrd checks its upstream every monitor_interval_secs, unless it is stopped or frozen. */
function checkByRepmgrd(node: NodeView, { repmgrd }: ServerReading, primary: NodeView) {
	if (!repmgrd?.running || repmgrd.upstreamLastSeenSeconds === null) return null;
	if (repmgrd.upstreamNodeId !== null && repmgrd.upstreamNodeId !== primary.nodeId) return null;
	const process = node.state.host.good?.value.repmgrd;
	if (process && process.state === "T") return null;
	const interval = confNumber(node, "monitor_interval_secs", 2);
	return { seconds: repmgrd.upstreamLastSeenSeconds, limit: 2 * interval + 1 };
}
