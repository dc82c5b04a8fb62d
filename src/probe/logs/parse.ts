import type { Fault } from "../../model/fault.ts";
import type { LogChunk, LogName } from "../../model/log-tail.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { MOST_JOURNAL_LINES } from "./script.ts";

/** Where the last read of a log ended: arguments of the next read (LOG_SCRIPT); empty at the first. */
export interface LogPosition {
	readonly file: string;
	readonly inode: string;
	readonly offset: string;
	readonly cursor: string;
}

export const NO_POSITION: LogPosition = { file: "", inode: "", offset: "", cursor: "" };

/** Longer lines are cut: no screen shows more, and 2000 of them are kept. */
const LONGEST_LINE = 4000;

/** The script's output on one log. A null position: the log could not be read, and the old position stays. */
export interface ParsedLog {
	readonly look: LogChunk;
	readonly position: LogPosition | null;
}

/** Parses the log script's output, by log; null where the script did not finish. */
export function parseLogs(
	output: string,
	redact: (text: string) => string,
): ReadonlyMap<string, ParsedLog> | null {
	const lines = output.split("\n");
	if (lines.at(-1) === "") lines.pop();
	if (lines.pop() !== "end") return null;
	const sections = new Map<string, { readonly head: string; readonly body: string[] }>();
	let body: string[] | null = null;
	for (const line of lines) {
		const [, name, head] = /^log (\S+) (.*)$/.exec(line) ?? [];
		if (name === undefined || head === undefined) body?.push(line);
		else {
			body = [];
			sections.set(name, { head, body });
		}
	}
	return new Map(
		[...sections].map(([name, { head, body }]) => [name, parseSection(name as LogName, head, body, redact)]),
	);
}

function parseSection(
	name: LogName,
	head: string,
	body: readonly string[],
	redact: (text: string) => string,
): ParsedLog {
	const [, state = "", rest = ""] = /^(\S+) ?(.*)$/.exec(head) ?? [];
	if (state !== "file" && state !== "journal") return failed(faultOf(name, state, sanitiseText(rest)));
	const isJournal = state === "journal";
	const isFirst = body.includes("first");
	const [to = ""] = body.filter((line) => line.startsWith("to ")).map((line) => line.slice(3));
	// These become arguments of the next read: only what the script itself prints is accepted.
	const [, inode = "", offset = ""] = /^(\d+) (\d+)$/.exec(to) ?? [];
	const texts = body.flatMap((line) => readLine(line, rest, redact));
	const isFull = isJournal && !isFirst && texts.length >= MOST_JOURNAL_LINES;
	return {
		look: {
			source: isJournal ? `journal, units ${sanitiseText(rest)}` : sanitiseText(rest),
			isFirst,
			lines: isFull
				? [note("entries before these were passed over: too many came at once"), ...texts]
				: texts,
			fault: null,
		},
		position: isJournal ? journalPosition(to) : { file: rest, inode, offset, cursor: "" },
	};
}

/** Without new entries journalctl names no cursor. */
function journalPosition(cursor: string): LogPosition | null {
	return /^[\w=;-]+$/.test(cursor) ? { ...NO_POSITION, cursor } : null;
}

function readLine(line: string, path: string, redact: (text: string) => string): LogChunk["lines"] {
	if (line.startsWith("|")) return [{ text: cut(redact(sanitiseText(line.slice(1)))), isNote: false }];
	if (line === "rotated") return [note(`the log goes on in a new file ${sanitiseText(path)}`)];
	const skipped = line.startsWith("skipped ") ? wholeNumber(line.slice("skipped ".length)) : null;
	return skipped === null
		? []
		: [note(`${Math.ceil(skipped / 1024)} kB were passed over: the log grew too fast`)];
}

function note(text: string): LogChunk["lines"][number] {
	return { text, isNote: true };
}

function cut(text: string): string {
	return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}

/** A log that could not be read. */
export function failed(fault: Fault): ParsedLog {
	return { look: { source: null, isFirst: false, lines: [], fault }, position: null };
}

const WRITERS: Readonly<Record<LogName, string>> = { postgresql: "PostgreSQL", repmgrd: "repmgrd" };

function faultOf(name: LogName, state: string, path: string): Fault {
	switch (state) {
		case "denied":
			return {
				kind: "permission",
				message: `permission denied for ${path}`,
				hint: "Let the owner of the data directory read this file and its directory.",
			};
		case "denied-journal":
			return {
				kind: "permission",
				message: `${WRITERS[name]} logs to no file that was found, and the journal may not be read`,
				hint: "Add the owner of the data directory to the group systemd-journal, or set log_file in repmgr.conf.",
			};
		default:
			return {
				kind: "command",
				message: `where ${WRITERS[name]} logs was not found`,
				detail: "There is neither a log file nor a journal.",
			};
	}
}
