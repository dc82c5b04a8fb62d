import type { Evidence } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { confNumber } from "../conf-values.ts";
import { secondsAsIs } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { registerAgain, startRepmgrd } from "../remedies.ts";
import { listed, nameOf, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** After a failover the witness finds the new primary later than the standbys do. */
const FOLLOW_SECONDS = 30;

/**
 * WITNESS_STALE: the witness is not registered under the primary, monitors another node, or no longer sees the primary,
 * while its server answers and no repmgr command warns (seen with 5.3.3 after a failover and after a frozen primary woke
 * up; issues #744, #765, #827). Its vote then says nothing about this primary. repmgr counts only siblings of the same
 * upstream, so a wrongly registered witness has no vote.
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
			...(row.length === 0 ? [] : ["is not registered under the primary"]),
			...(watched.length === 0 ? [] : ["monitors another node than the primary"]),
			...(unseen === null ? [] : [`has not seen its upstream for ${formatDuration(unseen)}`]),
		];
		return [
			finding({
				code: "WITNESS_STALE",
				severity: "warning",
				node,
				message: `witness ${quoted(node)} ${listed(what)}`,
				detail:
					row.length > 0
						? "repmgrd counts votes by repmgr.nodes: in a failover this witness does not count, whatever it sees."
						: `Its vote says nothing about ${quoted(primary)}: in a failover it counts for the wrong primary, or for an outdated view.`,
				hint:
					row.length > 0
						? "Register the witness again with the present primary, then restart its repmgrd."
						: "Restart its repmgrd, and check that its pid changes; then check that it can log in to the primary.",
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

/** By repmgr.nodes. */
function wrongRow(world: World, node: NodeView, primary: NodeView): readonly Evidence[] {
	const { upstreamNodeId } = node.registered;
	return upstreamNodeId === primary.nodeId
		? []
		: [registeredEvidence(world, `upstream of ${quoted(node)} is ${nameOf(world, upstreamNodeId)}`)];
}

/** By its repmgrd. */
function wrongWatch(world: World, node: NodeView, primary: NodeView): readonly Evidence[] {
	const watched = current(node.state.server)?.repmgrd?.upstreamNodeId ?? null;
	// A witness may report an upstream id that belongs to no node (issue #744): that proves nothing.
	const isNode = world.snapshot.nodes.some(({ nodeId }) => nodeId === watched && nodeId !== node.nodeId);
	return isNode && watched !== primary.nodeId
		? [evidenceOf(node, `repmgr.get_upstream_node_id() = ${watched} (${nameOf(world, watched)})`)]
		: [];
}

/** Only while repmgrd runs: otherwise it is REPMGRD_NOT_RUNNING. */
function unseenSeconds({ thresholds }: World, node: NodeView): number | null {
	const { running, upstreamLastSeenSeconds: unseen } = node.repmgrd;
	const limit = Math.max(thresholds.upstreamUnseenSeconds, 3 * confNumber(node, "monitor_interval_secs", 2));
	return running && unseen !== null && unseen > limit ? unseen : null;
}
