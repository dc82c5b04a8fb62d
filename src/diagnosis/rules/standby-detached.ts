import { forkFrom, lastLsn, needsRestartToFollow, timelineWords } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { isPastGrace, isSettled, lasting } from "../grace.ts";
import { lossOf } from "../lost-primary.ts";
import { nodeById, solePrimary, standbys } from "../members.ts";
import { followAfterRestart, followDryRun } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, logEvidence, type Rule, type World } from "../world.ts";
import { fallenUpstreamOf } from "./upstream-standby-down.ts";

/**
 * STANDBY_DETACHED: a standby answers and receives no WAL, for longer than the grace time and as long after the last
 * promotion, so that repmgrd had time to make it follow. Not reported where its upstream standby is down
 * (UPSTREAM_STANDBY_DOWN). `repmgr node check` reports lag 0 for such a node (get_replication_info() in dbutils.c: 0
 * whenever the receive and replay LSN are equal).
 */
export const standbyDetached: Rule = (world) =>
	standbys(world)
		.filter((node) => isDetached(world, node) && fallenUpstreamOf(world, node) === null)
		.map((node) => detached(world, node));

export function isDetached(world: World, node: NodeView): boolean {
	if (node.observed.attached !== false || !isPastGrace(world, node)) return false;
	const upstream = nodeById(world, node.registered.upstreamNodeId);
	// Its upstream may only be restarting.
	if (upstream !== null && !upstream.observed.reachable && !isPastGrace(world, upstream)) return false;
	const primary = solePrimary(world);
	return primary === null ? isPrimarySeenByOthers(world) : isSettled(world, primary);
}

/** Without a primary no standby can stream. */
function isPrimarySeenByOthers(world: World): boolean {
	const loss = lossOf(world);
	return loss?.kind === "unseen" && loss.observers.some(({ sighting }) => sighting === "sees it");
}

function detached(world: World, node: NodeView) {
	const primary = solePrimary(world);
	const upstream = nodeById(world, node.registered.upstreamNodeId) ?? primary;
	const isRefused = primary !== null && needsRestartToFollow(node, primary);
	const receiver = node.state.server.good?.value.walReceiver;
	return finding({
		code: "STANDBY_DETACHED",
		severity: "warning",
		node,
		message: `standby ${quoted(node)} does not stream from any node`,
		detail: [
			`It has WAL up to ${lastLsn(node) ?? "an unknown position"} on timeline ${timelineWords(node.observed)}.`,
			node.state.server.good?.value.restoresFromArchive
				? "Its restore_command is set: meanwhile it reads WAL from the archive, if there is any."
				: "",
			primary === null ? "" : positionAgainst(node, primary),
		]
			.filter(Boolean)
			.join(" "),
		hint: isRefused
			? `Make it follow with this console, which restarts its PostgreSQL first. By hand: restart it, then run repmgr standby follow; neither a rewind nor a clone is needed.`
			: `Its log says why its walreceiver does not run: an empty or wrong primary_conninfo, password or pg_hba.conf for replication, a missing slot, too few walsenders, WAL that was removed.${upstream ? ` If its upstream is right, check the network from its host to ${quoted(upstream)}; otherwise make it follow.` : ""}`,
		evidence: [
			evidenceOf(
				node,
				`${receiver ? `walreceiver ${receiver.pid} in state "${receiver.status}"` : "pg_stat_wal_receiver is empty"}${lasting(world, node)}`,
			),
			...logEvidence(node),
			...(primary ? [evidenceOf(primary, `at ${primary.observed.currentLsn ?? "unknown"}`)] : []),
		],
		remedy:
			primary === null ? null : isRefused ? followAfterRestart(node, primary) : followDryRun(node, primary),
		doNot: "Do not trust the lag of 0 that repmgr shows for it: it is not up to date.",
	});
}

/** Whether it can simply follow, by the primary's timeline history. */
function positionAgainst(node: NodeView, primary: NodeView): string {
	const { timeline, timelineAtLeast, receiveLsn } = node.observed;
	if (timeline === null && timelineAtLeast !== primary.observed.timeline)
		return `${quoted(primary)} is on timeline ${timelineWords(primary.observed)}; whether it can follow is not known.`;
	if (timeline === null || timeline === primary.observed.timeline) return "";
	const fork = forkFrom(primary, timeline);
	if (fork == null)
		return `${quoted(primary)} is on timeline ${timelineWords(primary.observed)}; whether it can follow is not known.`;
	const ended = `Timeline ${timeline} ended for ${quoted(primary)} at ${fork}`;
	return needsRestartToFollow(node, primary)
		? `${ended}, and this standby has replayed up to there. It also received the beginning of the next record, up to ${receiveLsn}: nothing is lost with that, but repmgr considers it diverged and does not let it follow until its PostgreSQL is restarted.`
		: `${ended}, which is not before the end of this standby's WAL: it can follow.`;
}
