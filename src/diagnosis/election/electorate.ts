import type { ProcessReading } from "../../model/host-reading.ts";
import { parseLsn } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confNumber } from "../conf-values.ts";
import type { World } from "../world.ts";

/** Who is there when the primary dies, and how far each has come. */
export interface Electorate {
	readonly primary: NodeView;
	/** It is gone already: that repmgrd does not see it says nothing more. */
	readonly isLost: boolean;
	/** All other nodes. */
	readonly others: readonly NodeView[];
	readonly byId: ReadonlyMap<number, NodeView>;
	/** repmgr.nodes as it is authoritative; every standby goes by its own copy. */
	readonly authoritative: readonly Registration[];
	/** By node id, of the standbys that answer: what they would have received. */
	readonly positions: ReadonlyMap<number, bigint>;
	/** Standbys that stream and are level with the primary, but for what is on its way. */
	readonly level: ReadonlySet<number>;
	/** Something is on its way: which of the level ones has received more changes from moment to moment. */
	readonly isWritten: boolean;
}

/**
 * A standby that streams and lacks no more than this is level: servers are read some milliseconds apart, and
 * what a living primary has sent is not what it will have sent when it dies.
 */
const LEVEL_BYTES = 1024n * 1024n;

export function electorateOf({ snapshot }: World, primary: NodeView, isLost = false): Electorate {
	const others = snapshot.nodes.filter(({ nodeId }) => nodeId !== primary.nodeId);
	const received = new Map(
		others
			.filter(({ observed }) => observed.role === "standby")
			// repmgr takes a standby that has received nothing since its start for one at 0/0 (get_replication_info()).
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
		// Nodes that are only remembered are none for repmgrd.
		authoritative: isNodesTableEmpty(primary) ? [] : snapshot.nodes.map(({ registered }) => registered),
		positions: new Map([...received].map(([nodeId, own]) => [nodeId, level.has(nodeId) ? head : own])),
		level,
		isWritten: [...level].some((nodeId) => received.get(nodeId) !== head) || written !== head,
	};
}

/** Does a node read now that its repmgr.nodes has no rows? Unread is no. */
export function isNodesTableEmpty({ state }: NodeView): boolean {
	return current(state.server)?.registrations?.length === 0;
}

/** Has a repmgrd missed more than one look at its upstream? Its walreceiver may not have noticed yet. */
export function hasLost(node: NodeView): boolean {
	const { running, upstreamLastSeenSeconds: unseen } = node.repmgrd;
	return running === true && unseen !== null && unseen > 2 * confNumber(node, "monitor_interval_secs", 2) + 3;
}

/** A standby's own copy of repmgr.nodes, which its repmgrd goes by: an old one where it is behind. */
export function ownCopy({ authoritative }: Electorate, { nodeId, state }: NodeView): readonly Registration[] {
	const own = current(state.server)?.registrations;
	// One that lacks the node itself is no copy that its repmgrd could run with.
	return own?.some((row) => row.nodeId === nodeId) ? own : authoritative;
}

/** Is a registered node a sibling of those under a primary (get_active_sibling_node_records())? */
export function isVoter({ active, upstreamNodeId, nodeId }: Registration, primary: NodeView): boolean {
	return active && upstreamNodeId === primary.nodeId && nodeId !== primary.nodeId;
}

/** Does a node answer its siblings? As far as it answers us; one that turns us away is there. */
export function isVisible(node: NodeView | undefined): boolean {
	return node !== undefined && (node.observed.reachable || node.observed.status === "rejecting");
}

/**
 * Do its siblings take a node for one whose repmgrd runs? They ask its server for a pid, and not whether the
 * process lives; a repmgrd that ends in order takes its pid back, a killed one can't (terminate() in repmgrd.c).
 * One that lives tells its server again at its next look. Where we may not ask, it is taken for granted.
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
