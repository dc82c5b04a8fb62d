import type { Intent } from "../../model/intent.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { nobodyElse } from "../checks/cluster.ts";
import { canRunOn, psqlLogsIn } from "../checks/hosts.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { noDisturbance, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { setPaused } from "./pause-steps.ts";

/** Pauses or unpauses repmgrd on every node that is not so: as `repmgr service pause`, but each node is verified. */
export function requestPause(
	intent: Extract<Intent, { kind: "pause" | "unpause" }>,
	facts: Facts,
): Requested {
	const isPaused = intent.kind === "pause";
	const title = `${intent.kind} repmgrd`;
	const members = facts.snapshot.nodes.filter(({ registered }) => registered.active);
	const silent = members.filter(({ repmgrd }) => repmgrd.paused === null);
	const others = members.filter(({ repmgrd }) => repmgrd.paused === !isPaused);
	if (others.length === 0 && silent.length === 0) {
		return refused(`repmgrd is paused ${isPaused ? "everywhere" : "nowhere"} already`, "", "");
	}
	const prerequisites = [
		nobodyElse(facts),
		...others.map((node) => canRunOn(facts, node)),
		...others.flatMap((node) => psqlLogsIn(facts, node)),
		everyNodeCanBeAsked(silent.map(quoted)),
		...(isPaused ? [] : [aPrimaryRuns(facts)]),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: others.map((node) => setPaused(facts, node, isPaused, "in order")),
			blastRadius: noDisturbance(
				isPaused
					? "While it is paused nobody fails over, should the primary die."
					: "From then on repmgrd fails over by itself, where repmgr.conf says so.",
			),
			confirmation: { kind: "yes" },
		}),
	);
}

function everyNodeCanBeAsked(silent: readonly string[]): Prerequisite {
	const title = "every node can be asked";
	return silent.length === 0
		? ok(title, "All tell whether repmgrd is paused.")
		: warning(title, `${listed(silent)} can't: what they were, they stay.`);
}

/** A pause that ends after the primary has died fails over nobody (doc/repmgrd-operation.xml). */
function aPrimaryRuns({ snapshot }: Facts): Prerequisite {
	const title = "a primary runs";
	const primary = snapshot.nodes.find(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId);
	return primary === undefined
		? failed(
				title,
				"None is seen, or more than one. A repmgrd that is unpaused now does not fail over a primary that is dead already.",
				"Start the primary again, or promote a standby; then unpause.",
			)
		: ok(title, `It is ${quoted(primary)}.`);
}
