import { forkFrom, lastLsn, needsRestartToFollow, timelineWords } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { followAfterRestart, followDryRun, quoted } from "../advice.ts";
import { isPastGrace, isSettled, lasting } from "../grace.ts";
import { lossOf } from "../lost-primary.ts";
import { nodeById, solePrimary, standbys } from "../members.ts";
import { evidenceOf, finding, logEvidence, type Rule, type World } from "../world.ts";
import { fallenUpstreamOf } from "./upstream-standby-down.ts";

/**
 * STANDBY_DETACHED: a standby answers and receives WAL from nobody, for longer than the grace time and as long
 * after the last promotion, so that repmgrd had time to make it follow. Not said where its upstream standby
 * is down (UPSTREAM_STANDBY_DOWN says it). `repmgr node check` says lag 0 of such a node (field notes 1.5, trap 1).
 */
export const standbyDetached: Rule = (world) =>
	standbys(world)
		.filter((node) => isDetached(world, node) && fallenUpstreamOf(world, node) === null)
		.map((node) => detached(world, node));

export function isDetached(world: World, node: NodeView): boolean {
	if (node.observed.attached !== false || !isPastGrace(world, node)) return false;
	const upstream = nodeById(world, node.registered.upstreamNodeId);
	// What its upstream does to it while it restarts is no trouble of its own.
	if (upstream !== null && !upstream.observed.reachable && !isPastGrace(world, upstream)) return false;
	const primary = solePrimary(world);
	return primary === null ? isPrimarySeenByOthers(world) : isSettled(world, primary);
}

/** While nobody sees a primary, nobody can stream from one. */
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
		message: `standby ${quoted(node)} does not stream from anybody`,
		detail: [
			`It has WAL up to ${lastLsn(node) ?? "an unknown position"} on timeline ${timelineWords(node.observed)}.`,
			node.state.server.good?.value.restoresFromArchive
				? "Its restore_command is set: meanwhile it reads WAL from the archive, as far as there is any."
				: "",
			primary === null ? "" : standingOf(node, primary),
		]
			.filter(Boolean)
			.join(" "),
		hint: isRefused
			? `Let it follow from here, which restarts its PostgreSQL first. By hand: restart it, then repmgr standby follow; neither a rewind nor a clone is needed.`
			: `Its log says why its walreceiver does not run: an empty or wrong primary_conninfo, password or pg_hba.conf for replication, a missing slot, too few walsenders, WAL that was removed.${upstream ? ` If its upstream is right, check the way from its host to ${quoted(upstream)}; else let it follow.` : ""}`,
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
		doNot: "Do not take the lag of 0 that repmgr shows for it as a sign that it is up to date.",
	});
}

/** Can it simply follow, as far as the primary's history tells? */
function standingOf(node: NodeView, primary: NodeView): string {
	const { timeline, timelineAtLeast, receiveLsn } = node.observed;
	if (timeline === null && timelineAtLeast !== primary.observed.timeline)
		return `${quoted(primary)} is on timeline ${timelineWords(primary.observed)}; whether it can follow is not known.`;
	if (timeline === null || timeline === primary.observed.timeline) return "";
	const fork = forkFrom(primary, timeline);
	if (fork == null)
		return `${quoted(primary)} is on timeline ${timelineWords(primary.observed)}; whether it can follow is not known.`;
	const parted = `Timeline ${timeline} ended for ${quoted(primary)} at ${fork}`;
	return needsRestartToFollow(node, primary)
		? `${parted}, where it has replayed up to, too. Behind that it received the beginning of a record, up to ${receiveLsn}: nothing is lost with that, but repmgr takes it for a divergence and refuses to let it follow until its PostgreSQL is restarted.`
		: `${parted}, not before that: it can follow.`;
}
