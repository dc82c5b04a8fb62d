import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FIND_TOOL, UNIT_OF } from "../../src/probe/shell-functions.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (script: string, ...words: readonly string[]): string =>
	execFileSync("dash", ["-c", script, "sh", ...words], { encoding: "utf8" });

describe("the unit of a process is that of its cgroup", () => {
	test.each([
		["0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n", "postgresql@15-main.service"],
		["0::/system.slice/edb-as-15.service\n", "edb-as-15.service"],
		["0::/system.slice/postgres.service\n", "postgres.service"],
		["0::/system.slice/system-repmgrd.slice/repmgrd@17-main.service\n", "repmgrd@17-main.service"],
		["0::/system.slice/repmgr12.service\n", "repmgr12.service"],
		["0::/system.slice/my\\x2dpostgres.service/supervised\n", "my\\x2dpostgres.service"],
		// Version 1, and both at once.
		["12:pids:/x\n1:name=systemd:/system.slice/postgresql-13.service\n0::/\n", "postgresql-13.service"],
		["0::/user.slice/user-0.slice/session-3.scope\n", ""],
		["0::/user.slice/user-26.slice/user@26.service/app.slice/mine.service\n", ""],
		["0::/system.slice/ssh.service\n", ""],
		["0::/system.slice/sshd.service\n", ""],
		["0::/system.slice/sshd@3-10.0.0.1:22.service\n", ""],
		["0::/system.slice/cron.service\n", ""],
		["0::/\n", ""],
		["0::/system.slice/$(reboot).service\n", ""],
	])("%j: %s", (cgroup, unit) => {
		mkdirSync(join(directory, "7"));
		writeFileSync(join(directory, "7", "cgroup"), cgroup);
		const script = `${UNIT_OF.replaceAll("/proc/", `${directory}/`)}\nunit_of 7; printf %s "$unit"`;
		expect(run(script)).toBe(unit);
	});

	test("a process that is gone has none", () => {
		expect(run(`${UNIT_OF}\nunit=old; unit_of 4194305; printf %s "$unit"`)).toBe("");
	});
});

test.each([
	["sudo systemctl start postgresql@15-main", "postgresql@15-main.service"],
	["/usr/bin/systemctl start edb-as-15.service", "edb-as-15.service"],
	["systemctl --no-ask-password start postgres", "postgres.service"],
	["doas systemctl start repmgr-16", "repmgr-16.service"],
	["pg_ctl -D /data start", ""],
	["sudo systemctl start", "start.service"],
	["systemctl start $(reboot)", ""],
	["systemctl start --now", ""],
])("the unit in the service command %j is %j", (command, unit) => {
	expect(run(`${UNIT_OF}\nunit_in "$1"; printf %s "$unit"`, command)).toBe(unit);
});

describe("a program of PostgreSQL is found", () => {
	const find = (setting = ""): string =>
		run(
			`data=$1; conf_pg_bindir=$2\n${FIND_TOOL}\nfind_tool pg_tool_of_the_test; printf %s "$tool"`,
			directory,
			setting,
		);
	function make(path: string): string {
		mkdirSync(join(directory, path), { recursive: true });
		const tool = join(directory, path, "pg_tool_of_the_test");
		writeFileSync(tool, "#!/bin/sh\n");
		chmodSync(tool, 0o755);
		return tool;
	}

	test("where pg_bindir says, outside PATH", () => {
		const tool = make("a");
		expect(find(join(directory, "a"))).toBe(tool);
		expect(find(join(directory, "a/"))).toBe(tool);
	});

	test("where the server that ran last lies, also while it is down", () => {
		const tool = make("usr/edb/as15/bin");
		writeFileSync(
			join(directory, "postmaster.opts"),
			`${directory}/usr/edb/as15/bin/edb-postgres "-D" "${directory}"\n`,
		);
		expect(find()).toBe(tool);
		expect(find("/nowhere")).toBe(tool);
	});

	test("nowhere", () => {
		expect(find()).toBe("");
		writeFileSync(join(directory, "postmaster.opts"), "postgres -D .\n");
		expect(find()).toBe("");
	});
});
