import {
	forkFrom,
	lastLsn,
	needsRestartToFollow,
	timelineWords,
	type WalEnd,
	walEndOf,
} from "../../assess/positions.ts";
import { type Lsn, lsnDistanceBytes } from "../../model/lsn.ts";
import type { OwnCommits, OwnWal } from "../../model/own-wal.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { type Facts, hostOf, otherCluster, programsOn } from "../plan/facts.ts";

/** A node's WAL compared with the history of the primary that it is to follow. */
export interface WalComparison {
	/**
	 * attaches: the node can follow as it is. diverged: it has WAL that is not in that history, and has to be rewound. ahead: it
	 * has more WAL on the same timeline, where pg_rewind finds nothing to undo. unknown: repmgr's dry run decides.
	 */
	readonly kind: "attaches" | "diverged" | "ahead" | "unknown";
	/** WAL that only the node has; null: unknown. */
	readonly lossBytes: number | null;
	/** The comparison as a sentence, with the positions. */
	readonly found: string;
	/** The transactions in that WAL, where they were read. */
	readonly commits?: OwnCommits;
	/** Where the node's own WAL begins, for pg_waldump; null where that is unknown, or there is none. */
	readonly ownFrom: { readonly timeline: number; readonly lsn: Lsn } | null;
}

export function compareWal(facts: Facts, node: NodeView, primary: NodeView): WalComparison {
	const other = otherCluster(facts, node);
	if (other !== null)
		return unknown(`The data of ${quoted(node)} are of another cluster: its system identifier is ${other}.`);
	const end = walEndOf(node, hostOf(facts, node.nodeId).value?.look);
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
		const found = `${parted}: beyond that it has only the beginning of a record, and follows after a restart.`;
		return { kind: "attaches", lossBytes: 0, found, ownFrom: null };
	}
	if (end.hasCrashed) {
		const found = `${parted}. It ended without a shutdown and may have written more; once recovered, it is past that point in any case.`;
		return { kind: "diverged", lossBytes: null, found, ownFrom: end.isPromotedSince ? null : ownFrom };
	}
	// A shutdown checkpoint that begins at the fork is past it, too: PostgreSQL refuses to follow from there.
	const isPast = end.isCheckpoint ? beyond >= 0 : beyond > 0;
	if (isPast) {
		const found = `${parted}: ${formatBytes(beyond)} of its WAL are not in the history of ${quoted(primary)}.`;
		return { kind: "diverged", lossBytes: beyond, found, ownFrom };
	}
	return end.isComplete
		? { kind: "attaches", lossBytes: 0, found: `${parted}, after that: it follows as it is.`, ownFrom: null }
		: unknown(`${parted}; whether it has received more is not known.`);
}

/** The command that lists the commits which only this node has, for its host; null where they are unknown, or none. */
export function listOwnCommits(
	facts: Facts,
	{ nodeId }: NodeView,
	{ ownFrom }: WalComparison,
): string | null {
	if (ownFrom === null) return null;
	const wal = `${hostOf(facts, nodeId).value?.look.dataDirectory ?? "DATA"}/pg_wal`;
	return shellWords([
		`${programsOn(facts, nodeId)}pg_waldump`,
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

/** The node was promoted beside the primary: its own history says where it left the primary's timeline. */
function onLaterTimeline(
	facts: Facts,
	node: NodeView,
	primary: NodeView,
	its: string,
	end: WalEnd,
): WalComparison {
	const target = primary.observed.timeline ?? 0;
	const found = `${its}, ${quoted(primary)} is on timeline ${target}: the node or its upstream was promoted later.`;
	const fork = forkFrom(node, target, hostOf(facts, node.nodeId).value?.look) ?? null;
	const beyond = fork === null ? null : lsnDistanceBytes(fork, end.lsn);
	if (fork === null || beyond === null || beyond < 0 || end.hasCrashed) {
		return { kind: "diverged", lossBytes: null, found, ownFrom: null };
	}
	// pg_waldump reads one timeline: with several in between it would leave some out.
	const ownFrom = end.timeline === target + 1 ? { timeline: end.timeline, lsn: fork } : null;
	return {
		kind: "diverged",
		lossBytes: beyond,
		found: `${found} They parted at ${fork}: ${formatBytes(beyond)} of its WAL are its own.`,
		ownFrom,
	};
}

function onOneTimeline(its: string, end: WalEnd, primary: NodeView): WalComparison {
	const beyond = lsnDistanceBytes(primary.observed.currentLsn, end.lsn);
	if (beyond === null) return unknown(`${its}; the position of ${quoted(primary)} can't be read.`);
	const there = `${its}, ${quoted(primary)} at ${primary.observed.currentLsn} on the same`;
	if (beyond > 0) {
		const found = `${there}: it is ${formatBytes(beyond)} ahead, and there is no point to rewind to.`;
		return { kind: "ahead", lossBytes: beyond, found, ownFrom: null };
	}
	return { kind: "attaches", lossBytes: 0, found: `${there}: it follows as it is.`, ownFrom: null };
}

function unknown(found: string): WalComparison {
	return { kind: "unknown", lossBytes: null, found, ownFrom: null };
}

/** A node and the primary that it is to follow. */
export interface Rejoin {
	readonly node: NodeView;
	readonly primary: NodeView;
	readonly wal: WalComparison;
	/** The node runs, and is stopped first. */
	readonly isRunning: boolean;
	/** The node has crashed, and is recovered first. */
	readonly isRecovered: boolean;
	/** pg_rewind may run: the node is not known to follow as it is. */
	readonly isRewound: boolean;
	/** All its databases are dumped before that. */
	readonly isDumped: boolean;
	/** What only the node has; null: it was not read, or there is nothing. */
	readonly own: OwnWal | null;
	/** How repmgr on the node connects to the primary; null: the registered conninfo holds a secret, or can't be read. */
	readonly conninfo: string | null;
}
