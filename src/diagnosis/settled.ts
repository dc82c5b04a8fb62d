import type { NodeView } from "../cluster/snapshot.ts";
import { secondsInStatus, type World } from "./world.ts";

/**
 * Has a node been as it is for longer than a restart or a change of roles takes? One that was never seen
 * otherwise counts as such: a `status` that looks only once must not be blind to what lasts for days.
 */
export function isSettled(world: World, node: NodeView, seconds = world.thresholds.graceSeconds): boolean {
	const spells = world.history.get(node.nodeId)?.filter(({ status }) => status !== "unknown") ?? [];
	return spells.length <= 1 || secondsInStatus(world, node) >= seconds;
}
