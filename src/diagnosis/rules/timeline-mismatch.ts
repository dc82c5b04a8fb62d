import type { NodeView } from "../../model/snapshot.ts";
import { isSettled } from "../grace.ts";
import { isForeign, nodeById, solePrimary, standbys } from "../members.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * TIMELINE_MISMATCH: a standby streams another timeline than the primary's, for longer than the grace time. A later one
 * means that it follows a primary that is not seen from here: the seen one was left behind, and its clients' writes will
 * be lost. An earlier one means that its upstream did not follow the last promotion (issue #753). Compares received_tli:
 * repmgr prints the last checkpoint's timeline (pg_control_checkpoint() in dbutils.c), which is often outdated.
 */
export const timelineMismatch: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null || primary.observed.timeline === null || !isSettled(world, primary)) return [];
	return standbys(world)
		.filter((node) => node.observed.attached === true && isSettled(world, node) && !isForeign(world, node))
		.filter(({ observed }) => observed.timeline !== null && observed.timeline !== primary.observed.timeline)
		.map((node) => mismatch(world, node, primary));
};

function mismatch(world: World, node: NodeView, primary: NodeView) {
	const own = node.observed.timeline ?? 0;
	const ours = primary.observed.timeline ?? 0;
	const upstream = nodeById(world, node.observed.upstreamNodeId);
	const receiver = node.state.server.good?.value.walReceiver;
	const source = upstream ? quoted(upstream) : (receiver?.senderHost ?? "an unknown upstream");
	const isLater = own > ours;
	return finding({
		code: "TIMELINE_MISMATCH",
		severity: isLater ? "critical" : "warning",
		node,
		message: `standby ${quoted(node)} streams timeline ${own}, primary ${quoted(primary)} is on ${ours}`,
		detail: isLater
			? `It streams from ${source}, so a node was promoted after ${quoted(primary)}, which is not seen as primary from here: there may be two primaries.`
			: `It streams from ${source}, which did not follow the promotion of ${quoted(primary)}.`,
		hint: isLater
			? `Find the primary of timeline ${own}, starting from the host of ${quoted(node)}. Keep clients away from ${quoted(primary)} until it is clear which one is right.`
			: `Check ${source}; then make ${quoted(node)} follow ${quoted(primary)}.`,
		evidence: [
			evidenceOf(
				node,
				`received_tli ${own}, sender ${receiver?.senderHost ?? "unknown"}:${receiver?.senderPort ?? "unknown"}`,
			),
			evidenceOf(primary, `timeline ${ours}, at ${primary.observed.currentLsn ?? "unknown"}`),
		],
		...(isLater && {
			doNot: `Do not rejoin ${quoted(node)} to ${quoted(primary)}: it may follow the right one.`,
		}),
	});
}
