import type { RollingIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { ok } from "../checks/check.ts";
import { restorePauses } from "../pause/steps.ts";
import { type Facts, packagesOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { restartsChecks } from "./checks.ts";
import { ending, wayBack } from "./restarts.ts";
import { inOrder, type Takeover, takeoverSteps, tryTakeover } from "./steps.ts";
import { needsUpgrade, newerOn, sameTarget, upgradeChecks } from "./upgrade-checks.ts";
import { afterTakeover, extensionSteps, upgradeSteps } from "./upgrade-steps.ts";

/**
 * Only where packages are offered, or were installed without a restart. The primary's packages come after the switchover: while
 * they are installed its server is stopped.
 */
export function planUpgrade(
	intent: RollingIntent,
	facts: Facts,
	title: string,
	takeover: Takeover,
): Requested {
	const { primary, candidate } = takeover;
	const active = facts.snapshot.nodes.filter(({ registered }) => registered.active);
	const nodes = inOrder(
		active.filter((node) => needsUpgrade(facts, node)),
		takeover,
	);
	const isMoved = nodes.includes(primary);
	const behind = active.filter(({ nodeId, registered }) => {
		const extension = packagesOf(facts, nodeId).value?.extension ?? null;
		const isOwn = nodeId === primary.nodeId || registered.type === "witness";
		return isOwn && extension !== null && extension.installed !== extension.onDisk;
	});
	const read = [...active.flatMap((node) => upgradeChecks(facts, node)), sameTarget(facts, active)];
	if (nodes.length === 0 && behind.length === 0 && read.every(({ state }) => state !== "failed")) {
		return refused(
			`${title} changes nothing: every node runs what is installed, and nothing newer is offered`,
			{
				detail: read.map(({ found }) => found).join(" "),
				hint: "New releases are seen after apt-get update on the hosts.",
			},
		);
	}
	const others = nodes.filter((node) => node !== primary);
	const prerequisites = restartsChecks(intent, facts, takeover, {
		nodes,
		read,
		why: (node) => why(facts, node),
	});
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...(isMoved ? [tryTakeover(intent, facts, takeover)] : []),
				...others.flatMap((node) => upgradeSteps(facts, node, newerOn(facts, node))),
				...(isMoved
					? [
							...takeoverSteps(intent, facts, takeover),
							...afterTakeover(facts, takeover, newerOn(facts, primary)),
						]
					: []),
				...extensionSteps(
					facts,
					behind.map((node) => (node === primary && isMoved ? candidate.nodeId : node.nodeId)),
				),
				...(isMoved ? restorePauses(facts) : []),
			],
			...ending(facts, nodes, takeover),
			afterwards: isMoved ? wayBack(takeover) : [],
		}),
	);
}

function why(facts: Facts, node: NodeView): Prerequisite {
	const newer = newerOn(facts, node);
	const known = packagesOf(facts, node.nodeId).value;
	const reasons = [
		...newer.map(({ name, installed, newer: offered }) => `${name} ${installed} becomes ${offered}`),
		...(known?.serverIsStale ? ["its server runs from files that were replaced"] : []),
		...(known?.repmgrdIsStale ? ["its repmgrd runs from files that were replaced"] : []),
	];
	return ok(`why ${quoted(node)} restarts`, `${reasons.join("; ")}.`);
}
