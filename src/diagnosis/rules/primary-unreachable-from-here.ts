import { isPlannedStop } from "../failover.ts";
import { isMoreThanAStall } from "../grace.ts";
import { lossOf } from "../lost-primary.ts";
import { connectionHint, listed, notReached, quoted } from "../words.ts";
import { finding, type Rule } from "../world.ts";
import { evidenceOfLoss } from "./primary-down.ts";

/**
 * PRIMARY_UNREACHABLE_FROM_HERE: this console can't read the primary, and its standbys or the witness still see it; or
 * that is not known (yet). Orchestrator's UnreachableMaster: never a reason to fail over. A single failed poll is not
 * enough. With proof that others see it a warning, otherwise `unknown`.
 */
export const primaryUnreachableFromHere: Rule = (world) => {
	const loss = lossOf(world);
	if (loss?.kind !== "unseen") return [];
	const { node, observers } = loss;
	if (isPlannedStop(world, loss) || !isMoreThanAStall(world, node)) return [];
	const seeing = observers.filter(({ sighting }) => sighting === "sees it").map((observer) => observer.node);
	const isRejected = node.observed.status === "rejecting";
	return [
		finding({
			code: "PRIMARY_UNREACHABLE_FROM_HERE",
			severity: seeing.length > 0 ? "warning" : "unknown",
			node,
			message: isRejected
				? `primary ${quoted(node)} rejects this console`
				: notReached(`primary ${quoted(node)}`, node),
			detail:
				seeing.length > 0
					? `${listed(seeing.map(quoted))} still ${seeing.length === 1 ? "sees" : "see"} it: it runs, and only the connection from here is broken.`
					: observers.length === 0
						? "No node can be read that could tell whether it runs."
						: "Whether the others still see it is not known yet.",
			hint: isRejected
				? `The server says: ${node.fault?.message ?? "no reason"}. Fix that to see it again.`
				: connectionHint(
						node,
						"Check the network, routes and firewalls between this machine and the primary; try to reach it from a standby's host.",
					),
			evidence: evidenceOfLoss(world, loss),
			doNot: "Do not promote a standby: a primary that only this console can't reach still accepts writes.",
		}),
	];
};
