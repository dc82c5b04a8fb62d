import { forkFrom, lastLsn, needsRestartToFollow, timelineWords } from "../../assess/positions.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { isForeign, solePrimary, standbys } from "../members.ts";
import { rejoinDryRun } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";
import { isDetached } from "./standby-detached.ts";

/**
 * STANDBY_DIVERGED: a standby has WAL that is not in the primary's history: past the point where the primary left its
 * timeline, on a timeline that the primary never was on, or past the primary's own end. It can't stream again without a
 * rewind, which discards what only it has (PostgreSQL logs "new timeline 3 forked off current database system timeline 2
 * before current recovery point"). Needs the primary's history file (SQL as superuser, or SSH) unless both are on one
 * timeline. Where only a lower bound of its timeline is known, it must have diverged on that and on each later one.
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
	// Past the end of the primary's own timeline the standby is past every earlier fork, too.
	if (timeline === null || timeline === target) {
		const beyond = lsnDistanceBytes(primary.observed.currentLsn, end);
		// Two servers are read a moment apart: only a standby that has long stopped receiving can be ahead.
		return beyond !== null && beyond > 0 && isDetached(world, node)
			? `it is ${beyond} bytes ahead of the primary on timeline ${timelineWords(node.observed)}`
			: null;
	}
	const fork = forkFrom(primary, timeline);
	if (fork === undefined) return null;
	if (fork === null) return `the primary never was on its timeline ${timeline}`;
	// The beginning of a record does not count: STANDBY_DETACHED says how the standby follows again.
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
		detail: `It has WAL that the primary does not have: ${why}. It can't stream again without a rewind or a new clone.`,
		hint: `${isLater(node, primary) ? `Make sure first that ${quoted(primary)} is the right primary: ${quoted(node)} is on a later timeline, so another node was promoted after it. ` : ""}Stop it, and rejoin it with --force-rewind: the plan lists the transactions that only ${quoted(node)} has, and their WAL is copied aside first. Or clone it again.`,
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
		doNot: `Do not rewind or clone it before you have saved, or decided to lose, what only ${quoted(node)} has: repmgr's output does not say what is discarded. Do not promote it.`,
	});
}
