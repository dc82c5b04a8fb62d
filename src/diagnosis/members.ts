import { wasStandby } from "../model/control-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { presumedRole, type World } from "./world.ts";

/** Does a node's system identifier belong to another cluster? Unknown is no. */
export function isForeign({ snapshot }: World, { state, registered }: NodeView): boolean {
	const ours = snapshot.cluster.systemIdentifier;
	const own =
		state.server.good?.value.systemIdentifier ?? state.host.good?.value.controlData?.systemIdentifier;
	return registered.type !== "witness" && ours !== null && own != null && own !== ours;
}

/** The nodes of this cluster that are out of recovery now. */
export function primariesSeen(world: World): readonly NodeView[] {
	return world.snapshot.nodes.filter((node) => node.observed.role === "primary" && !isForeign(world, node));
}

/** The one primary that is seen, or null. */
export function solePrimary(world: World): NodeView | null {
	const primaries = primariesSeen(world);
	return primaries.length === 1 ? (primaries[0] ?? null) : null;
}

/**
 * The nodes that should be standbys now: those that are or were, and, while a primary is seen, a former primary that was
 * not rejoined yet.
 */
export function standbys(world: World): readonly NodeView[] {
	const hasPrimary = primariesSeen(world).length > 0;
	return world.snapshot.nodes.filter((node) => {
		const role = presumedRole(world, node);
		if (role === "standby") return true;
		return role === "primary" && hasPrimary && node.observed.role !== "primary";
	});
}

/** Was a node a primary when it was last seen, or is it registered as one? The control data of a stopped one decide. */
export function isFormerPrimary(world: World, node: NodeView): boolean {
	if (node.observed.role !== null) return false;
	const control = node.state.host.good?.value.controlData?.state;
	if (node.observed.status === "stopped" && control !== undefined) {
		return !wasStandby(control);
	}
	return presumedRole(world, node) === "primary";
}

export function nodeById({ snapshot }: World, nodeId: number | null): NodeView | null {
	return snapshot.nodes.find((node) => node.nodeId === nodeId) ?? null;
}
