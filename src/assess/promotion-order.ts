import { lsnDistanceBytes } from "../model/lsn.ts";
import type { NodeView } from "../model/snapshot.ts";
import { lastLsn } from "./positions.ts";

/**
 * The candidates, the best one to promote first: the most received WAL, since the rest is lost; then the one that keeps
 * most nodes attached, as the upstream of a cascade does; then repmgrd's own order.
 */
export function byPromotionFitness(
	candidates: readonly NodeView[],
	nodes: readonly NodeView[],
): readonly NodeView[] {
	return candidates.toSorted(
		(one, other) =>
			byReceived(one, other) ||
			Number(other.registered.priority > 0) - Number(one.registered.priority > 0) ||
			attachedTo(other, nodes) - attachedTo(one, nodes) ||
			other.registered.priority - one.registered.priority ||
			one.nodeId - other.nodeId,
	);
}

/** A node with an unknown position comes last. */
function byReceived(one: NodeView, other: NodeView): number {
	const [first, second] = [lastLsn(one), lastLsn(other)];
	if (first === null || second === null) return Number(first === null) - Number(second === null);
	return Math.sign(lsnDistanceBytes(first, second) ?? 0);
}

/** How many nodes receive from it, directly or through others. */
function attachedTo(node: NodeView, nodes: readonly NodeView[]): number {
	return nodes.filter((other) => isBelow(other, node, nodes)).length;
}

function isBelow(node: NodeView, top: NodeView, nodes: readonly NodeView[]): boolean {
	let at: NodeView | undefined = node;
	for (let hops = 0; at !== undefined && hops < nodes.length; hops++) {
		const { upstreamNodeId }: NodeView["observed"] = at.observed;
		if (upstreamNodeId === top.nodeId) return true;
		at = nodes.find(({ nodeId }) => nodeId === upstreamNodeId);
	}
	return false;
}
