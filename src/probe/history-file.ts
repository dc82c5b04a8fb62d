import type { HistoryLine } from "../model/timelines.ts";

/** A history file's lines: a timeline, where it ended, why (manual 26.3.6). Others are empty, or comments. */
export function parseHistory(lines: readonly string[]): readonly HistoryLine[] {
	return lines.flatMap((line) => {
		const [, timeline, endLsn, reason = ""] =
			/^\s*(\d{1,10})\s+([0-9A-F]{1,8}\/[0-9A-F]{1,8})(?:\s+(.*))?$/.exec(line) ?? [];
		return endLsn === undefined ? [] : [{ timeline: Number(timeline), endLsn, reason: reason.trim() }];
	});
}

/** The timeline of "0000000A.history"; null for any other name. */
export function timelineOfFile(name: string): number | null {
	const [, digits] = /^([0-9A-F]{8})\.history$/.exec(name) ?? [];
	return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** Read of one node at most, the newest ones. */
export const MOST_HISTORY_FILES = 50;
/** Read of one history file at most: 400 promotions. */
export const MOST_HISTORY_BYTES = 20_000;
