import type { NodeSetup, Setup } from "../model/setup.ts";

/** Nodes with the cluster's data: all but the witness. Each of them may become the primary. */
export function dataNodes({ nodes }: Setup): readonly NodeSetup[] {
	return nodes.filter(isDataNode);
}

export function isDataNode({ registration: { type } }: NodeSetup): boolean {
	return type !== "witness";
}

/** The node that is registered as primary; null where that is none, or more than one. */
export function primaryOf({ nodes }: Setup): NodeSetup | null {
	const primaries = nodes.filter(({ registration: { type, active } }) => type === "primary" && active);
	return primaries.length === 1 ? (primaries[0] ?? null) : null;
}

/** All nodes but one. */
export function othersOf({ nodes }: Setup, node: NodeSetup): readonly NodeSetup[] {
	return nodes.filter((other) => other !== node);
}
