import type { HostReading } from "../../model/host-reading.ts";
import type { RepmgrEvent } from "../../model/server-reading.ts";
import type { HistoryFile, HostTimelines, LoggedPromotion, ServerTimelines } from "../../model/timelines.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { epochMs, wholeNumber } from "../../text/whole-number.ts";
import { parseHistory, timelineOfFile } from "../history-file.ts";

/** The column "timelines" of the statement. */
export interface TimelinesAnswer {
	readonly histories:
		| readonly {
				readonly name: string;
				readonly writtenAt: number;
				/** Null: the file is gone again. */
				readonly lines: readonly string[] | null;
		  }[]
		| null;
	readonly events: {
		readonly promotions: readonly RepmgrEvent[];
		readonly since: string | null;
	} | null;
}

/** Makes the record of an answer. Its texts must have been sanitised. */
export function parseTimelinesAnswer({ histories, events }: TimelinesAnswer): ServerTimelines {
	return {
		histories:
			histories?.flatMap(({ name, writtenAt, lines }) => historyFile(name, writtenAt, lines ?? [])) ?? null,
		events: events && {
			...events,
			promotions: events.promotions.filter(({ timestamp }) => !Number.isNaN(Date.parse(timestamp))),
			since: events.since !== null && Number.isNaN(Date.parse(events.since)) ? null : events.since,
		},
	};
}

/** Parses the output of TIMELINES_SCRIPT, with the host reading made beside it. Unknown lines are skipped. */
export function parseHostTimelines(output: string, look: HostReading): HostTimelines {
	const lines = output.split("\n").map(sanitiseText);
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
	return {
		look,
		histories: all("wal").length === 0 ? null : historiesIn(lines),
		logged: all("log").length === 0 ? null : all("selected").flatMap(loggedPromotion),
	};
}

/** "history 00000002.history 1796021997.422", and behind "|" its lines. */
function historiesIn(lines: readonly string[]): readonly HistoryFile[] {
	return lines.flatMap((line, position) => {
		const [, name, at] = /^history (\S+) (\S+)$/.exec(line) ?? [];
		if (name === undefined) return [];
		const rest = lines.slice(position + 1);
		const end = rest.findIndex((one) => !one.startsWith("|"));
		return historyFile(
			name,
			epochMs(at),
			rest.slice(0, end < 0 ? undefined : end).map((one) => one.slice(1)),
		);
	});
}

/** A file without a line is none: it is just being written. */
function historyFile(
	name: string,
	writtenAt: number | null,
	texts: readonly string[],
): readonly HistoryFile[] {
	const timeline = timelineOfFile(name);
	const lines = parseHistory(texts);
	return timeline === null || lines.length === 0 ? [] : [{ timeline, writtenAt, lines }];
}

/** "2 1796021997.419000000", or the timeline alone. */
function loggedPromotion(line: string): readonly LoggedPromotion[] {
	const [number, at] = line.split(" ");
	const timeline = wholeNumber(number);
	return timeline === null ? [] : [{ timeline, at: epochMs(at) }];
}
