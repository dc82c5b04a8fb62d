import type { Outcome } from "../../model/fault.ts";
import { type Lsn, parseLsn } from "../../model/lsn.ts";
import {
	type CommitCount,
	historyOf,
	MOST_LISTED,
	type OwnCommits,
	type OwnWal,
	serverLines,
	type WalDirectory,
	type WalRange,
	type WalServer,
} from "../../model/own-wal.ts";
import {
	numberInName,
	segmentInHistory,
	segmentName,
	segmentNumber,
	segmentStart,
} from "../../model/wal-file.ts";
import type { Shell } from "../../transport/ports.ts";
import { wholeOutput } from "../host/loop.ts";
import { parseLastCheckpoint, parseListedWal, parseWalDirectory, unreadPart } from "./parse.ts";
import { LAST_CHECKPOINT_SCRIPT, OWN_COMMITS_SCRIPT, WAL_DIRECTORY_SCRIPT } from "./script.ts";

/** A data directory on a host, and PostgreSQL's programs for it. */
export interface WalDirectoryPlace {
	readonly shell: Shell;
	/** The owner of the database. */
	readonly user: string;
	readonly dataDirectory: string;
	/** With a slash at its end; "": as PATH finds them. */
	readonly programs: string;
}

/** The same, with all from which its WAL can be completed. */
export interface WalPlace extends WalDirectoryPlace {
	/** The server's postgresql.conf, which has restore_command; "": not found. */
	readonly serverConfigFile: string;
	/** Barman as "HOST SERVER [CONFIG]"; "": repmgr.conf names none. */
	readonly barman: string;
	/** Servers whose pg_wal may have what this one lacks. */
	readonly others: readonly WalServer[];
}

/** pg_waldump reads some hundred MB a second. */
const READ_SECONDS = 40;

/** The same for a count, which is nothing to wait for. */
const COUNT_SECONDS = 10;

const DEADLINE_MS = 55_000;

/** How many WAL files are searched for the last checkpoint before the fork: checkpoint_timeout and max_wal_size bound them. */
const MOST_SEARCHED = 512;

/** What pg_wal holds, and the ranges of it that are wanted. */
interface Looked {
	readonly directory: WalDirectory;
	readonly ranges: readonly WalRange[];
}

type Run = (script: string, words: readonly string[]) => Promise<Outcome<string>>;

function runOn({ shell, user, dataDirectory, programs }: WalDirectoryPlace): Run {
	return (script, words) =>
		wholeOutput(shell, script, [dataDirectory, programs, ...words], { user, deadlineMs: DEADLINE_MS });
}

async function look(
	run: Run,
	rangesIn: (directory: WalDirectory) => readonly WalRange[] | null,
): Promise<Outcome<Looked | null>> {
	const looked = await run(WAL_DIRECTORY_SCRIPT, []);
	if (looked.fault !== undefined) return looked;
	const directory = parseWalDirectory(looked.value);
	if (directory === null) return unreadable("the WAL directory and the control data");
	const ranges = rangesIn(directory) ?? [];
	return { value: ranges.length === 0 ? null : { directory, ranges } };
}

async function list(
	run: Run,
	{ directory, ranges }: Looked,
	most: number,
	seconds: number,
): Promise<Outcome<OwnCommits>> {
	const readable = readableRanges(ranges, directory);
	const listed = await run(OWN_COMMITS_SCRIPT, [
		...[String(most), String(seconds), String(directory.segmentBytes)],
		...readable.ranges.flatMap(({ timeline, from, to }) => [String(timeline), from, to ?? ""]),
	]);
	if (listed.fault !== undefined) return listed;
	const wal = parseListedWal(listed.value);
	if (wal === null) return unreadable("pg_waldump's list of commits");
	const { reads: _, ...commits } = wal;
	const isKnownEnd = (last: Lsn): boolean | null =>
		directory.state === "shut down" ? last === directory.checkpointLsn : null;
	const unread = readable.gone ?? unreadPart(wal, readable.ranges.length, directory.segments, isKnownEnd);
	return { value: { ...commits, unread } };
}

/**
 * How many transactions are in a part of one node's WAL, by pg_waldump on its host; changes nothing.
 *
 * @param rangesIn where that WAL is; null: there is none, or it can't be told.
 * @returns null where rangesIn does.
 */
export async function readCommitCount(
	place: WalDirectoryPlace,
	rangesIn: (directory: WalDirectory) => readonly WalRange[] | null,
): Promise<Outcome<CommitCount | null>> {
	const run = runOn(place);
	const looked = await look(run, rangesIn);
	if (looked.fault !== undefined) return looked;
	if (looked.value === null) return { value: null };
	const listed = await list(run, looked.value, 0, COUNT_SECONDS);
	if (listed.fault !== undefined) return listed;
	const { count, prepared, firstAt, lastAt, unread } = listed.value;
	return { value: { count, prepared, firstAt, lastAt, unread } };
}

