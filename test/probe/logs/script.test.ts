import { execFileSync } from "node:child_process";
import {
	appendFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LogPosition, NO_POSITION, parseLogs } from "../../../src/probe/logs/parse.ts";
import { LOG_SCRIPT } from "../../../src/probe/logs/script.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	// An empty journal: reading this machine's own takes longer than all the rest.
	mkdirSync(join(directory, "bin"));
	writeFileSync(join(directory, "bin", "journalctl"), "#!/bin/sh\n", { mode: 0o755 });
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Follows the repmgrd log that a repmgr.conf names, read by read, on this machine. */
function follow(log: string, { shell = "sh", mostBytes = 1000 } = {}) {
	const conf = join(directory, "repmgr.conf");
	writeFileSync(conf, `log_file = '${log}'\ndata_directory='${join(directory, "main")}'\n`);
	let positions: Record<string, LogPosition> = {};
	return (name = "repmgrd") => {
		const words = ["postgresql", "repmgrd"].flatMap((of) => {
			const { file, inode, offset, cursor } = positions[of] ?? NO_POSITION;
			return [file, inode, offset, cursor];
		});
		const output = execFileSync(shell, ["-c", LOG_SCRIPT, "sh", conf, String(mostBytes), "50", ...words], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "pipe"],
			env: { ...process.env, PATH: `${join(directory, "bin")}:${process.env.PATH}` },
		});
		const logs = parseLogs(output, (text) => text) ?? new Map();
		positions = Object.fromEntries([...logs].map(([of, { position }]) => [of, position ?? positions[of]]));
		return logs.get(name)?.look;
	};
}

const texts = (look: ReturnType<ReturnType<typeof follow>>) =>
	look?.lines.map(({ text, isNote }: { text: string; isNote: boolean }) => (isNote ? `(${text})` : text));

describe.each(["dash", "bash"])("following a file with %s", (shell) => {
	test("reads what is there, then what is new, nothing twice, and a half line once it is whole", () => {
		// The path is data, with blanks, quotes and commands.
		const log = join(directory, 'a "b" $(touch pwned); c.log');
		writeFileSync(log, "one\ntw");
		const look = follow(log, { shell });
		const first = look();
		expect(first).toMatchObject({ source: log, isFirst: true });
		expect(texts(first)).toEqual(["one"]);
		expect(texts(look())).toEqual([]);
		appendFileSync(log, "o ü\nthree\n");
		const next = look();
		expect(next?.isFirst).toBe(false);
		expect(texts(next)).toEqual(["two ü", "three"]);
		expect(readdirSync(directory)).not.toContain("pwned");
	});

	test("reads the newest whole lines of a long log, without a note on older ones", () => {
		const log = join(directory, "repmgrd.log");
		writeFileSync(log, Array.from({ length: 100 }, (_, line) => `line ${line} ${"x".repeat(40)}\n`).join(""));
		const lines = texts(follow(log, { shell })()) ?? [];
		expect(lines.length).toBeGreaterThan(15);
		expect(lines.length).toBeLessThan(21);
		expect(lines.every((line: string) => /^line \d+ x{40}$/.test(line))).toBe(true);
		expect(lines.at(-1)).toMatch(/^line 99 /);
	});

	test("goes on behind a rotation, and skips lines where the log grows too fast", () => {
		const log = join(directory, "repmgrd.log");
		writeFileSync(log, "one\n");
		const look = follow(log, { shell });
		look();
		// Renamed as logrotate does: the rest of the old file, then the new one.
		appendFileSync(log, "last of the old\n");
		renameSync(log, `${log}.1`);
		writeFileSync(log, "first of the new\n");
		expect(texts(look())).toEqual([
			"last of the old",
			`(the log goes on in a new file ${log})`,
			"first of the new",
		]);
		appendFileSync(log, "second\n");
		expect(texts(look())).toEqual(["second"]);
		// Copied and emptied: from the beginning.
		truncateSync(log);
		appendFileSync(log, "new\n");
		expect(texts(look())).toEqual([`(the log goes on in a new file ${log})`, "new"]);
		appendFileSync(log, `${"y".repeat(99)}\n`.repeat(50));
		const lines = texts(look()) ?? [];
		expect(lines[0]).toBe("(4 kB were passed over: the log grew too fast)");
		expect(lines).toHaveLength(11);
	});
});

describe("where PostgreSQL logs", () => {
	test("current_logfiles comes first, relative to the data directory, and its next file is followed", () => {
		const data = join(directory, "main");
		mkdirSync(join(data, "log"), { recursive: true });
		writeFileSync(join(data, "log", "mon.log"), "LOG:  monday\n");
		writeFileSync(join(data, "current_logfiles"), "csvlog log/mon.csv\nstderr log/mon.log\n");
		const look = follow(join(directory, "none.log"));
		expect(look("postgresql")).toMatchObject({
			source: join(data, "log/mon.log"),
			lines: [{ text: "LOG:  monday" }],
		});
		appendFileSync(join(data, "log", "mon.log"), "LOG:  late\n");
		writeFileSync(join(data, "log", "tue.log"), "LOG:  tuesday\n");
		writeFileSync(join(data, "current_logfiles"), "stderr log/tue.log\n");
		expect(texts(look("postgresql"))?.filter((text: string) => !text.startsWith("("))).toEqual([
			"LOG:  late",
			"LOG:  tuesday",
		]);
	});

	test("the newest file in the data directory when the server does not run", () => {
		const data = join(directory, "main");
		mkdirSync(join(data, "log"), { recursive: true });
		writeFileSync(join(data, "log", "a.log"), "LOG:  the end\n");
		expect(texts(follow("/nowhere.log")("postgresql"))).toEqual(["LOG:  the end"]);
	});
});

test("reports each log by itself, also when the other is not found", () => {
	const log = join(directory, "repmgrd.log");
	writeFileSync(log, "one\n");
	const look = follow(log);
	expect(texts(look())).toEqual(["one"]);
	expect(look("postgresql")?.source).toMatch(/^journal/);
});
