import { type Cluster, isPrimary, tablesOf } from "./cluster.ts";
import type { PracticeNode } from "./state.ts";

export const named = ({ name, nodeId }: PracticeNode): string => `"${name}" (ID: ${nodeId})`;

/** repmgr.repmgrd_pause(). */
export function setPaused(node: PracticeNode, isPaused: boolean): void {
	if (node.isPaused === isPaused) return;
	node.isPaused = isPaused;
	node.pausedAt = Date.now();
}

export function confNumber(node: PracticeNode, name: string, otherwise: number): number {
	const value = Number(node.conf.get(name));
	return node.conf.has(name) && Number.isFinite(value) ? value : otherwise;
}

/** The server that accepts writes, as a node finds it: the one it is registered under first. */
export function primarySeenBy(cluster: Cluster, node: PracticeNode): PracticeNode | null {
	const seen = cluster.nodes.filter((other) => isPrimary(other) && cluster.answers(node.nodeId, other));
	return (
		seen.find((other) =>
			tablesOf(other).rows.some(
				(row) => row.node_id === other.nodeId && row.type === "primary" && row.active,
			),
		) ??
		seen[0] ??
		null
	);
}
