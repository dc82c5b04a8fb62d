import type { Lsn } from "../../model/lsn.ts";
import { parseLsn } from "../../model/lsn.ts";
import type { OwnCommit, OwnCommits, OwnWal, WalDirectory } from "../../model/own-wal.ts";
import { MOST_LISTED } from "../../model/own-wal.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";

/** Parses the output of WAL_DIRECTORY_SCRIPT; null where it is cut off, or the control data can't be read. */
export function parseWalDirectory(output: string): WalDirectory | null {
	const lines = output.split("\n").map(sanitiseText);
	if (lines.at(-2) !== "end") return null;
	const all = (word: string): readonly (readonly string[])[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(" ").slice(1));
	const segmentBytes = wholeNumber(all("segmentbytes")[0]?.[0]);
	const checkpointLsn = all("checkpoint")[0]?.[0];
	const timelines = all("timeline").flatMap(([text]) => wholeNumber(text) ?? []);
	const isPowerOfTwo =
		segmentBytes !== null && segmentBytes >= 2 ** 20 && Number.isInteger(Math.log2(segmentBytes));
	if (
		!isPowerOfTwo ||
		checkpointLsn === undefined ||
		parseLsn(checkpointLsn) === null ||
		timelines.length === 0
	)
		return null;
	const histories = new Map<number, { timeline: number; endLsn: Lsn }[]>();
	for (const [file = "", number, endLsn = ""] of all("history")) {
		const timeline = wholeNumber(number);
		if (!/^[0-9A-F]{8}$/.test(file) || timeline === null || parseLsn(endLsn) === null) continue;
		const of = Number.parseInt(file, 16);
		histories.set(of, [...(histories.get(of) ?? []), { timeline, endLsn }]);
	}
	return {
		segmentBytes,
		state: all("state")[0]?.join(" ") ?? "",
		checkpointLsn,
		timeline: Math.max(...timelines),
		segments: all("segment").flatMap(([name = ""]) => (SEGMENT.test(name) ? [name] : [])),
		unarchived: all("ready").flatMap(([name = ""]) => (WAL_FILE.test(name) ? [name] : [])),
		histories,
		places: all("place").flatMap(([kilobytes, ...words]) => {
			const free = wholeNumber(kilobytes);
			const directory = words.join(" ");
			return free === null || !directory.startsWith("/") ? [] : [{ directory, freeBytes: free * 1024 }];
		}),
	};
}

const SEGMENT = /^[0-9A-F]{24}$/;
/** A segment, a part of one, a history file, or the label of a backup. */
const WAL_FILE = /^[0-9A-F]{8}(?:[0-9A-F]{16}(?:\.[0-9A-F]{8}\.backup|\.partial)?|\.history)$/;

/** What list_commits has printed, of all ranges. */
export interface ListedWal extends Omit<OwnCommits, "unread"> {
	readonly reads: readonly WalRead[];
}

/** One range as pg_waldump read it. */
export interface WalRead {
	readonly timeline: number;
	/** The first and last record; null: there was none. */
	readonly firstLsn: Lsn | null;
	readonly lastLsn: Lsn | null;
	readonly exitCode: number;
	/** pg_waldump's message. */
	readonly said: string;
}

const KINDS: Readonly<Record<string, OwnCommit["kind"]>> = {
	commit: "commit",
	"commit-prepared": "commit prepared",
	prepare: "prepare",
};

/** Parses the output of LIST_COMMITS; null where it is cut off. */
export function parseListedWal(output: string): ListedWal | null {
	const list: OwnCommit[] = [];
	const reads: WalRead[] = [];
	let total: readonly string[] | null = null;
	for (const line of output.split("\n").map(sanitiseText)) {
		const [word = "", ...words] = line.split(" ");
		const kind = KINDS[word];
		if (kind !== undefined) {
			const commit = commitOf(kind, words);
			if (commit === null) return null;
			if (list.length < MOST_LISTED) list.push(commit);
		} else if (word === "read") {
			const read = readOf(words);
			if (read === null) return null;
			reads.push(read);
		} else if (word === "total") total = words;
	}
	const [count, prepared] = [wholeNumber(total?.[0]), wholeNumber(total?.[1])];
	if (total === null || count === null || prepared === null) return null;
	return {
		...{ count, prepared, list, reads },
		firstAt: timeOf(total[2] ?? ""),
		lastAt: timeOf(total[3] ?? ""),
		endLsn: endOf(reads.at(-1)),
	};
}

