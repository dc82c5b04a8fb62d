import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { STOP_SCRIPT } from "../../../src/operation/fence/steps.ts";
import { SERVICE_SCRIPT } from "../../../src/operation/service/command.ts";

/** A host's programs, and its data directory. */
let directory: string;

const PROGRAMS = {
	// The unit, as the test cluster's systemd shows it while its ExecStop hangs.
	systemctl: `case $1 in
  show) printf '%s\\n' Job=1717 ControlPID=4711 ActiveState=deactivating SubState=stop 'StateChangeTimestamp=Mon 2026-11-30 15:40:02 UTC' ;;
  list-jobs) echo "1717 postgresql@15-main.service stop running"; echo "1718 other.service start waiting" ;;
esac
: >> "$DIR/told-$(ls "$DIR" | grep -c told)"`,
	ps: `case $* in *4711*) echo " 4711 /bin/sleep 400" ;; *) echo "  301 postgres: 15/main: checkpointer "; echo " 302 postgres: 15/main: archiver archiving 3" ;; esac`,
	// No time passes.
	sleep: `! [ -e "$DIR/told-3" ] || { : > "$DIR/slept"; exec /bin/sleep 1; }`,
	pg_ctl: `echo "pg_ctl $*"; case $1 in status) exit "$(cat "$DIR/status")" ;; esac`,
};

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	for (const [name, text] of Object.entries(PROGRAMS)) program(name, text);
	writeFileSync(join(directory, "postmaster.pid"), `${process.pid}\n`);
	writeFileSync(join(directory, "status"), "0");
});
afterEach(() => rmSync(directory, { recursive: true }));

function program(name: string, text: string): void {
	writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`);
	chmodSync(join(directory, name), 0o700);
}

function run(script: string, ...words: string[]) {
	const env = { PATH: `${directory}:${process.env.PATH}`, DIR: directory };
	const { status, stdout, stderr } = spawnSync("sh", ["-c", script, "sh", ...words], {
		env,
		encoding: "utf8",
	});
	return { status, lines: stdout.trimEnd().split("\n"), stderr };
}

const WAITS = [
	"postgresql@15-main is deactivating (stop) since Mon 2026-11-30 15:40:02 UTC; its job 1717 (stop) is running",
	"systemd waits for: 4711 /bin/sleep 400",
	`PostgreSQL runs: ${process.pid} postmaster; 301 15/main: checkpointer; 302 15/main: archiver archiving 3`,
];

test("a service command says what it waits for, until it ends", () => {
	program("timeout", `shift; until [ -e "$DIR/slept" ]; do :; done; exec "$@"`);
	expect(run(SERVICE_SCRIPT, "120", "postgresql@15-main", directory, "sh", "-c", "exit 3")).toEqual({
		status: 3,
		lines: ["still waiting after 5 s:", ...WAITS, "still waiting after 15 s, as before"],
		stderr: "",
	});
});

test("one that ends at once says nothing", () => {
	program("sleep", "exec /bin/sleep 1");
	expect(run(SERVICE_SCRIPT, "120", "", directory, "echo", "done")).toEqual({
		status: 0,
		lines: ["done"],
		stderr: "",
	});
});

test("when the time is over, the waiting ends with what is so", () => {
	program("sleep", "exec /bin/sleep 1");
	program("timeout", "exit 124");
	const { status, lines } = run(SERVICE_SCRIPT, "120", "postgresql@15-main", directory, "true");
	expect(status).toBe(124);
	expect(lines).toEqual([
		"not done after 120 s: this no longer waits; what the service manager has begun goes on:",
		...WAITS,
	]);
});

test("a fence stops at once what has not stopped in good order, and only that", () => {
	program("sleep", "exec /bin/sleep 1");
	program("timeout", "exit 124");
	const stop = () => run(STOP_SCRIPT, "pg_ctl", "60", "", directory, "true");
	expect(stop()).toMatchObject({
		status: 0,
		lines: [
			expect.stringContaining("not done after 60 s"),
			WAITS[2],
			"stopping it at once, as in a crash",
			`pg_ctl stop -D ${directory} -m immediate -t 30`,
		],
	});
	writeFileSync(join(directory, "status"), "3");
	expect(stop().lines.join()).not.toContain("immediate");
});
