import type { Spell } from "../cluster/node-history.ts";
import type { NodeStatus, NodeView } from "../cluster/snapshot.ts";
import { presentSpell, secondsInStatus, type World } from "./world.ts";

const WELL: readonly NodeStatus[] = ["running", "streaming", "catching up"];

/** One poll that was not answered proves little: a stall of the disk does that. */
const TWO_POLLS_SECONDS = 2;

/** For how long a node has not been well, whatever its statuses were meanwhile: a restart goes through several. */
export function secondsInTrouble(world: World, node: NodeView): number {
	const spells = spellsOf(world, node);
	const wellAt = spells.findLastIndex(({ status }) => WELL.includes(status) || status === "unknown");
	const { takenAt } = world.snapshot;
	const since = Math.min(spells[wellAt + 1]?.since ?? takenAt, node.state.server.fault?.since ?? takenAt);
	return Math.max(0, takenAt - since) / 1000;
}

/**
 * May a node's trouble no longer be a mere restart? One that was seen well must have been in trouble for
 * longer than the grace time. Of one that was never seen otherwise nobody watched the beginning: then what
 * its host or server tells of it decides, and where they tell nothing it counts as long ago.
 */
export function isPastGrace(world: World, node: NodeView): boolean {
	const { graceSeconds } = world.thresholds;
	if (secondsInTrouble(world, node) >= graceSeconds) return true;
	if (wasSeenWell(world, node)) return false;
	const known = knownSecondsInTrouble(node);
	return known === null || known >= graceSeconds;
}

/** Is a node that was seen well in trouble for longer than one poll? */
export function isMoreThanAStall(world: World, node: NodeView): boolean {
	return secondsInTrouble(world, node) >= TWO_POLLS_SECONDS || !wasSeenWell(world, node);
}

/** Has a node been what it is for the grace time, or was it never seen otherwise? What follows it may need that long. */
export function isSettled(world: World, node: NodeView): boolean {
	return spellsOf(world, node).length <= 1 || secondsInStatus(world, node) >= world.thresholds.graceSeconds;
}

/** Since when (epoch ms) a node is in its present status; null where it was never seen otherwise. */
export function watchedSince(world: World, node: NodeView): number | null {
	return spellsOf(world, node).length <= 1 ? null : (presentSpell(world, node)?.since ?? null);
}

/** What is known of a trouble's length without having watched it; null: nothing. */
function knownSecondsInTrouble({ observed, state }: NodeView): number | null {
	if (observed.status === "starting" || observed.status === "stopping") return 0;
	const server = observed.reachable ? state.server.good?.value : undefined;
	if (server !== undefined) return (server.serverTime - server.startedAt) / 1000;
	const host = state.host.good?.value;
	// After a crash pg_control tells only of the last checkpoint.
	if (observed.status !== "stopped" || !host?.controlData?.state.startsWith("shut down")) return null;
	return host.hostTime === null || !host.controlFileAt ? null : (host.hostTime - host.controlFileAt) / 1000;
}

function wasSeenWell(world: World, node: NodeView): boolean {
	if (node.state.server.good !== null && !node.observed.reachable) return true;
	return spellsOf(world, node).some(({ status }) => WELL.includes(status));
}

function spellsOf({ history }: World, { nodeId }: NodeView): readonly Spell[] {
	return (history.get(nodeId) ?? []).filter(({ status }) => status !== "unknown");
}
