import type { ProcessReading } from "../../model/host-reading.ts";
import { parseLsn } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confNumber } from "../conf-values.ts";
import type { World } from "../world.ts";

/** The nodes when the primary dies, and how much WAL each has. */
export interface Electorate {
	readonly primary: NodeView;
	/** It is gone already, so that repmgrd does not see it means nothing more. */
	readonly isLost: boolean;
	/** All other nodes. */
	readonly others: readonly NodeView[];
	readonly byId: ReadonlyMap<number, NodeView>;
	/** The authoritative copy of repmgr.nodes; every standby uses its own. */
	readonly authoritative: readonly Registration[];
	/** By node id, for the standbys that answer: what they would have received. */
	readonly positions: ReadonlyMap<number, bigint>;
	/** Standbys that stream and have all but the WAL in transit. */
	readonly level: ReadonlySet<number>;
	/** WAL is in transit: which of the level standbys is ahead changes from moment to moment. */
	readonly isWritten: boolean;
}

/**
 * A standby that streams and lacks no more than this is level: servers are read some milliseconds apart, and a running
 * primary goes on sending until it dies.
 */
const LEVEL_BYTES = 1024n * 1024n;

export function electorateOf({ snapshot }: World, primary: NodeView, isLost = false): Electorate {
	const others = snapshot.nodes.filter(({ nodeId }) => nodeId !== primary.nodeId);
	const received = new Map(
		others
			.filter(({ observed }) => observed.role === "standby")
			// repmgr counts a standby that received nothing since its start as at 0/0 (get_replication_info()).
			.map(({ nodeId, observed }) => [nodeId, parseLsn(observed.receiveLsn ?? "0/0") ?? 0n]),
	);
	const written = parseLsn(primary.observed.currentLsn ?? "0/0") ?? 0n;
	const head = [...received.values()].reduce((most, one) => (one > most ? one : most), written);
	const level = new Set(
		others
			.filter((node) => {
				const { nodeId, observed } = node;
				const own = received.get(nodeId);
				return (
					own !== undefined && observed.attached !== false && !hasLost(node) && head - own <= LEVEL_BYTES
				);
			})
			.map(({ nodeId }) => nodeId),
	);
	return {
		primary,
		isLost,
		others,
		byId: new Map(others.map((node) => [node.nodeId, node])),
		// repmgrd does not know nodes that only this console remembers.
		authoritative: isNodesTableEmpty(primary) ? [] : snapshot.nodes.map(({ registered }) => registered),
		positions: new Map([...received].map(([nodeId, own]) => [nodeId, level.has(nodeId) ? head : own])),
		level,
		isWritten: [...level].some((nodeId) => received.get(nodeId) !== head) || written !== head,
	};
}

/** Is repmgr.nodes known to be empty on a node? */
export function isNodesTableEmpty({ state }: NodeView): boolean {
	return current(state.server)?.registrations?.length === 0;
}

/** Has repmgrd missed its upstream in more than one check? Its walreceiver may not have noticed yet. */
export function hasLost(node: NodeView): boolean {
	const { running, upstreamLastSeenSeconds: unseen } = node.repmgrd;
	return running === true && unseen !== null && unseen > 2 * confNumber(node, "monitor_interval_secs", 2) + 3;
}

/** A standby's own copy of repmgr.nodes, which its repmgrd uses; outdated where the standby lags. */
export function ownCopy({ authoritative }: Electorate, { nodeId, state }: NodeView): readonly Registration[] {
	const own = current(state.server)?.registrations;
	// repmgrd can't run with a copy that lacks its own node.
	return own?.some((row) => row.nodeId === nodeId) ? own : authoritative;
}

/** Is a registered node a sibling of those under a primary (get_active_sibling_node_records())? */
export function isVoter({ active, upstreamNodeId, nodeId }: Registration, primary: NodeView): boolean {
	return active && upstreamNodeId === primary.nodeId && nodeId !== primary.nodeId;
}

/** Would a node answer its siblings? Yes if it answers this console; one that rejects the console runs, too. */
export function isVisible(node: NodeView | undefined): boolean {
	return node !== undefined && (node.observed.reachable || node.observed.status === "rejecting");
}

/**
 * Do its siblings assume that a node's repmgrd runs? They ask its server for a pid, not whether the process exists. A
 * repmgrd that exits normally removes its pid, a killed one can't (terminate() in repmgrd.c); a running one reports it
 * again at its next check. Assumed where this console may not ask.
 */
export function isRepmgrdKnown({ state }: NodeView): boolean {
	const server = current(state.server);
	const process = current(state.host)?.repmgrd;
	if (process && !isFrozen(process)) return true;
	if (server?.repmgrd == null) return !lacksLibrary(server?.settings.shared_preload_libraries);
	return server.repmgrd.pid !== null;
}

/** Stopped by a signal or a debugger, or dead (proc(5)). */
export function isFrozen({ state }: ProcessReading): boolean {
	return /^[TtZ]$/.test(state);
}

function lacksLibrary(preloaded: string | undefined): boolean {
	return preloaded !== undefined && !/\brepmgr\b/.test(preloaded);
}
