import { forkFrom, lastLsn, needsRestartToFollow, timelineWords } from "../../assess/positions.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted, rejoinDryRun } from "../advice.ts";
import { isForeign, solePrimary, standbys } from "../members.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";
import { isDetached } from "./standby-detached.ts";

/**
 * STANDBY_DIVERGED: a standby has WAL that the primary's history does not contain: past the point where the
 * primary left its timeline, on a timeline that the primary never was on, or past the primary's own end. It
 * can never stream again without a rewind ("new timeline 3 forked off current database system timeline 2
 * before current recovery point", field notes 0), and throws away what only it has. Needs the primary's
 * history file (SQL as superuser, or SSH) unless both are on one timeline. Where only the earliest timeline is known that it
 * may be on, it has diverged if it has for that one and for each later one.
 */
export const standbyDiverged: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null) return [];
	return standbys(world).flatMap((node) => {
		if (isForeign(world, node) || node.observed.attached !== false) return [];
		const why = divergence(world, node, primary);
		return why === null ? [] : [diverged(node, primary, why)];
	});
};

function divergence(world: World, node: NodeView, primary: NodeView): string | null {
	const { timeline, timelineAtLeast } = node.observed;
	const target = primary.observed.timeline;
	const end = lastLsn(node);
	const earliest = timeline ?? timelineAtLeast;
	if (earliest === null || target === null || end === null) return null;
	if (earliest > target) {
		return isDetached(world, node)
			? `it is on timeline ${timelineWords(node.observed)}, the primary on ${target}`
			: null;
	}
	// The primary's own timeline is the last that left the primary's history: past its end, the standby is past all of them.
	if (timeline === null || timeline === target) {
		const beyond = lsnDistanceBytes(primary.observed.currentLsn, end);
		// Two servers are read a moment apart: only one that has long stopped receiving can be ahead.
		return beyond !== null && beyond > 0 && isDetached(world, node)
			? `it is ${beyond} bytes ahead of the primary on timeline ${timelineWords(node.observed)}`
			: null;
	}
	const fork = forkFrom(primary, timeline);
	if (fork === undefined) return null;
	if (fork === null) return `the primary never was on its timeline ${timeline}`;
	// Less than a record counts for nothing: STANDBY_DETACHED tells how it follows again.
	if (needsRestartToFollow(node, primary)) return null;
	const beyond = lsnDistanceBytes(fork, end);
	return beyond !== null && beyond > 0
		? `timeline ${target} forked off timeline ${timeline} at ${fork}, ${beyond} bytes before the standby's ${end}`
		: null;
}

function isLater(node: NodeView, primary: NodeView): boolean {
	const { timeline, timelineAtLeast } = node.observed;
	return (timeline ?? timelineAtLeast ?? 0) > (primary.observed.timeline ?? 0);
}

function diverged(node: NodeView, primary: NodeView, why: string) {
	return finding({
		code: "STANDBY_DIVERGED",
		severity: "warning",
		node,
		message: `standby ${quoted(node)} has diverged from primary ${quoted(primary)}`,
		detail: `It has WAL that the primary does not have: ${why}. It can't stream again as it is.`,
		hint: `${isLater(node, primary) ? `Make sure first that ${quoted(primary)} is the right primary: ${quoted(node)} is on a later timeline, so somebody was promoted after it. ` : ""}Save what only ${quoted(node)} has if it matters (pg_waldump from the fork on lists the commits). Then stop it, run CHECKPOINT on ${quoted(primary)}, and rejoin it with --force-rewind, or clone it again.`,
		evidence: [
			evidenceOf(
				node,
				`no walreceiver; WAL up to ${lastLsn(node)} on timeline ${timelineWords(node.observed)}`,
			),
			evidenceOf(
				primary,
				`timeline ${primary.observed.timeline ?? "unknown"}, at ${primary.observed.currentLsn ?? "unknown"}`,
			),
		],
		remedy: rejoinDryRun(node, primary),
		doNot: `Do not rewind or clone before what only ${quoted(node)} has is saved or given up: nothing in repmgr's output says what is thrown away. Do not promote it.`,
	});
}
