import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseHostTimelines } from "../../../src/probe/timelines/parse.ts";
import { TIMELINES_SCRIPT } from "../../../src/probe/timelines/script.ts";
import { hostReading } from "../../support/records.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-"));
	mkdirSync(join(directory, "data", "pg_wal"), { recursive: true });
	mkdirSync(join(directory, "data", "log"));
	writeFileSync(join(directory, "repmgr.conf"), `data_directory='${directory}/data'\n`);
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (path: string, text: string): void => writeFileSync(join(directory, "data", path), text);

function look(shell: string) {
	const argv = ["-c", TIMELINES_SCRIPT, "sh", join(directory, "repmgr.conf")];
	const { stdout, status } = spawnSync(shell, argv, { encoding: "utf8" });
	expect(status).toBe(0);
	const { histories, logged } = parseHostTimelines(stdout, hostReading());
	return { histories, logged };
}

const AT = Date.UTC(2026, 10, 30, 7, 0, 42, 390);

describe.each(["dash", "bash"])("by %s", (shell) => {
	test("reads history files as PostgreSQL 15 writes them, with their times", () => {
		write("pg_wal/00000002.history", "1\t0/60000A0\tno recovery target specified\n");
		write(
			"pg_wal/00000003.history",
			"1\t0/60000A0\tno recovery target specified\n\n2\t0/601A960\tbefore 2026-11-30 07:00:00+00\n",
		);
		// Not one of PostgreSQL's, and one that is just being written.
		write("pg_wal/$(touch pwned).history", "1\t0/60000A0\tx\n");
		write("pg_wal/0000000A.history", "");
		for (const name of ["00000002", "00000003"]) {
			utimesSync(join(directory, "data", "pg_wal", `${name}.history`), AT / 1000, AT / 1000);
		}
		const first = { timeline: 1, endLsn: "0/60000A0", reason: "no recovery target specified" };
		expect(look(shell)).toEqual({
			histories: [
				{ timeline: 2, writtenAt: AT, lines: [first] },
				{
					timeline: 3,
					writtenAt: AT,
					lines: [first, { timeline: 2, endLsn: "0/601A960", reason: "before 2026-11-30 07:00:00+00" }],
				},
			],
			logged: null,
		});
	});

	test("finds promotions in the log and in the one before, with times in any time zone, or none", () => {
		const line = (prefix: string, timeline: number): string =>
			`${prefix}LOG:  selected new timeline ID: ${timeline}\n`;
		write("current_logfiles", "stderr log/postgresql.log\n");
		write("log/postgresql.log.1", line("2026-11-30 08:00:42.390 CET [26] ", 2));
		write(
			"log/postgresql.log",
			`2026-11-30 07:01:48.119 UTC [1790] LOG:  received promote request\n${line("2026-11-30 07:01:48 UTC [1790] ", 3)}${line("[1790] ", 4)}${line("2026-11-30 07:01:48 $(touch pwned) ", 5)}2026-11-30 07:01:48 UTC,,,26,LOG,00000,"selected new timeline ID: 6",,,,\n{"timestamp":"2026-11-30 07:01:48 UTC","message":"selected new timeline ID: 7"}\n`,
		);
		expect(look(shell)).toEqual({
			histories: [],
			logged: [
				{ timeline: 2, at: AT },
				{ timeline: 3, at: Date.UTC(2026, 10, 30, 7, 1, 48) },
				{ timeline: 4, at: null },
				{ timeline: 5, at: null },
				{ timeline: 6, at: Date.UTC(2026, 10, 30, 7, 1, 48) },
				{ timeline: 7, at: Date.UTC(2026, 10, 30, 7, 1, 48) },
			],
		});
	});

	test("says that there is no data directory", () => {
		rmSync(join(directory, "data"), { recursive: true });
		expect(look(shell)).toEqual({ histories: null, logged: null });
	});
});

test("reads the newest of many history files", () => {
	const names = Array.from({ length: 60 }, (_, position) => position + 2);
	for (const timeline of names) {
		const name = timeline.toString(16).toUpperCase().padStart(8, "0");
		write(`pg_wal/${name}.history`, `${timeline - 1}\t0/60000A0\tno recovery target specified\n`);
	}
	expect(look("sh").histories?.map(({ timeline }) => timeline)).toEqual(names.slice(10));
});
