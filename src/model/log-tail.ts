import type { Fault } from "./fault.ts";

export const LOG_NAMES = ["postgresql", "repmgrd"] as const;

export type LogName = (typeof LOG_NAMES)[number];

/** What one look at a log found. */
export interface LogChunk {
	/** Where the log goes: a path, or which journal; null where that was not found. */
	readonly source: string | null;
	/** Nothing was known of this log before: what was kept of it is out of date. */
	readonly isFirst: boolean;
	/** Sanitised, oldest first; notes say what the reading did, such as passing over lines. */
	readonly lines: readonly { readonly text: string; readonly isNote: boolean }[];
	readonly fault: Fault | null;
}

export interface LogLine {
	/** Counts from 1 for as long as the log is kept; a line keeps its number. */
	readonly number: number;
	readonly text: string;
	readonly isNote: boolean;
	/** An error or a warning, or a line that belongs to one, such as its DETAIL. */
	readonly isTrouble: boolean;
}

/** The newest lines of one log of one node. */
export interface LogTail {
	readonly source: string | null;
	/** Oldest first. */
	readonly lines: readonly LogLine[];
	/** Why the newest look failed, and since when looks do; null once one succeeded. */
	readonly fault: { readonly fault: Fault; readonly since: number } | null;
	/** When a look last succeeded, epoch ms; null: never. */
	readonly readAt: number | null;
}

export type NodeLogs = Readonly<Record<LogName, LogTail>>;

export const UNREAD_LOGS: NodeLogs = {
	postgresql: { source: null, lines: [], fault: null, readAt: null },
	repmgrd: { source: null, lines: [], fault: null, readAt: null },
};

/** How many lines of a log are kept. */
export const MOST_LOG_LINES = 2000;

/** The tail after one more look. */
export function appendChunk(tail: LogTail, name: LogName, look: LogChunk, at: number): LogTail {
	if (look.fault !== null) {
		return { ...tail, fault: { fault: look.fault, since: tail.fault?.since ?? at } };
	}
	const kept = look.isFirst ? [] : tail.lines;
	let number = tail.lines.at(-1)?.number ?? 0;
	let isTrouble = kept.at(-1)?.isTrouble ?? false;
	const fresh = look.lines.map(({ text, isNote }) => {
		number += 1;
		isTrouble = isNote ? false : troubleOf(severityIn(name, text)?.word ?? null, isTrouble);
		return { number, text, isNote, isTrouble };
	});
	const lines = fresh.length === 0 ? kept : [...kept, ...fresh].slice(-MOST_LOG_LINES);
	return { source: look.source, lines, fault: null, readAt: at };
}

/** A word of a log line that says how bad it is, and where in the line it stands. */
export interface LogSeverity {
	readonly word: string;
	readonly index: number;
}

/** PostgreSQL's words (manual 20.8.2, table 20.2), and those that open the further lines of a message. */
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

/** The severity of a log line, or null where it goes on with the line before. */
export function severityIn(name: LogName, text: string): LogSeverity | null {
	for (const pattern of PATTERNS[name]) {
		const match = pattern.exec(text);
		if (match?.[1] !== undefined) return { word: match[1], index: match.index + match[0].indexOf(match[1]) };
	}
	return null;
}

const TROUBLE: readonly string[] = ["PANIC", "FATAL", "EMERG", "ALERT", "CRIT", "ERROR", "WARNING"];
const FURTHER: readonly string[] = ["DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"];

/** Further lines of a message are as bad as its first. */
function troubleOf(word: string | null, isTroubleBefore: boolean): boolean {
	return word === null || FURTHER.includes(word) ? isTroubleBefore : TROUBLE.includes(word);
}
