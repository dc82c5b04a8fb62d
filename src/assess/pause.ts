import { current, type NodeState } from "../model/node-state.ts";
import type { NodeView, Pause } from "../model/snapshot.ts";
import { formatClock } from "../text/format.ts";

/** A pause begins when its note is written; psql may need so long to carry it out on a busy host. */
const SLACK_MS = 60_000;

/**
 * The note of who paused a repmgrd that is seen to be paused. It counts only if nobody paused or unpaused it after the note was
 * written: the note may be left over from an earlier pause.
 */
export function pauseOf({ nodeId, host }: NodeState, systemIdentifier: string | null): Pause | null {
	const look = current(host);
	const note = look?.pauses?.find(
		(one) => one.nodeId === nodeId && one.systemIdentifier === systemIdentifier,
	);
	const at = look?.pauseFileAt ?? null;
	if (!note || at === null || at > note.since + SLACK_MS) return null;
	const { who, reason, until } = note;
	return { since: at - (look?.clockOffsetMs ?? 0), who, reason, until };
}

/** What the newest note on any host says. */
export function newestPause(nodes: readonly NodeView[]): Pause | null {
	return nodes
		.flatMap(({ repmgrd }) => repmgrd.pause ?? [])
		.reduce<Pause | null>((one, other) => (one === null || other.since > one.since ? other : one), null);
}

/** e.g. "by alice on bastion1 until 06:00 UTC (kernel upgrade)". */
export function pauseWords({ who, reason, until }: Pause, now: number): string {
	const end = until === null ? "" : `${until <= now ? ", to end at" : " until"} ${formatClock(until, now)}`;
	return `by ${who}${end}${reason === "" ? "" : ` (${reason})`}`;
}
