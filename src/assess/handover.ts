import type { Lsn } from "../model/lsn.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";

/** The only primary, as it last answered. */
export interface SeenPrimary {
	readonly nodeId: number;
	/** Epoch ms. */
	readonly at: number;
	readonly timeline: number | null;
	/** Where its WAL ended then. */
	readonly lsn: Lsn | null;
}

/** A change of the primary that this console watched. */
export interface Handover {
	readonly from: SeenPrimary;
	readonly toNodeId: number;
	/** When the new primary first answered as the only one, epoch ms. */
	readonly at: number;
	/** More than one node was seen as a primary in between. */
	readonly wasSplit: boolean;
}

/** The last primary seen, and the last change. */
export interface Handovers {
	readonly primary: SeenPrimary | null;
	readonly last: Handover | null;
	/** More than one primary was seen since `primary` answered. */
	readonly isSplit: boolean;
}

export const NO_HANDOVER: Handovers = { primary: null, last: null, isSplit: false };

/** What is known after one more snapshot; the same value without a newer answer of a primary. */
export function recordHandover(known: Handovers, { cluster, nodes }: ClusterSnapshot): Handovers {
	if (nodes.filter(({ observed }) => observed.role === "primary").length > 1)
		return known.isSplit ? known : { ...known, isSplit: true };
	const node = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	const at = node?.state.server.good?.at;
	if (node === undefined || at === undefined || at === known.primary?.at) return known;
	const { nodeId, observed } = node;
	const primary = { nodeId, at, timeline: observed.timeline, lsn: observed.currentLsn };
	const from = known.primary;
	const isOther = from !== null && from.nodeId !== nodeId && from.at < at;
	const last = isOther ? { from, toNodeId: nodeId, at, wasSplit: known.isSplit } : known.last;
	return { primary, last, isSplit: false };
}
