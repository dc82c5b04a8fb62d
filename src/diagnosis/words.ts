import type { NodeView } from "../model/snapshot.ts";
import { quoted } from "../text/words.ts";
import type { World } from "./world.ts";

export { listed, quoted } from "../text/words.ts";

/** A node's quoted name; "node 7" where it is not registered. */
export function nameOf({ snapshot }: World, nodeId: number | null): string {
	if (nodeId === null) return "no node";
	const node = snapshot.nodes.find((one) => one.nodeId === nodeId);
	return node === undefined ? `node ${nodeId}` : quoted(node);
}

/** That a node can't be reached, and why where that is known. */
export function notReached(what: string, { observed }: NodeView): string {
	return observed.status === "unresolved"
		? `${what}: its host name is not resolved here`
		: `${what} can't be reached from here`;
}

/** What to do about it: the fault's own hint where its name does not resolve. */
export function connectionHint({ observed, fault }: NodeView, otherwise: string): string {
	return (observed.status === "unresolved" && fault?.hint) || otherwise;
}
