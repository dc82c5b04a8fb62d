import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseFoundLines } from "../../../src/probe/logs/found-reader.ts";
import { FOUND_LINES_SCRIPT, MOST_FOUND_LINES } from "../../../src/probe/logs/found-script.ts";

const FAILOVER = join(import.meta.dirname, "../../fixtures/logs/failover");
const at = (time: string): number => Date.parse(`2026-11-30T${time}Z`);
const RANGE = { from: at("15:40:00"), to: at("15:50:00") };

let directory = "";
let log = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	log = join(directory, "repmgrd.log");
	mkdirSync(join(directory, "bin"));
	mkdirSync(join(directory, "main", "log"), { recursive: true });
	journal("exit 0");
});
afterEach(() => rmSync(directory, { recursive: true }));

function journal(script: string): void {
	writeFileSync(join(directory, "bin", "journalctl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function read({ shell = "sh", zone = "UTC", logFile = log, redact = (text: string) => text } = {}) {
	const conf = join(directory, "repmgr.conf");
	writeFileSync(conf, `log_file = '${logFile}'\ndata_directory='${join(directory, "main")}'\n`);
	const words = [
		conf,
		String(RANGE.from / 1000),
		String(RANGE.to / 1000),
		"2026-11-29 2026-11-30 2026-12-01",
	];
	const output = execFileSync(shell, ["-c", FOUND_LINES_SCRIPT, "sh", ...words], {
		encoding: "utf8",
		env: { ...process.env, TZ: zone, PATH: `${join(directory, "bin")}:${process.env.PATH}` },
	});
	const { value } = parseFoundLines(output, RANGE, redact);
	if (value === undefined) throw new Error(output);
	return value;
}

describe.each(["dash", "bash"])("with %s", (shell) => {
	test("finds the lines of a recorded failover with their times, and none of before", () => {
		copyFileSync(join(FAILOVER, "node2.repmgrd.log"), log);
		copyFileSync(join(FAILOVER, "node2.postgresql.log"), join(directory, "main", "log", "postgresql.log"));
		const { lines, notes } = read({ shell });
		expect(notes).toEqual([]);
		const of = (name: string) => lines.filter((line) => line.of === name);
		expect(of("postgresql").map(({ at: time, text }) => [time - at("15:42:00"), text.slice(24)])).toEqual([
			[35_616, expect.stringContaining("ready to accept read-only")],
			[35_772, expect.stringContaining("started streaming")],
			[42_788, expect.stringContaining("could not receive data")],
			[42_944, expect.stringContaining("could not connect")],
			[47_663, expect.stringContaining("received promote request")],
			[47_664, expect.stringContaining("selected new timeline")],
			[47_701, expect.stringContaining("ready to accept")],
		]);
		expect(of("repmgrd")[0]).toMatchObject({
			at: at("15:42:43"),
			text: expect.stringContaining("unable to ping"),
		});
		expect(of("repmgrd").length).toBeGreaterThan(15);
	});

	test("reads the file before a rotation, and says where the log begins", () => {
		writeFileSync(`${log}.1`, '[2026-11-30 15:41:00] [NOTICE] promotion candidate is "node2" (ID: 2)\n');
		writeFileSync(log, "[2026-11-30 15:42:00] [NOTICE] election cancelled\n");
		const { lines, notes } = read({ shell });
		expect(lines.map(({ at: time }) => time)).toEqual([at("15:41:00"), at("15:42:00")]);
		expect(notes).toContain("repmgrd's log begins at 2026-11-30 15:41:00 UTC");
	});
});

test("repmgrd's times are the host's own, PostgreSQL's have their zone", () => {
	writeFileSync(log, "[2026-11-30 17:42:00] [NOTICE] election cancelled\n");
	writeFileSync(
		join(directory, "main", "log", "postgresql.log"),
		"2026-11-30 16:43:00.250 CET [9] LOG:  received fast shutdown request\n2026-11-30 12:44:00.5 -03 [9] LOG:  database system is shut down\n",
	);
	const { lines } = read({ zone: "Europe/Helsinki" });
	expect(lines.map(({ at: time }) => time)).toEqual([at("15:43:00.250"), at("15:44:00.500"), at("15:42:00")]);
});

test("a line that comes every two seconds does not hide the others", () => {
	writeFileSync(log, "[2026-11-30 15:42:00] [NOTICE] this node is the winner, will now promote itself\n");
	const lost = Array.from(
		{ length: 3 * MOST_FOUND_LINES },
		(_, line) => `[2026-11-30 15:43:00] [WARNING] connection to node "node1" (ID: ${line}) lost\n`,
	);
	appendFileSync(log, lost.join(""));
	const { lines } = read();
	expect(lines[0]?.text).toContain("winner");
	expect(lines).toHaveLength(21);
});

test("reads the journal, the kernel's lines as well, and cleans and redacts what it reads", () => {
	writeFileSync(log, "");
	journal(`case " $* " in
  *" --dmesg "*) echo "1796053320.500000 node2 kernel: Out of memory: Killed process 77 (postgres) total-vm:1kB" ;;
  *" --unit=repmgr"*) echo "1796053321.250000 node2 repmgrd[9]: [NOTICE] promote command failed: password=geheim \x1b[31m" ;;
esac`);
	const { lines } = read({ logFile: "", redact: (text) => text.replace("geheim", "********") });
	expect(lines.map(({ of, at: time }) => [of, time])).toEqual([
		["repmgrd", 1_796_053_321_250],
		["kernel", 1_796_053_320_500],
	]);
	expect(lines[0]?.text).toContain("password=******** \uFFFD[31m");
});

test("what may not be read is said, and half an output is no answer", () => {
	journal("echo 'no permission' >&2");
	const { lines, notes } = read({ logFile: "" });
	expect(lines).toEqual([]);
	expect(notes).toContain("repmgrd's log can't be read: the journal may not be read");
	expect(parseFoundLines("log repmgrd file /x\n", RANGE, String).fault?.message).toContain("did not finish");
});
