import { formatDuration, formatTime } from "../../text/format.ts";
import { failoverOf, isPlannedStop } from "../failover.ts";
import { between, lossOf, writesWithout } from "../lost-primary.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence } from "../world.ts";
import { evidenceOfLoss } from "./primary-down.ts";

/**
 * FAILOVER_IN_PROGRESS: the primary is gone (or only just starting), and repmgrd runs unpaused on a standby with
 * failover=automatic, still within reconnect_attempts × reconnect_interval and the time an election takes (measured: 4.5
 * to 68 s). Waiting is safest for the operator: two promotions at once make a split brain. Reported instead of
 * PRIMARY_DOWN. A primary that hangs stays PRIMARY_HUNG: it may wake up.
 */
export const failoverInProgress: Rule = (world) => {
	const loss = lossOf(world);
	if (loss?.kind !== "gone" && loss?.kind !== "between") return [];
	if (isPlannedStop(world, loss)) return [];
	const { isUnderWay, candidates, secondsGone, secondsLimit, limitAt, clock, overdue } = failoverOf(
		world,
		loss,
	);
	if (!isUnderWay) return [];
	const { node } = loss;
	const writes = writesWithout(world, node);
	return [
		finding({
			code: "FAILOVER_IN_PROGRESS",
			severity: writes.severity,
			node,
			message: `primary ${quoted(node)} ${loss.kind === "gone" ? "is gone" : between(node)}, and repmgrd ${clock ?? "is about to fail over"}`,
			detail: `${writes.text} repmgrd runs on ${listed(candidates.map(quoted))}, not paused, with failover=automatic; the primary has been gone for ${formatDuration(secondsGone)}; a failover takes at most ${formatDuration(secondsLimit)}. If it comes back first, no standby is promoted.${overdue === null ? "" : ` ${overdue}`}`,
			hint: `Wait until a standby is promoted. If none has been ${limitAt === null ? `after ${formatDuration(secondsLimit)}` : `by ${formatTime(limitAt)} UTC`}, read repmgrd's log on ${listed(candidates.map(quoted))}.`,
			evidence: [
				...(loss.kind === "gone" ? evidenceOfLoss(world, loss) : [statusEvidence(node)]),
				...candidates.map((candidate) =>
					evidenceOf(
						candidate,
						`repmgrd runs (pid ${candidate.repmgrd.pid ?? "unknown"}), not paused, failover=automatic`,
						"ssh",
					),
				),
			],
			doNot:
				"Do not promote by hand and do not start the old primary while repmgrd is failing over: that makes two primaries.",
		}),
	];
};
