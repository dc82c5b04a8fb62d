import type { NodeView } from "../model/snapshot.ts";

export interface TreeNode {
	readonly node: NodeView;
	/** Drawn before the name: "", "├─ ", "│  └─ ". */
	readonly branch: string;
}

const RANK = { primary: 0, standby: 1, witness: 2 };

/**
 * The nodes as a tree by observed upstream, primaries first and witnesses last. A node without an observed upstream is a root,
 * whatever upstream is registered.
 */
export function treeOf(nodes: readonly NodeView[]): readonly TreeNode[] {
	const children = new Map<number | null, NodeView[]>();
	const ids = new Set(nodes.map(({ nodeId }) => nodeId));
	for (const node of nodes) {
		const { upstreamNodeId } = node.observed;
		const parent = upstreamNodeId !== null && ids.has(upstreamNodeId) ? upstreamNodeId : null;
		children.set(parent, [...(children.get(parent) ?? []), node]);
	}
	const rows: TreeNode[] = [];
	const seen = new Set<number>();
	const add = (node: NodeView, branch: string, indent: string): void => {
		if (seen.has(node.nodeId)) return;
		seen.add(node.nodeId);
		rows.push({ node, branch });
		const below = children.get(node.nodeId) ?? [];
		below.forEach((child, position) => {
			const isLast = position === below.length - 1;
			add(child, `${indent}${isLast ? "└─ " : "├─ "}`, `${indent}${isLast ? "   " : "│  "}`);
		});
	};
	const roots = (children.get(null) ?? []).toSorted((a, b) => rankOf(a) - rankOf(b) || a.nodeId - b.nodeId);
	for (const root of roots) add(root, "", "");
	// Nodes in a cycle of upstreams have no root.
	for (const node of nodes) add(node, "", "");
	return rows;
}

function rankOf({ observed, registered }: NodeView): number {
	return RANK[observed.role ?? registered.type];
}
