import { forkFrom, lastLsn, needsRestartToFollow, timelineWords } from "../../assess/positions.ts";
import { type Lsn, lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { byteCount, quoted } from "../../text/words.ts";
import { type Facts, hostOf } from "../plan/facts.ts";

/** How a node's WAL stands to the history of the primary that it is to follow. */
export interface Standing {
	/**
	 * attaches: it can follow as it is; diverged: it has WAL that is not in that history, and has to be rewound; ahead: it has
	 * more on the very same timeline, where pg_rewind finds nothing to undo; unknown: repmgr's trial has to tell.
	 */
	readonly kind: "attaches" | "diverged" | "ahead" | "unknown";
	/** WAL that only it has; null: it can't be told. */
	readonly lossBytes: number | null;
	/** In a sentence, with the positions. */
	readonly found: string;
	/** From where on its WAL is its own, for pg_waldump; null where that is not known, or there is none. */
	readonly ownFrom: { readonly timeline: number; readonly lsn: Lsn } | null;
}

/** Where a node's WAL ends, as far as it can be told. */
interface End {
	readonly timeline: number;
	readonly lsn: Lsn;
	/** Else it may have written more: it crashed, or was a standby, whose last restartpoint this is. */
	readonly isWhole: boolean;
	/** A shutdown checkpoint begins there, or will when it is stopped: a standby makes none. */
	readonly isCheckpoint: boolean;
	readonly hasCrashed: boolean;
	/** It was promoted after that checkpoint: what it wrote since is on a later timeline. */
	readonly isPromotedSince: boolean;
	readonly words: string;
}

export function standingOf(facts: Facts, node: NodeView, primary: NodeView): Standing {
	const end = endOf(facts, node);
	const target = primary.observed.timeline;
	const { timeline, timelineAtLeast } = node.observed;
	if (end === null && timeline === null && timelineAtLeast !== null) {
		return unknown(
			`${quoted(node)} has WAL up to ${lastLsn(node) ?? "an unknown position"}, on timeline ${timelineWords(node.observed)}: which one can't be read.`,
		);
	}
	if (end === null || target === null) {
		return unknown("Its timeline and position, or the primary's, can't be read.");
	}
	const its = `${quoted(node)} ${end.words} at ${end.lsn} on timeline ${end.timeline}`;
	if (end.timeline === target) return onOneTimeline(its, end, primary);
	const fork = forkFrom(primary, end.timeline, hostOf(facts, primary.nodeId).value?.look);
	if (end.timeline > target) return onLaterTimeline(facts, node, primary, its, end);
	if (fork === undefined)
		return unknown(`${its}; where timeline ${target} began can't be read on ${quoted(primary)}.`);
	if (fork === null) {
		const found = `${its}, and ${quoted(primary)} never was on that timeline.`;
		return { kind: "diverged", lossBytes: null, found, ownFrom: null };
	}
	const parted = `${its}; ${quoted(primary)} left timeline ${end.timeline} at ${fork}`;
	const ownFrom = { timeline: end.timeline, lsn: fork };
	const beyond = lsnDistanceBytes(fork, end.lsn) ?? 0;
	if (needsRestartToFollow(node, primary, hostOf(facts, primary.nodeId).value?.look)) {
		const found = `${parted}: behind that it has only the beginning of a record, and follows after a restart.`;
		return { kind: "attaches", lossBytes: 0, found, ownFrom: null };
	}
	if (end.hasCrashed) {
		const found = `${parted}. It ended without a shutdown and may have written more; when it has recovered it is past that point in any case.`;
		return { kind: "diverged", lossBytes: null, found, ownFrom: end.isPromotedSince ? null : ownFrom };
	}
	// A shutdown checkpoint that begins at the fork is past it, too: PostgreSQL refuses to start from there.
	const isPast = end.isCheckpoint ? beyond >= 0 : beyond > 0;
	if (isPast) {
		const found = `${parted}: ${byteCount(beyond)} of its WAL are not in the history of ${quoted(primary)}.`;
		return { kind: "diverged", lossBytes: beyond, found, ownFrom };
	}
	return end.isWhole
		? { kind: "attaches", lossBytes: 0, found: `${parted}, after that: it follows as it is.`, ownFrom: null }
		: unknown(`${parted}; whether it has received more is not known.`);
}

/** The command that lists the transactions which only this node has, on its host; null where they are not known, or none. */
export function listOwnWal(facts: Facts, { nodeId }: NodeView, { ownFrom }: Standing): string | null {
	if (ownFrom === null) return null;
	const survey = hostOf(facts, nodeId).value;
	const psql = survey?.psql ?? "";
	const program = `${psql.slice(0, psql.lastIndexOf("/") + 1)}pg_waldump`;
	const wal = `${survey?.look.dataDirectory ?? "DATA"}/pg_wal`;
	return shellWords([
		program,
		"-p",
		wal,
		"-t",
		`${ownFrom.timeline}`,
		"-s",
		ownFrom.lsn,
		"-r",
		"Transaction",
	]);
}

/** Its own history says where it left the primary's timeline: a standby that was promoted beside the primary. */
function onLaterTimeline(facts: Facts, node: NodeView, primary: NodeView, its: string, end: End): Standing {
	const target = primary.observed.timeline ?? 0;
	const found = `${its}, ${quoted(primary)} is on timeline ${target}: somebody was promoted after it.`;
	const fork = forkFrom(node, target, hostOf(facts, node.nodeId).value?.look) ?? null;
	const beyond = fork === null ? null : lsnDistanceBytes(fork, end.lsn);
	if (fork === null || beyond === null || beyond < 0 || end.hasCrashed) {
		return { kind: "diverged", lossBytes: null, found, ownFrom: null };
	}
	// pg_waldump reads one timeline: on the way through several, what is in between would be left out.
	const ownFrom = end.timeline === target + 1 ? { timeline: end.timeline, lsn: fork } : null;
	return {
		kind: "diverged",
		lossBytes: beyond,
		found: `${found} They parted at ${fork}: ${byteCount(beyond)} of its WAL are its own.`,
		ownFrom,
	};
}

function onOneTimeline(its: string, end: End, primary: NodeView): Standing {
	const beyond = lsnDistanceBytes(primary.observed.currentLsn, end.lsn);
	if (beyond === null) return unknown(`${its}; the position of ${quoted(primary)} can't be read.`);
	const there = `${its}, ${quoted(primary)} at ${primary.observed.currentLsn} on the same`;
	if (beyond > 0) {
		const found = `${there}: it is ${byteCount(beyond)} ahead, and there is no point to rewind to.`;
		return { kind: "ahead", lossBytes: beyond, found, ownFrom: null };
	}
	return { kind: "attaches", lossBytes: 0, found: `${there}: it follows as it is.`, ownFrom: null };
}

function unknown(found: string): Standing {
	return { kind: "unknown", lossBytes: null, found, ownFrom: null };
}

function endOf(facts: Facts, node: NodeView): End | null {
	const { reachable, timeline, currentLsn, role } = node.observed;
	if (reachable) {
		const lsn = currentLsn ?? lastLsn(node);
		const words = role === "primary" ? "writes" : "has received WAL, and is";
		return timeline === null || lsn === null
			? null
			: {
					timeline,
					lsn,
					isWhole: true,
					isCheckpoint: role === "primary",
					hasCrashed: false,
					isPromotedSince: false,
					words,
				};
	}
	const look = hostOf(facts, node.nodeId).value?.look;
	const control = look?.controlData ?? null;
	if (control === null || control.timeline === null || control.checkpointLsn === null) return null;
	const hasCrashed = !control.state.startsWith("shut down");
	return {
		timeline: control.timeline,
		lsn: control.checkpointLsn,
		isWhole: control.state === "shut down",
		isCheckpoint: control.state === "shut down",
		hasCrashed: hasCrashed && !/recovery/.test(control.state),
		isPromotedSince: look?.forks.some(({ timeline }) => timeline >= (control.timeline ?? 0)) ?? false,
		words: hasCrashed ? "made its last checkpoint" : "was shut down",
	};
}

/** A node and the primary that it is to follow. */
export interface Rejoin {
	readonly node: NodeView;
	readonly primary: NodeView;
	readonly standing: Standing;
	/** It runs now: it is stopped first. */
	readonly isRunning: boolean;
	/** It has crashed, and is recovered first. */
	readonly isRecovered: boolean;
	/** It is not known to follow as it is. */
	readonly isRewound: boolean;
	/** How repmgr on the node finds the primary; null: what is registered can't be written down. */
	readonly conninfo: string | null;
}
