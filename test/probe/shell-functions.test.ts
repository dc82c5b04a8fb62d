import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programFault } from "../../src/model/repmgr-conf.ts";
import { PROGRAM_OF, parseProgram } from "../../src/probe/shell-functions.ts";

let directory = "";
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	for (const [name, text, mode] of [
		["stop.sh", "#!/bin/sh\nexit 0\n", 0o755],
		["plain.sh", "#!/bin/sh\nexit 0\n", 0o644],
		["windows.sh", "#!/bin/sh\r\nexit 0\r\n", 0o755],
		["other.sh", "#!/opt/none/python\n", 0o755],
		["shell.sh", "exit 0\n", 0o755],
	] as const) {
		writeFileSync(join(directory, name), text);
		chmodSync(join(directory, name), mode);
	}
});
afterAll(() => rmSync(directory, { recursive: true }));

function programOf(command: string) {
	const script = `${PROGRAM_OF}\necho "x_command $(program_of "$1")"`;
	const output = execFileSync("sh", ["-c", script, "sh", command], { encoding: "utf8" });
	return parseProgram(output.trim());
}

test.each([
	["DIR/stop.sh %n", "runnable", "DIR/stop.sh"],
	["sudo DIR/stop.sh", "runnable", "DIR/stop.sh"],
	["sudo -n DIR/stop.sh", "runnable", "DIR/stop.sh"],
	['DIR/shell.sh "%d" | logger', "runnable", "DIR/shell.sh"],
	["ls -l", "runnable", "/bin/ls"],
	["/bin/sh DIR/plain.sh", "runnable", "DIR/plain.sh"],
	["DIR/none.sh", "missing", "DIR/none.sh"],
	["sudo DIR/none.sh", "missing", "DIR/none.sh"],
	["bash DIR/none.sh", "missing", "DIR/none.sh"],
	["repmgrr standby promote", "missing", "repmgrr"],
	["DIR stop", "not executable", "DIR"],
	["DIR/windows.sh", "no interpreter", "DIR/windows.sh"],
	["DIR/other.sh", "no interpreter", "DIR/other.sh"],
	["sudo -u postgres DIR/none.sh", "unclear", ""],
	["'DIR/none.sh'", "unclear", ""],
	["PGPASSWORD=geheim DIR/stop.sh", "unclear", ""],
	["env DIR/none.sh", "unclear", ""],
	["sh -c 'DIR/none.sh'", "unclear", ""],
	["if true; then DIR/none.sh; fi", "unclear", ""],
	["$HOME/none.sh", "unclear", ""],
	["*", "unclear", ""],
])("the program of %s is %s", (command, state, program) => {
	const found = programOf(command.replaceAll("DIR", directory));
	expect({ ...found, program: found.program.replace(/^\/usr\/bin\/ls$/, "/bin/ls") }).toEqual({
		parameter: "x_command",
		state,
		program: program.replace("DIR", directory),
	});
});

test("tells a file that may not be executed from a missing one", () => {
	const state = programOf(join(directory, "plain.sh")).state;
	expect(state).toBe("not executable");
	const fault = (word: Parameters<typeof programFault>[0]["state"], program: string) =>
		programFault({ parameter: "x", state: word, program });
	expect(fault("missing", "/opt/x")).toBe("/opt/x does not exist.");
	expect(fault("missing", "repmgrr")).toBe("repmgrr is not in the PATH of a service.");
	expect(fault("not executable", "/opt/x")).toMatch(/may not execute/);
	expect(fault("unclear", "")).toBeNull();
});
