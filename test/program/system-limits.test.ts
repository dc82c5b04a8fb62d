import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../config/directory.ts";
import { personsEnvironment } from "../support/terminal.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/repmgr-console", import.meta.url));

/** Runs one line of sh(1), in which the program is "$console". */
function shell(line: string, more: Record<string, string> = {}) {
	const home = temporaryDirectory({});
	const env = personsEnvironment({ HOME: home, XDG_STATE_HOME: home, console: PROGRAM, ...more });
	return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
		execFile("sh", ["-c", line], { env, cwd: home }, (error, stdout, stderr) => {
			resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
		});
	});
}

describe("output that can't be written is an error", () => {
	test.each(["--version", "--help", "status --help", "runs resume --help", "config init --config x.yaml"])(
		"%s",
		async (command) => {
			const { exitCode, stderr } = await shell(`"$console" ${command} > /dev/full`);
			expect(stderr).toBe(
				"repmgr-console: error: could not write to standard output: No space left on device\n" +
					"DETAIL:  The output is incomplete.\n",
			);
			expect(exitCode).toBe(74);
		},
	);

	test("whatever else is wrong: then that code stays", async () => {
		const { exitCode, stderr } = await shell('"$console" status --no-such-option 2> /dev/full');
		expect({ exitCode, stderr }).toEqual({ exitCode: 64, stderr: "" });
	});

	test("but a reader that leaves is none", async () => {
		const { exitCode, stderr } = await shell('{ "$console" --help; echo "exit $?" >&2; } | true');
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "exit 0\n" });
	});
});

describe("too few files that may be open", () => {
	test.each([12, 20, 63])("%i: it does not start", async (files) => {
		const { exitCode, stderr } = await shell(`ulimit -n ${files} && "$console" --version`);
		expect(stderr).toBe(
			`repmgr-console: error: only ${files} files may be open at a time\n` +
				"DETAIL:  At least 64 are needed, and two more for each node.\n" +
				'HINT:  Raise the limit, as with "ulimit -n 1024".\n',
		);
		expect(exitCode).toBe(71);
	});

	test("a low limit that may be raised is", async () => {
		const { exitCode, stdout } = await shell('ulimit -S -n 20 && "$console" --version');
		expect(stdout).toMatch(/^\d/);
		expect(exitCode).toBe(0);
	});

	test("what finds none left tells it without a stack", async () => {
		const open = '{ const { openSync } = await import("node:fs"); for (;;) openSync("/dev/null"); }';
		const code = `process.on("newListener", (event) => { if (event === "uncaughtException") setImmediate(async () => ${open}); });`;
		const { exitCode, stderr } = await shell(
			'ulimit -n 64 && "$console" status -d "host=127.0.0.1 port=1 user=u dbname=d" --no-ssh',
			{ NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` },
		);
		expect(stderr).toBe(
			"repmgr-console: error: too many files are open on this machine\n" +
				'HINT:  Raise the limit, as with "ulimit -n 1024".\n',
		);
		expect(exitCode).toBe(71);
	});
});
