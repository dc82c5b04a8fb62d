import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "../plan/commands.ts";
import type { Facts } from "../plan/facts.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/** Of each node where it is known: is repmgrd paused? */
export function pausedNow({ snapshot }: Pick<Facts, "snapshot">): Plan["pausedBefore"] {
	return snapshot.nodes.flatMap(({ nodeId, repmgrd }) =>
		repmgrd.paused === null ? [] : [{ nodeId, isPaused: repmgrd.paused }],
	);
}

/** Pauses or unpauses one repmgrd, by the function that `repmgr service pause` calls, too. */
export function setPaused(facts: Facts, node: NodeView, isPaused: boolean, runs: Step["runs"]): Step {
	const word = isPaused ? "pause" : "unpause";
	return step({
		key: `${word}-${node.nodeId}`,
		title: `${word} repmgrd on ${quoted(node)}${runs === "always" ? ", as before" : ""}`,
		command: psql(facts, node, `SELECT repmgr.repmgrd_pause(${isPaused})`),
		expects: [{ kind: "paused", nodeId: node.nodeId, isPaused }],
		settleSeconds: 10,
		verification: `repmgr.repmgrd_is_paused() on ${quoted(node)} is ${isPaused}`,
		wayBack: `The same with ${!isPaused}.`,
		runs,
		together: true,
	});
}

/**
 * repmgr pauses repmgrd on every node, and each of its aborts leaves it so (field notes 1.6). What was not paused before is
 * unpaused in the end, whatever happened; what was paused stays so.
 */
export function restorePauses(facts: Facts): readonly Step[] {
	return restorePausesTo(pausedNow(facts), facts, "");
}

/** @param suffix makes the steps' keys others than those of an earlier attempt, whose runs are over. */
export function restorePausesTo(before: Plan["pausedBefore"], facts: Facts, suffix: string): readonly Step[] {
	const wanted = new Map(before.map(({ nodeId, isPaused }) => [nodeId, isPaused]));
	return facts.snapshot.nodes.flatMap((node) => {
		const isPaused = wanted.get(node.nodeId);
		if (isPaused === undefined) return [];
		const step = setPaused(facts, node, isPaused, "always");
		return [{ ...step, key: `${step.key}${suffix}` }];
	});
}