function commitOf(kind: OwnCommit["kind"], words: readonly string[]): OwnCommit | null {
	const [position = "", number, date, time, ...tables] = words;
	const [lsn, xid] = [plainLsn(position), wholeNumber(number)];
	if (lsn === null || xid === null) return null;
	const at = timeOf(`${date}T${time}`);
	if (at === null && kind !== "prepare") return null;
	return {
		...{ kind, lsn, xid, at },
		relations: tables.filter((table) => /^\d{1,10}\/\d{1,10}\/\d{1,10}$/.test(table)),
		hasMore: tables.includes("+"),
	};
}

function readOf([number, first = "", last = "", code, ...said]: readonly string[]): WalRead | null {
	const [timeline, exitCode] = [wholeNumber(number), wholeNumber(code)];
	if (timeline === null || exitCode === null) return null;
	return {
		timeline,
		firstLsn: plainLsn(first),
		lastLsn: plainLsn(last),
		exitCode,
		said: said.join(" ").trim(),
	};
}

/** pg_waldump says where it expected a further record: "… at 0/2023B40: invalid record length at 0/2023BB8: wanted 24, got 0". */
function endOf(read: WalRead | undefined): Lsn | null {
	const [, end] = /(?: at | after )([0-9A-F]{1,8}\/[0-9A-F]{1,8})(?::|$)[^/]*$/.exec(read?.said ?? "") ?? [];
	return end ?? null;
}

/** pg_waldump pads the lower half with zeros, which no other program does. */
export function plainLsn(text: string): Lsn | null {
	const [high, low] = text.split("/").map((half) => half.replace(/^0+(?=.)/, ""));
	const lsn = `${high}/${low}`;
	return parseLsn(lsn) === null ? null : lsn;
}

/** "2026-11-30T06:53:03.630583", UTC. */
function timeOf(text: string): string | null {
	const isTime =
		/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`));
	return isTime ? `${text}Z` : null;
}

/** Parses the output of LAST_CHECKPOINT_SCRIPT. */
export function parseLastCheckpoint(output: string): Pick<OwnWal, "checkpointLsn" | "missing"> {
	const lines = output.split("\n").map((line) => sanitiseText(line).split(" "));
	const missing = lines.flatMap(([word, ...words]): OwnWal["missing"] => {
		const name = words.at(-1) ?? "";
		if (!SEGMENT.test(name)) return [];
		if (word === "nowhere") return [{ name, from: null }];
		if (word !== "found") return [];
		if (words[0] === "barman") return [{ name, from: { kind: "barman" } }];
		const nodeId = wholeNumber(words[0]);
		return [{ name, from: nodeId === null ? { kind: "archive" } : { kind: "node", nodeId } }];
	});
	const [, position = ""] = lines.find(([word]) => word === "checkpoint") ?? [];
	return { checkpointLsn: plainLsn(position), missing };
}

/** The messages with which pg_waldump ends where no further record was written (xlogreader.c). */
const END_OF_WAL =
	/invalid record length|record with incorrect prev-link|invalid magic number|unexpected pageaddr|invalid resource manager ID|incorrect resource manager data checksum|invalid info bits|contrecord|record length \d+ at|could not find a valid record after|invalid record offset|out-of-sequence timeline/;

/** Why there may be further records, as a sentence; null: all were read. @param knownEnd of the last record's start. */
export function unreadPart(
	{ reads }: ListedWal,
	rangeCount: number,
	segments: readonly string[],
	isKnownEnd: (lastLsn: Lsn) => boolean | null,
): string | null {
	for (const [index, { exitCode, said, timeline, lastLsn }] of reads.entries()) {
		if (exitCode === 124) return "It was not read to its end: that takes too long.";
		if (index < rangeCount - 1) {
			if (exitCode !== 0) return `pg_waldump ended on timeline ${timeline}: ${said}.`;
			continue;
		}
		const hasReachedEnd = lastLsn === null ? null : isKnownEnd(lastLsn);
		if (hasReachedEnd === false) return `pg_waldump ended before the last record: ${said}.`;
		if (hasReachedEnd === true || END_OF_WAL.test(said)) continue;
		const [, missing] = /could not (?:find|open) file "([0-9A-F]{24})"/.exec(said) ?? [];
		const isAtEnd =
			missing !== undefined &&
			lastLsn !== null &&
			!segments.some((name) => name.slice(0, 8) === missing.slice(0, 8) && name > missing);
		if (!isAtEnd) return `pg_waldump ended with: ${said === "" ? `exit code ${exitCode}` : said}.`;
	}
	return reads.length === rangeCount ? null : "Not every timeline was read.";
}
