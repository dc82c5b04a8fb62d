import type { HostReading } from "./host-reading.ts";
import { type Lsn, lsnDistanceBytes } from "./lsn.ts";
import type { NodeView } from "./snapshot.ts";

/** A standby's end of WAL: what it received or, when a walreceiver began anew at a segment's start, what it replayed. */
export function lastLsn({ observed: { receiveLsn, replayLsn } }: NodeView): Lsn | null {
	if (receiveLsn === null || replayLsn === null) return receiveLsn ?? replayLsn;
	return (lsnDistanceBytes(replayLsn, receiveLsn) ?? 0) >= 0 ? receiveLsn : replayLsn;
}

/**
 * Where the earlier timelines of a primary ended, by its own history file over SQL or SSH; null: not known.
 *
 * @param host a newer look at its host, where there is one.
 */
export function forksOf(
	{ state, observed }: NodeView,
	host: HostReading | undefined = state.host.good?.value,
): readonly { timeline: number; endLsn: Lsn }[] | null {
	if (observed.timeline === 1) return [];
	const bySql = state.server.good?.value.forks;
	if (bySql != null) return bySql;
	// A look at the host that is older than the promotion tells of the timeline before.
	const isOfThisTimeline = host?.forks.some(({ timeline }) => timeline === (observed.timeline ?? 0) - 1);
	return host !== undefined && isOfThisTimeline ? host.forks : null;
}

/** Where a primary's WAL left a timeline; null: it never was on it, undefined: not known. */
export function forkFrom(primary: NodeView, timeline: number, host?: HostReading): Lsn | null | undefined {
	const forks = forksOf(primary, host);
	if (forks === null) return undefined;
	return forks.find((fork) => fork.timeline === timeline)?.endLsn ?? null;
}
