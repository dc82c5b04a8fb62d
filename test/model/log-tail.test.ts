import { describe, expect, test } from "vitest";
import {
	appendChunk,
	type LogChunk,
	type LogName,
	MOST_LOG_LINES,
	severityIn,
	UNREAD_LOGS,
} from "../../src/model/log-tail.ts";

const look = (texts: readonly string[], changes: Partial<LogChunk> = {}): LogChunk => ({
	source: "/var/log/postgresql/postgresql-15-main.log",
	isFirst: false,
	lines: texts.map((text) => ({ text, isNote: false })),
	fault: null,
	...changes,
});

const UNREAD = UNREAD_LOGS.postgresql;

describe("the tail of a log", () => {
	test("keeps numbering lines when the log starts over", () => {
		let tail = appendChunk(UNREAD, "postgresql", look(["a", "b"], { isFirst: true }), 1000);
		tail = appendChunk(tail, "postgresql", look(["c"]), 2000);
		expect(tail.lines.map(({ number, text }) => `${number} ${text}`)).toEqual(["1 a", "2 b", "3 c"]);
		expect(tail.readAt).toBe(2000);
		tail = appendChunk(tail, "postgresql", look(["d"], { isFirst: true }), 3000);
		expect(tail.lines.map(({ number, text }) => `${number} ${text}`)).toEqual(["4 d"]);
	});

	test("returns the same list when nothing was written", () => {
		const tail = appendChunk(UNREAD, "postgresql", look(["a"]), 1000);
		expect(appendChunk(tail, "postgresql", look([]), 2000).lines).toBe(tail.lines);
	});

	test("keeps the newest lines only", () => {
		const many = Array.from({ length: MOST_LOG_LINES + 5 }, (_, position) => `line ${position}`);
		const { lines } = appendChunk(UNREAD, "postgresql", look(many), 1000);
		expect(lines).toHaveLength(MOST_LOG_LINES);
		expect(lines[0]).toMatchObject({ number: 6, text: "line 5" });
	});

	test("keeps its lines with a fault, which has its beginning", () => {
		const fault = { kind: "timeout", message: "no answer" } as const;
		let tail = appendChunk(UNREAD, "postgresql", look(["a"]), 1000);
		tail = appendChunk(tail, "postgresql", look([], { source: null, fault }), 2000);
		tail = appendChunk(tail, "postgresql", look([], { source: null, fault }), 3000);
		expect(tail).toMatchObject({ readAt: 1000, fault: { since: 2000, fault }, lines: [{ text: "a" }] });
		expect(appendChunk(tail, "postgresql", look(["b"]), 4000).fault).toBeNull();
	});

	test("marks all lines of an error or warning", () => {
		const { lines } = appendChunk(
			UNREAD,
			"postgresql",
			look([
				"2026-11-23 08:25:45 UTC [54] LOG:  checkpoint starting: time",
				"2026-11-23 08:25:45 UTC [286] x@y ERROR:  relation does not exist at character 24",
				"2026-11-23 08:25:45 UTC [286] x@y STATEMENT:  SELECT",
				"\t  broken",
				"2026-11-23 08:25:46 UTC [54] LOG:  checkpoint complete",
				"2026-11-23 08:25:46 UTC [54] DETAIL:  of the checkpoint",
			]),
			1000,
		);
		expect(lines.map(({ isTrouble }) => isTrouble)).toEqual([false, true, true, true, false, false]);
	});
});

describe("the severity of a line", () => {
	test.each<[LogName, string, string | null]>([
		["postgresql", "2026-11-23 08:25:45.911 UTC [286] postgres@repmgr WARNING:  disk", "WARNING"],
		["postgresql", "2026-11-23 08:25:45 UTC [1] FATAL:  the database system is starting up", "FATAL"],
		["postgresql", "PANIC:  could not write", "PANIC"],
		["postgresql", "2026-11-23 08:25:45 UTC [1] LOG:  no ERROR here", "LOG"],
		["postgresql", '2026-11-23 08:25:45 UTC,"x","y",286,,,ERROR,42P01,"relation"', "ERROR"],
		["postgresql", '{"timestamp":"2026-11-23","error_severity":"FATAL","message":"x"}', "FATAL"],
		["postgresql", "\t  broken", null],
		["repmgrd", "[2026-11-23 07:54:27] [ERROR] connection to database failed", "ERROR"],
		["repmgrd", "INFO:  set_repmgrd_pid(): provided pidfile", "INFO"],
		["repmgrd", "2026-11-23T07:58:28+0000 n2 repmgrd[195]: [2026-11-23 07:58:28] [NOTICE] x", "NOTICE"],
		["repmgrd", "connection pointer is NULL", null],
	])("%s: %s", (name, text, word) => {
		const severity = severityIn(name, text);
		expect(severity?.word ?? null).toBe(word);
		if (severity !== null) expect(text.slice(severity.index)).toMatch(new RegExp(`^${word}`));
	});
});
