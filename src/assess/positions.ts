import { wasStandby } from "../model/control-state.ts";
import type { HostReading } from "../model/host-reading.ts";
import { type Lsn, lsnDistanceBytes, parseLsn } from "../model/lsn.ts";
import type { NodeView, Observed } from "../model/snapshot.ts";

/** A standby's end of WAL: what it received or, if a walreceiver restarted at a segment's start, what it replayed. */
export function lastLsn({ observed: { receiveLsn, replayLsn } }: NodeView): Lsn | null {
	if (receiveLsn === null || replayLsn === null) return receiveLsn ?? replayLsn;
	return (lsnDistanceBytes(replayLsn, receiveLsn) ?? 0) >= 0 ? receiveLsn : replayLsn;
}

/** A timeline as text; the lower bound where only that is known. */
export function timelineWords({
	timeline,
	timelineAtLeast,
}: Pick<Observed, "timeline" | "timelineAtLeast">): string {
	if (timeline !== null) return String(timeline);
	return timelineAtLeast === null ? "unknown" : `${timelineAtLeast} or a later one`;
}

/**
 * Where a primary's earlier timelines ended, by its history file over SQL or SSH; null: not known.
 *
 * @param host a newer reading of its host.
 */
export function forksOf(
	{ state, observed }: NodeView,
	host: HostReading | undefined = state.host.good?.value,
): readonly { timeline: number; endLsn: Lsn }[] | null {
	// The control data have the timeline of a stopped server.
	const own = observed.timeline ?? host?.controlData?.timeline ?? 0;
	if (own === 1) return [];
	const bySql = state.server.good?.value.forks;
	if (bySql != null) return bySql;
	// A reading of the host from before the promotion has the history of the timeline before.
	const isOfThisTimeline = host?.forks.some(({ timeline }) => timeline === own - 1);
	return host !== undefined && isOfThisTimeline ? host.forks : null;
}

/** Where a primary's WAL left a timeline; null: it was never on it, undefined: not known. */
export function forkFrom(primary: NodeView, timeline: number, host?: HostReading): Lsn | null | undefined {
	const forks = forksOf(primary, host);
	if (forks === null) return undefined;
	return forks.find((fork) => fork.timeline === timeline)?.endLsn ?? null;
}

/** Where two primaries diverged: on the first timeline whose end differs between them; null: not known. */
export function partedAt(a: NodeView, b: NodeView): Parting | null {
	const [ends, otherEnds] = [a, b].map((node) => forksOf(node));
	return ends && otherEnds ? firstDifference(ends, otherEnds) : null;
}

interface Parting {
	readonly timeline: number;
	readonly lsn: Lsn;
}

type Ends = NonNullable<ReturnType<typeof forksOf>>;

/** Where two histories part, by where their earlier timelines ended; null: all are the same. */
export function firstDifference(ends: Ends, otherEnds: Ends): Parting | null {
	for (const timeline of [...ends, ...otherEnds].map((fork) => fork.timeline).toSorted((x, y) => x - y)) {
		const [end, otherEnd] = [ends, otherEnds].map(
			(its) => its.find((fork) => fork.timeline === timeline)?.endLsn,
		);
		if (end === otherEnd) continue;
		const isEarlier = otherEnd === undefined || (lsnDistanceBytes(end ?? null, otherEnd) ?? -1) > 0;
		const lsn = isEarlier ? end : otherEnd;
		return lsn === undefined ? null : { timeline, lsn };
	}
	return null;
}

/** wal_block_size; its default. */
const WAL_PAGE_BYTES = 8192n;

/**
 * Could a standby follow, but repmgr refuses it until the standby is restarted? Its WAL ends with the beginning of a record
 * right after the point where the primary left its timeline: primaries flush and send whole pages, so one that dies leaves
 * such beginnings on its standbys. PostgreSQL compares what is replayed (rescanLatestTimeLine() in xlogrecovery.c), repmgr
 * what was received (check_node_can_attach() in repmgr-client.c; seen with 5.3 and PostgreSQL 15), which a restart resets.
 * False where whole records may be held back.
 */
export function needsRestartToFollow(
	{ observed, state }: NodeView,
	primary: NodeView,
	host?: HostReading,
): boolean {
	const { timeline, replayLsn, receiveLsn } = observed;
	const isBehind = timeline !== null && timeline < (primary.observed.timeline ?? 0);
	const server = state.server.good?.value;
	const mayHoldBack =
		server?.replayPaused !== false || (server.settings.recovery_min_apply_delay ?? "0") !== "0";
	if (!isBehind || !observed.reachable || receiveLsn === null || mayHoldBack) return false;
	const fork = forkFrom(primary, timeline, host) ?? null;
	const isPageEnd = (parseLsn(receiveLsn) ?? 1n) % WAL_PAGE_BYTES === 0n;
	return (
		lsnDistanceBytes(fork, replayLsn) === 0 && (lsnDistanceBytes(fork, receiveLsn) ?? 0) > 0 && isPageEnd
	);
}

/** The known end of a node's WAL. */
export interface WalEnd {
	readonly timeline: number;
	readonly lsn: Lsn;
	/** False: the node may have more; it crashed, or was a standby whose last restartpoint this is. */
	readonly isComplete: boolean;
	/** A shutdown checkpoint begins there, or will at the stop; a standby makes none. */
	readonly isCheckpoint: boolean;
	readonly hasCrashed: boolean;
	/** The node was promoted after that checkpoint: what it wrote since is on a later timeline. */
	readonly isPromotedSince: boolean;
	readonly words: string;
}

/** @param look the newest reading of its host. */
export function walEndOf(node: NodeView, look: HostReading | undefined): WalEnd | null {
	const { reachable, timeline, currentLsn, role } = node.observed;
	if (reachable) {
		const lsn = currentLsn ?? lastLsn(node);
		const words = role === "primary" ? "writes" : "has received WAL, and is";
		return timeline === null || lsn === null
			? null
			: {
					timeline,
					lsn,
					isComplete: true,
					isCheckpoint: role === "primary",
					hasCrashed: false,
					isPromotedSince: false,
					words,
				};
	}
	const control = look?.controlData ?? null;
	if (control === null || control.timeline === null || control.checkpointLsn === null) return null;
	const hasCrashed = !control.state.startsWith("shut down");
	return {
		timeline: control.timeline,
		lsn: control.checkpointLsn,
		isComplete: control.state === "shut down",
		isCheckpoint: control.state === "shut down",
		hasCrashed: hasCrashed && !wasStandby(control.state),
		isPromotedSince: look?.forks.some(({ timeline }) => timeline >= (control.timeline ?? 0)) ?? false,
		words: hasCrashed ? "made its last checkpoint" : "was shut down",
	};
}
