import type { FindingSeverity } from "../model/finding.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";

/** What nobody read proves nothing; a server that does not answer was read. */
export function isRead({ observed }: NodeView): boolean {
	return observed.status !== "unknown";
}

/** How many of the nodes; null: one of them was not read, so it may be one more. */
export function countOf(nodes: readonly NodeView[], isCounted: (node: NodeView) => boolean): number | null {
	return nodes.every(isRead) ? nodes.filter(isCounted).length : null;
}

/** How many findings there are; null: none, but a node was not read, so there may be some. */
export function findingsOf({ nodes, findings }: ClusterSnapshot, severity: FindingSeverity): number | null {
	const count = findings.filter((finding) => finding.severity === severity).length;
	return count > 0 || (nodes.length > 0 && nodes.every(isRead)) ? count : null;
}
