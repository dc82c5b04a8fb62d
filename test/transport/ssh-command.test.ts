import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commandLine, quoteArgv, userSwitchFault } from "../../src/transport/ssh-command.ts";

describe("quoting", () => {
	test.each([
		[["repmgr", "-f", "/etc/repmgr.conf", "node", "check"], "repmgr -f /etc/repmgr.conf node check"],
		[["psql", "-c", "select 1"], "psql -c 'select 1'"],
		[["echo", "it's"], "echo 'it'\\''s'"],
		[["echo", ""], "echo ''"],
		[["echo", "a=b", "~", "*"], "echo a=b '~' '*'"],
		[["A=b"], "'A=b'"],
		[["echo", "$(id)\n`id`"], "echo '$(id)\n`id`'"],
	])("%j", (argv, line) => {
		expect(quoteArgv(argv).value).toBe(line);
	});

	test.each(["/bin/sh", "/bin/bash"])("every byte but NUL survives %s", (shell) => {
		const words = Array.from({ length: 0x17f }, (_, index) => String.fromCodePoint(index + 1)).flatMap(
			(c) => [c, `a${c}b`, `${c}${c}'`],
		);
		const line = quoteArgv(["printf", "%s\\0", ...words]).value as string;
		const output = execFileSync(shell, ["-c", line], { encoding: "utf8" });
		expect(output.split("\0").slice(0, -1)).toEqual(words);
	});

	test("a NUL byte and an empty command are faults", () => {
		expect(quoteArgv(["echo", "a\0b"]).fault).toMatchObject({ kind: "command", message: /NUL byte/ });
		expect(quoteArgv([]).fault?.kind).toBe("command");
		expect(commandLine([], "root", "postgres").fault?.kind).toBe("command");
	});
});

describe("another user", () => {
	test.each([
		["dba", undefined, "id"],
		["postgres", "postgres", "id"],
		["dba", "postgres", "cd / && sudo -n -u postgres -- id"],
		["root", "postgres", "cd / && runuser -u postgres -- id"],
		["dba", "-x; id", "cd / && sudo -n -u '-x; id' -- id"],
	])("%s as %s", (loginUser, user, line) => {
		expect(commandLine(["id"], loginUser, user).value).toBe(line);
	});

	const ended = (exitCode: number, stderr: string) => ({ exitCode, stdout: "", stderr });
	const fault = (exitCode: number, stderr: string) =>
		userSwitchFault("node1", "dba", "postgres", ended(exitCode, stderr));

	test.each([
		"sudo: a password is required\n",
		"sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n",
		"sudo: sorry, you must have a tty to run sudo\n",
		"sudo: unable to resolve host node1: Name or service not known\nsudo: a password is required\n",
	])("sudo asks for a password: %j", (stderr) => {
		expect(fault(1, stderr)).toEqual({
			kind: "permission",
			message: 'sudo on "node1" asks for a password',
			detail: stderr.trim(),
			hint:
				'On "node1", run "visudo -f /etc/sudoers.d/repmgr-console" and add: ' +
				"dba ALL=(postgres) NOPASSWD: ALL",
		});
	});

	test.each([
		[
			1,
			"Sorry, user dba is not allowed to execute '/usr/bin/id' as postgres on node1.\n",
			/does not let "dba" act/,
		],
		[1, "Sorry, user dba may not run sudo on node1.\n", /does not let "dba" act/],
		[1, "dba is not in the sudoers file.\n", /does not let "dba" act/],
		[
			1,
			"sudo: unknown user postgres\nsudo: error initializing audit plugin sudoers_audit\n",
			/does not exist/,
		],
		[1, "sudo: unknown user: postgres\nsudo: unable to initialize policy plugin\n", /does not exist/],
		[127, "bash: line 1: sudo: command not found\n", /sudo is not installed/],
		[127, "sh: 1: sudo: not found\n", /sudo is not installed/],
	])("%i %j", (exitCode, stderr, message) => {
		expect(fault(exitCode, stderr)).toMatchObject({ kind: "permission", message });
	});

	test.each([
		[0, "sudo: unable to resolve host node1: Name or service not known\n"],
		[1, "sudo: unable to resolve host node1: Name or service not known\n"],
		[1, "pg_ctl: no server running\n"],
		[127, "bash: repmgr: command not found\n"],
	])("the command's own end: %i %j", (exitCode, stderr) => {
		expect(fault(exitCode, stderr)).toBeNull();
	});

	test("words of a command that ran as ourselves mean nothing", () => {
		const result = ended(1, "sudo: a password is required\n");
		expect(userSwitchFault("node1", "dba", undefined, result)).toBeNull();
		expect(userSwitchFault("node1", "dba", "dba", result)).toBeNull();
	});

	test("what the host says is bounded", () => {
		expect(fault(1, `sudo: a password is required${"x".repeat(100_000)}`)?.detail?.length).toBeLessThan(600);
	});
});
