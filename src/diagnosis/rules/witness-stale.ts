import type { Evidence } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, listed, quoted } from "../advice.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { confNumber } from "../conf-values.ts";
import { secondsAsIs } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { registerAgain, startRepmgrd } from "../remedies.ts";
import { nameOf } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** A failover is over for the standbys before the witness has found the new primary. */
const FOLLOW_SECONDS = 30;

/**
 * WITNESS_STALE: the witness is not registered under the primary, watches another node, or no longer sees it, while its server
 * answers and no command warns (field notes 0; issues #744, #765, #827). Its vote then says nothing about
 * this primary. repmgr counts only siblings of the same upstream, so a wrongly registered one has no vote.
 */
export const witnessStale: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null || secondsAsIs(world, primary) < FOLLOW_SECONDS) return [];
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (node.registered.type !== "witness" || node.observed.role !== "witness" || server === null) return [];
		const row = wrongRow(world, node, primary);
		const watched = wrongWatch(world, node, primary);
		const unseen = unseenSeconds(world, node);
		if (row.length === 0 && watched.length === 0 && unseen === null) return [];
		const what = [
			...(row.length === 0 ? [] : ["is not registered to watch the primary"]),
			...(watched.length === 0 ? [] : ["watches another node than the primary"]),
			...(unseen === null ? [] : [`has not seen its upstream for ${duration(unseen)}`]),
		];
		return [
			finding({
				code: "WITNESS_STALE",
				severity: "warning",
				node,
				message: `witness ${quoted(node)} ${listed(what)}`,
				detail:
					row.length > 0
						? "repmgrd counts votes by repmgr.nodes: in a failover this one does not count, whatever the witness sees."
						: `Its vote tells nothing about ${quoted(primary)}: in a failover it counts for the wrong primary, or for what it saw before.`,
				hint:
					row.length > 0
						? "Register the witness again with the present primary, then restart its repmgrd."
						: "Restart its repmgrd, and check that its pid changes; then check that it can log in to the primary from there.",
				evidence: [
					...row,
					...watched,
					...(unseen === null ? [] : [evidenceOf(node, `repmgr.get_upstream_last_seen() = ${unseen}`)]),
					evidenceOf(primary, "answers as the primary"),
				],
				remedy: row.length > 0 ? registerAgain(node, primary) : startRepmgrd(node),
			}),
		];
	});
};

/** What repmgr.nodes says of it. */
function wrongRow(world: World, node: NodeView, primary: NodeView): readonly Evidence[] {
	const { upstreamNodeId } = node.registered;
	return upstreamNodeId === primary.nodeId
		? []
		: [registeredEvidence(world, `upstream of ${quoted(node)} is ${nameOf(world, upstreamNodeId)}`)];
}

/** What its repmgrd says. */
function wrongWatch(world: World, node: NodeView, primary: NodeView): readonly Evidence[] {
	const watched = current(node.state.server)?.repmgrd?.upstreamNodeId ?? null;
	// What a witness tells of its upstream was seen to be no node at all (issue #744): that proves nothing.
	const isNode = world.snapshot.nodes.some(({ nodeId }) => nodeId === watched && nodeId !== node.nodeId);
	return isNode && watched !== primary.nodeId
		? [evidenceOf(node, `repmgr.get_upstream_node_id() = ${watched} (${nameOf(world, watched)})`)]
		: [];
}

/** Only of a repmgrd that runs: otherwise nobody could have seen anything, which REPMGRD_NOT_RUNNING says. */
function unseenSeconds({ thresholds }: World, node: NodeView): number | null {
	const { running, upstreamLastSeenSeconds: unseen } = node.repmgrd;
	const limit = Math.max(thresholds.upstreamUnseenSeconds, 3 * confNumber(node, "monitor_interval_secs", 2));
	return running && unseen !== null && unseen > limit ? unseen : null;
}
