import type { NodeView } from "../../model/snapshot.ts";
import { isPastGrace } from "../grace.ts";
import { isAllUnreachable, isRejectionExplained } from "../lost-primary.ts";
import { isFormerPrimary, nodeById, primariesSeen, standbys } from "../members.ts";
import { feedOf } from "../wal-senders.ts";
import { connectionHint, notReached, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";
import { isStandbyDown } from "./standby-down.ts";

/**
 * STANDBY_UNREACHABLE_FROM_HERE: a standby does not answer this console, or rejects it, and nothing proves that it is
 * down. While its upstream sends WAL to it, only the connection from here is broken (`unknown`); otherwise it is cut off
 * from its upstream as well, or down. A walsender survives a cut for wal_sender_timeout, 60 s. A silent former primary may
 * still have clients.
 */
export const standbyUnreachableFromHere: Rule = (world) =>
	isAllUnreachable(world)
		? []
		: standbys(world)
				.filter((node) => isUnseen(world, node))
				.map((node) => unreachable(world, node));

function isUnseen(world: World, node: NodeView): boolean {
	if (node.observed.reachable || isStandbyDown(world, node) || !isPastGrace(world, node)) return false;
	switch (node.observed.status) {
		case "unreachable":
		case "unresolved":
		case "refusing":
		case "starting":
		case "stopping":
			return true;
		case "rejecting":
			return !isRejectionExplained(node);
		default:
			return false;
	}
}

function unreachable(world: World, node: NodeView) {
	const feed = feedOf(world, node);
	const isFormer = isFormerPrimary(world, node) && primariesSeen(world).length > 0;
	const isFed = feed !== "none" && feed !== "unknown";
	const upstream = nodeById(world, node.registered.upstreamNodeId) ?? primariesSeen(world)[0] ?? null;
	const what = isFormer ? `${quoted(node)}, the former primary,` : `standby ${quoted(node)}`;
	const isRejected = node.observed.status === "rejecting";
	return finding({
		code: "STANDBY_UNREACHABLE_FROM_HERE",
		severity: isFed ? "unknown" : feed === "none" || isFormer ? "warning" : "unknown",
		node,
		message: isRejected ? `${what} rejects this console` : notReached(what, node),
		detail: isFed
			? `${quoted(feed.from)} has a walsender for it, in state "${feed.sender.state ?? "unknown"}": it streams, or was cut off less than wal_sender_timeout ago.`
			: isFormer
				? "It may run, and may still have clients that write to it."
				: feed === "none" && upstream !== null
					? `${quoted(upstream)} sends nothing to it either: it is down, or cut off from there as well.`
					: "Whether it runs and receives WAL is not known.",
		hint: isRejected
			? `The server says: ${node.fault?.message ?? "no reason"}. Fix that to see it again.`
			: isFormer
				? "Find out on its host or console whether PostgreSQL runs there, stop it, and keep clients away from it; then rejoin it."
				: connectionHint(node, "Check the network between this machine and its host, and the host itself."),
		evidence: [
			statusEvidence(node),
			...(isFed
				? [
						evidenceOf(
							feed.from,
							`walsender ${feed.sender.pid} for it, flushed up to ${feed.sender.flushLsn ?? "unknown"}`,
						),
					]
				: feed === "none" && upstream !== null
					? [evidenceOf(upstream, "no walsender for it")]
					: []),
		],
		...(isFormer && {
			doNot:
				"Do not let its host come back unattended: if PostgreSQL starts there at boot, it is a second primary.",
		}),
	});
}
