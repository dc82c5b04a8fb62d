import type { Lsn } from "../model/lsn.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import { type CommitCount, historyOf, type WalDirectory, type WalRange } from "../model/own-wal.ts";
import type { TimelineEnd } from "../model/wal-file.ts";
import { formatDateTime } from "../text/format.ts";
import { listed } from "../text/words.ts";

/** The WAL of the timelines from a position on. */
export function rangesFrom(position: Lsn, timelines: readonly TimelineEnd[]): readonly WalRange[] {
	let from = position;
	return timelines.map(({ timeline, endLsn }) => {
		const range = { timeline, from, to: endLsn };
		from = endLsn ?? from;
		return range;
	});
}

/** The WAL of a node since it left the history of another at a fork; null: that fork is not in its own history. */
export function rangesSince(
	{ timeline, lsn }: { readonly timeline: number; readonly lsn: Lsn },
	directory: Pick<WalDirectory, "timeline" | "histories">,
): readonly WalRange[] | null {
	const own = historyOf(directory) ?? [];
	const at = own.findIndex((one) => one.timeline === timeline);
	const end = own[at]?.endLsn;
	if (end === undefined) return null;
	const beyond = end === null ? 1 : (lsnDistanceBytes(lsn, end) ?? -1);
	return beyond < 0 ? null : rangesFrom(lsn, own.slice(beyond === 0 ? at + 1 : at));
}

/** "3 commits (2026-11-30 06:53:03 to 06:54:11 UTC) and 1 prepared transaction", or "no commit"; with what may be missing. */
export function commitWords({ count, prepared, firstAt, lastAt, unread }: CommitCount): string {
	const parts = [
		...(count === 0
			? []
			: [`${count === 1 ? "1 commit" : `${count} commits`}${timesOf({ firstAt, lastAt })}`]),
		...(prepared === 0
			? []
			: [prepared === 1 ? "1 prepared transaction" : `${prepared} prepared transactions`]),
	];
	const said = parts.length === 0 ? "no commit" : listed(parts);
	return unread === null ? said : `${said}, and there may be more`;
}

/** " (FROM to TO UTC)"; empty where they are not known. */
export function timesOf({ firstAt, lastAt }: Pick<CommitCount, "firstAt" | "lastAt">): string {
	if (firstAt === null || lastAt === null) return "";
	const [from, to] = [firstAt, lastAt].map(formatDateTime);
	return from === to ? ` (${from} UTC)` : ` (${from} to ${to} UTC)`;
}
