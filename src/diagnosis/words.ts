import { quoted } from "./advice.ts";
import type { World } from "./world.ts";

export function inPercent(share: number): string {
	// Never "100 %" while there is room.
	return `${Math.floor(share * 100)} %`;
}

/** The name of a node by its id, as far as it is registered. */
export function nameOf({ snapshot }: World, nodeId: number | null): string {
	if (nodeId === null) return "no node";
	const node = snapshot.nodes.find((one) => one.nodeId === nodeId);
	return node === undefined ? `node ${nodeId}` : quoted(node);
}