/** Reads what only one node has, as readCommitCount() does, and what a rewind of that needs. */
export async function readOwnWal(
	place: WalPlace,
	rangesIn: (directory: WalDirectory) => readonly WalRange[] | null,
): Promise<Outcome<OwnWal | null>> {
	const run = runOn(place);
	const looked = await look(run, rangesIn);
	if (looked.fault !== undefined) return looked;
	const [first] = looked.value?.ranges ?? [];
	if (looked.value === null || first === undefined) return { value: null };
	const { directory, ranges } = looked.value;
	const [commits, found] = await Promise.all([
		list(run, looked.value, MOST_LISTED, READ_SECONDS),
		run(LAST_CHECKPOINT_SCRIPT, [
			...[first.from, place.serverConfigFile, String(directory.segmentBytes), serverLines(place.others)],
			place.barman,
			missingAfter(ranges, directory).join(" "),
			...backwards(first, directory),
		]),
	]);
	if (commits.fault !== undefined) return commits;
	if (found.fault !== undefined) return found;
	const { checkpointLsn, missing } = parseLastCheckpoint(found.value);
	const number = segmentNumber(checkpointLsn ?? first.from, directory.segmentBytes) ?? 0n;
	const name = segmentName(first.timeline, number, directory.segmentBytes).slice(8);
	return { value: { directory, ranges, commits: commits.value, first: name, checkpointLsn, missing } };
}

function unreadable(what: string): Outcome<never> {
	return { fault: { kind: "protocol", message: `${what} can't be read` } };
}

/** The ranges without what is not in pg_wal any more; `gone` says so, as a sentence. */
function readableRanges(
	ranges: readonly WalRange[],
	{ segments, segmentBytes }: WalDirectory,
): { readonly ranges: readonly WalRange[]; readonly gone: string | null } {
	let gone: string | null = null;
	const names = new Set(segments);
	const readable = ranges.flatMap((range, index): readonly WalRange[] => {
		const number = segmentNumber(range.from, segmentBytes) ?? 0n;
		const wanted = segmentName(range.timeline, number, segmentBytes);
		const last = lastFile(range, segmentBytes);
		// list_commits reads it in a later timeline's, which begins with the same.
		const isElsewhere =
			last !== null &&
			ranges.slice(index + 1).some(({ timeline }) => names.has(segmentName(timeline, last, segmentBytes)));
		const own = isElsewhere ? [...segments, segmentName(range.timeline, last, segmentBytes)] : segments;
		if (own.includes(wanted)) return [range];
		const timeline = wanted.slice(0, 8);
		const next = own.filter((name) => name.startsWith(timeline) && name > wanted).toSorted()[0];
		gone ??= `The WAL from ${range.from} on timeline ${range.timeline} is not in pg_wal any more.`;
		if (next === undefined) return range.to === null ? [range] : [];
		return [{ ...range, from: segmentStart(numberInName(next, segmentBytes), segmentBytes) }];
	});
	return { ranges: readable, gone };
}

/** The number of the file with the last byte of a range; null: it has no end. */
function lastFile({ to }: WalRange, segmentBytes: number): bigint | null {
	const end = to === null ? null : parseLsn(to);
	return end === null ? null : (end - 1n) / BigInt(segmentBytes);
}

/** The WAL files after that of the fork that pg_wal lacks: up to the last checkpoint all were written. */
function missingAfter(ranges: readonly WalRange[], directory: WalDirectory): readonly string[] {
	const { segments, segmentBytes, checkpointLsn } = directory;
	const history = ranges.map(({ timeline, to }) => ({ timeline, endLsn: to }));
	const from = segmentNumber(ranges[0]?.from ?? "", segmentBytes);
	const to = segmentNumber(checkpointLsn, segmentBytes);
	if (from === null || to === null || to <= from) return [];
	const names = new Set(segments);
	return Array.from({ length: Math.min(Number(to - from), MOST_SEARCHED) }, (_, index) =>
		segmentInHistory(history, from + 1n + BigInt(index), segmentBytes),
	).flatMap((name) => (name === null || names.has(name) ? [] : [name]));
}

/**
 * The names of the WAL files before a fork, from there backwards, on whichever timeline they are. Without its history no node has
 * ranges of its own.
 */
function backwards({ from }: WalRange, directory: WalDirectory): readonly string[] {
	const { segmentBytes } = directory;
	const history = historyOf(directory) ?? [];
	const number = segmentNumber(from, segmentBytes) ?? 0n;
	return Array.from({ length: MOST_SEARCHED }, (_, index) => number - BigInt(index))
		.filter((segment) => segment > 0n)
		.flatMap((segment) => segmentInHistory(history, segment, segmentBytes) ?? []);
}
