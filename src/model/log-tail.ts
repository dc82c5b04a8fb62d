import type { Fault } from "./fault.ts";

export const LOG_NAMES = ["postgresql", "repmgrd"] as const;

export type LogName = (typeof LOG_NAMES)[number];

/** The result of reading a log once. */
export interface LogChunk {
	/** The log's path, or its journal; null where it was not found. */
	readonly source: string | null;
	/** The log was read from its end: lines kept before are outdated. */
	readonly isFirst: boolean;
	/** Sanitised, oldest first; notes say what the reader did, such as skipping lines. */
	readonly lines: readonly { readonly text: string; readonly isNote: boolean }[];
	readonly fault: Fault | null;
}

export interface LogLine {
	/** From 1; a line keeps its number. */
	readonly number: number;
	readonly text: string;
	readonly isNote: boolean;
	/** An error or warning, or a line that belongs to one, such as its DETAIL. */
	readonly isTrouble: boolean;
}

/** The newest lines of one log of one node. */
export interface LogTail {
	readonly source: string | null;
	/** Oldest first. */
	readonly lines: readonly LogLine[];
	/** Why the last reading failed, and since when; null once one succeeded. */
	readonly fault: { readonly fault: Fault; readonly since: number } | null;
	/** When it was last read successfully, epoch ms; null: never. */
	readonly readAt: number | null;
}

export type NodeLogs = Readonly<Record<LogName, LogTail>>;

export const UNREAD_LOGS: NodeLogs = {
	postgresql: { source: null, lines: [], fault: null, readAt: null },
	repmgrd: { source: null, lines: [], fault: null, readAt: null },
};

/** How many lines of a log are kept. */
export const MOST_LOG_LINES = 2000;

export function appendChunk(tail: LogTail, name: LogName, chunk: LogChunk, at: number): LogTail {
	if (chunk.fault !== null) {
		return { ...tail, fault: { fault: chunk.fault, since: tail.fault?.since ?? at } };
	}
	const kept = chunk.isFirst ? [] : tail.lines;
	let number = tail.lines.at(-1)?.number ?? 0;
	let isTrouble = kept.at(-1)?.isTrouble ?? false;
	const fresh = chunk.lines.map(({ text, isNote }) => {
		number += 1;
		isTrouble = isNote ? false : troubleOf(severityIn(name, text)?.word ?? null, isTrouble);
		return { number, text, isNote, isTrouble };
	});
	const lines = fresh.length === 0 ? kept : [...kept, ...fresh].slice(-MOST_LOG_LINES);
	return { source: chunk.source, lines, fault: null, readAt: at };
}

/** The severity of a log line, and its position in the line. */
export interface LogSeverity {
	readonly word: string;
	readonly index: number;
}

/** PostgreSQL's severities (manual 20.8.2, table 20.2), and the prefixes of a message's further lines. */
const POSTGRESQL_WORDS =
	"PANIC|FATAL|ERROR|WARNING|NOTICE|INFO|LOG|DEBUG[1-5]?|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION";

/** repmgr's (log.c), which follow syslog's levels. */
const REPMGR_WORDS = "EMERG|ALERT|CRIT|ERROR|WARNING|NOTICE|INFO|DEBUG|DETAIL|HINT";

const PATTERNS: Readonly<Record<LogName, readonly RegExp[]>> = {
	postgresql: [
		new RegExp(`(?<![\\w])(${POSTGRESQL_WORDS}): {2}`),
		// csvlog and jsonlog (manual 20.8.4, 20.8.5).
		new RegExp(`,(${POSTGRESQL_WORDS}),[0-9A-Z]{5},`),
		new RegExp(`"error_severity":"(${POSTGRESQL_WORDS})"`),
	],
	repmgrd: [new RegExp(`\\[(${REPMGR_WORDS})\\]`), new RegExp(`^(${REPMGR_WORDS}): `)],
};

/** The severity of a log line; null where it continues the line before. */
export function severityIn(name: LogName, text: string): LogSeverity | null {
	for (const pattern of PATTERNS[name]) {
		const match = pattern.exec(text);
		if (match?.[1] !== undefined) return { word: match[1], index: match.index + match[0].indexOf(match[1]) };
	}
	return null;
}

const TROUBLE: readonly string[] = ["PANIC", "FATAL", "EMERG", "ALERT", "CRIT", "ERROR", "WARNING"];
const FURTHER: readonly string[] = ["DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"];

/** A message's further lines have the severity of the first. */
function troubleOf(word: string | null, isTroubleBefore: boolean): boolean {
	return word === null || FURTHER.includes(word) ? isTroubleBefore : TROUBLE.includes(word);
}
