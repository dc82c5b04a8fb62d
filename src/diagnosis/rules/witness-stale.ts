import type { Evidence } from "../../cluster/finding.ts";
import { current } from "../../cluster/node-state.ts";
import type { NodeView } from "../../cluster/snapshot.ts";
import { duration, listed, quoted } from "../advice.ts";
import { registeredEvidence } from "../believed.ts";
import { confNumber } from "../conf-values.ts";
import { solePrimary } from "../members.ts";
import { registerAgain, startRepmgrd } from "../remedies.ts";
import { secondsAsIs } from "../trouble.ts";
import { nameOf } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** A failover is over for the standbys before the witness has found the new primary. */
const FOLLOW_SECONDS = 30;

/**
 * WITNESS_STALE: the witness watches another node than the primary, or no longer sees it, while its server
 * answers and no command warns (field notes 0; issues #744, #765, #827). Its vote then says nothing about
 * this primary. repmgr counts only siblings of the same upstream, so a wrongly registered one has no vote.
 */
export const witnessStale: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null || secondsAsIs(world, primary) < FOLLOW_SECONDS) return [];
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (node.registered.type !== "witness" || node.observed.role !== "witness" || server === null) return [];
		const wrong = wrongUpstream(world, node, primary);
		const unseen = unseenSeconds(world, node);
		if (wrong.length === 0 && unseen === null) return [];
		const what = [
			...(wrong.length === 0 ? [] : ["watches another node than the primary"]),
			...(unseen === null ? [] : [`has not seen its upstream for ${duration(unseen)}`]),
		];
		const isRegisteredWrong = node.registered.upstreamNodeId !== primary.nodeId;
		return [
			finding({
				code: "WITNESS_STALE",
				severity: "warning",
				node,
				message: `witness ${quoted(node)} ${listed(what)}`,
				detail: `Its vote tells nothing about ${quoted(primary)}: in a failover it does not count, or counts for the wrong primary.`,
				hint: isRegisteredWrong
					? "Register the witness again with the present primary, then start its repmgrd anew."
					: "Start its repmgrd anew, and see that its pid changes; then look whether it can log in to the primary from there.",
				evidence: [
					...wrong,
					...(unseen === null ? [] : [evidenceOf(node, `repmgr.get_upstream_last_seen() = ${unseen}`)]),
					evidenceOf(primary, "answers as the primary"),
				],
				remedy: isRegisteredWrong ? registerAgain(node, primary) : startRepmgrd(node),
			}),
		];
	});
};

function wrongUpstream(world: World, node: NodeView, primary: NodeView): readonly Evidence[] {
	const registered = node.registered.upstreamNodeId;
	const watched = current(node.state.server)?.repmgrd?.upstreamNodeId ?? null;
	// What a witness tells of its upstream was seen to be no node at all (issue #744): that proves nothing.
	const isNode = world.snapshot.nodes.some(({ nodeId }) => nodeId === watched && nodeId !== node.nodeId);
	return [
		...(registered === primary.nodeId
			? []
			: [registeredEvidence(world, `upstream of ${quoted(node)} is ${nameOf(world, registered)}`)]),
		...(isNode && watched !== primary.nodeId
			? [evidenceOf(node, `repmgr.get_upstream_node_id() = ${watched} (${nameOf(world, watched)})`)]
			: []),
	];
}

/** Only of a repmgrd that runs: otherwise nobody could have seen anything, which REPMGRD_NOT_RUNNING says. */
function unseenSeconds({ thresholds }: World, node: NodeView): number | null {
	const { running, upstreamLastSeenSeconds: unseen } = node.repmgrd;
	const limit = Math.max(thresholds.upstreamUnseenSeconds, 3 * confNumber(node, "monitor_interval_secs", 2));
	return running && unseen !== null && unseen > limit ? unseen : null;
}
