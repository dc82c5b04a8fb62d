import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "../plan/commands.ts";
import type { Facts } from "../plan/facts.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/** Whether repmgrd is paused, for each node where that is known. */
export function pausedNow({ snapshot }: Pick<Facts, "snapshot">): Plan["pausedBefore"] {
	return snapshot.nodes.flatMap(({ nodeId, repmgrd }) =>
		repmgrd.paused === null ? [] : [{ nodeId, isPaused: repmgrd.paused }],
	);
}

/** Pauses or unpauses one repmgrd with the function that `repmgr service pause` calls. */
export function setPaused(facts: Facts, node: NodeView, isPaused: boolean): Step {
	const word = isPaused ? "pause" : "unpause";
	return step({
		key: `${word}-${node.nodeId}`,
		title: `${word} repmgrd on ${quoted(node)}`,
		command: psql(facts, node, `SELECT repmgr.repmgrd_pause(${isPaused})`),
		expects: [{ kind: "paused", nodeId: node.nodeId, isPaused }],
		settleSeconds: 10,
		verification: `repmgr.repmgrd_is_paused() on ${quoted(node)} is ${isPaused}`,
		wayBack: `Repeat it with ${!isPaused}.`,
		together: true,
	});
}

/** Pauses repmgrd on those of the nodes where it is not paused. */
export function pauseSteps(facts: Facts, nodes: readonly NodeView[]): readonly Step[] {
	return nodes.filter(({ repmgrd }) => repmgrd.paused === false).map((node) => setPaused(facts, node, true));
}

/**
 * repmgr's switchover pauses repmgrd on every node and leaves it paused whenever it gives up (repmgr-action-standby.c). These
 * steps restore the state before, whatever happened.
 *
 * @param suffix makes the keys of the steps differ from those of an earlier attempt, whose run directories exist.
 */
export function restorePauses(facts: Facts, before = pausedNow(facts), suffix = ""): readonly Step[] {
	const wanted = new Map(before.map(({ nodeId, isPaused }) => [nodeId, isPaused]));
	return facts.snapshot.nodes.flatMap((node) => {
		const isPaused = wanted.get(node.nodeId);
		if (isPaused === undefined) return [];
		const one = setPaused(facts, node, isPaused);
		return [{ ...one, key: `${one.key}${suffix}`, title: `${one.title}, as before`, runs: "always" }];
	});
}
