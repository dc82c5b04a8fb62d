import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * SPLIT_BRAIN: more than one node out of recovery with the cluster's system identifier. Each accepts
 * writes that the other will never see. repmgr's `node check` on the newer one says OK (field notes 0).
 */
export const splitBrain: Rule = (world) => {
	const primaries = world.snapshot.nodes.filter(({ observed }) => observed.role === "primary");
	if (primaries.length < 2) return [];
	const newest = primaries.toSorted((a, b) => (b.observed.timeline ?? 0) - (a.observed.timeline ?? 0))[0];
	const followers = (nodeId: number): number =>
		world.snapshot.nodes.filter(({ observed }) => observed.upstreamNodeId === nodeId).length;
	const names = primaries.map(({ nodeName }) => nodeName).join(" and ");
	return [
		finding({
			code: "SPLIT_BRAIN",
			severity: "critical",
			message: `${names} are all out of recovery and accept writes`,
			detail: "What is committed on one of them is lost on the others, and grows with every second.",
			hint: `Keep clients away from all but one of them. Normally the one to keep is the one on the highest timeline, with standbys: ${newest?.nodeName}. Save what only the others have, then rejoin them.`,
			evidence: primaries.map((node) =>
				evidenceOf(
					node,
					`pg_is_in_recovery() = false, timeline ${node.observed.timeline ?? "unknown"}, at ${node.observed.currentLsn ?? "unknown"}, ${followers(node.nodeId)} standbys stream from it`,
				),
			),
			doNot:
				'Do not run "repmgr primary register -F", do not restart or unpause repmgrd, do not rejoin anything before all but one of them are stopped.',
		}),
	];
};
