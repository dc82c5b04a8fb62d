import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { SUDO_PASSWORD_NEEDED } from "../../../src/model/fault.ts";
import {
	afterGreeting,
	commandLine,
	loginShellFault,
	outputOf,
	userSwitchFault,
} from "../../../src/transport/ssh/command.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** What sshd does with a line: it gives it to the login shell of the user. */
function inLoginShell(shell: string, line: string, input = "") {
	const home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	try {
		const { status, stdout, stderr } = spawnSync(shell, ["-c", line], {
			encoding: "utf8",
			input,
			env: { PATH: process.env.PATH, HOME: home },
		});
		return { exitCode: status, stdout, stderr };
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
}

describe.each(["sh", "dash", "bash", "zsh", "fish", "tcsh"])("the login shell %s", (shell) => {
	const run = (argv: readonly string[], input?: string) => {
		const ended = inLoginShell(shell, commandLine(argv, "dba", undefined).value as string, input);
		return { ...ended, stdout: outputOf(ended.stdout) };
	};

	test("passes every byte but NUL in arguments unchanged", () => {
		const words = Array.from({ length: 0x17f }, (_, index) => String.fromCodePoint(index + 1)).flatMap(
			(c) => [c, `a${c}b`, `${c}${c}'`, `'\\${c}`],
		);
		const { stdout, stderr } = run(["printf", "%s\\0", ...words]);
		expect(stderr).toBe("");
		expect(stdout?.split("\0").slice(0, -1)).toEqual(words);
	});

	test.each([
		"/etc/repmgr.conf\\' ; touch PWNED; #",
		"'; touch PWNED; '",
		"\\'; touch PWNED; \\'",
		"$(touch PWNED)`touch PWNED`",
		"a\ntouch PWNED\n!touch\n!!",
	])("nothing of %j is run", (hostile) => {
		const directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
		const word = hostile.replaceAll("PWNED", join(directory, "pwned"));
		expect(run(["printf", "%s", word]).stdout).toBe(word);
		expect(readdirSync(directory)).toEqual([]);
		rmdirSync(directory);
	});

	test("runs a script of many lines with input, both outputs and exit code", () => {
		const script =
			"if read -r word; then\n  printf '%s\\n' \"got $word\" '\\\\' $1\nfi\necho err >&2\nexit 3\n";
		expect(run(["sh", "-c", script, "sh", "one"], "input\n")).toEqual({
			exitCode: 3,
			stdout: "got input\n\\\\\none\n",
			stderr: "err\n",
		});
	});

	test("passes 60 kB of arguments", () => {
		const words = Array.from({ length: 600 }, (_, index) => `${index}${"x".repeat(97)}`);
		expect(run(["printf", "%s ", ...words]).stdout).toBe(`${words.join(" ")} `);
	});
});

describe("a login shell that does not run commands", () => {
	test.each(["/usr/sbin/nologin", "/bin/false"])(
		"%s is told from a command that printed nothing",
		(shell) => {
			const ended = inLoginShell(shell, commandLine(["true"], "dba", undefined).value as string);
			expect(outputOf(ended.stdout)).toBeNull();
			expect(loginShellFault("node1", "dba", ended)).toMatchObject({
				kind: "command",
				message: 'login shell of "dba" on "node1" did not run the command',
				detail: /currently not available|printed nothing/,
			});
		},
	);

	test("output of start-up files before the command is left out, in pieces too", () => {
		expect(outputOf("motd\nhellorepmgr-console 1\nout\n")).toBe("out\n");
		const pieces: string[] = [];
		const take = afterGreeting((piece) => pieces.push(piece));
		for (const piece of ["motd\nrepmgr-", "console 1", "\n", "one", "\ntwo"]) take(piece);
		expect(pieces).toEqual(["one", "\ntwo"]);
	});
});

test("a NUL byte and an empty command are faults", () => {
	expect(commandLine(["echo", "a\0b"], "root", undefined).fault).toMatchObject({
		kind: "command",
		message: /NUL byte/,
	});
	expect(commandLine([], "root", "postgres").fault?.kind).toBe("command");
});

describe("another user", () => {
	test.each([
		["dba", undefined, "exec id"],
		["postgres", "postgres", "exec id"],
		["dba", "postgres", "cd / && exec sudo -n -u postgres -- id"],
		["root", "postgres", "cd / && exec runuser -u postgres -- id"],
		["dba", "-x; id", "cd / && exec sudo -n -u '-x; id' -- id"],
	])("%s as %s", (loginUser, user, line) => {
		const words = commandLine(["id"], loginUser, user).value?.split("' sh ")[1]?.replaceAll(" ", "") ?? "";
		expect(Buffer.from(words, "base64").toString()).toBe(`echo 'repmgr-console 1'; ${line}`);
	});

	const ended = (exitCode: number, stderr: string) => ({ exitCode, stdout: "", stderr });
	const fault = (exitCode: number, stderr: string) =>
		userSwitchFault("node1", "dba", "postgres", ended(exitCode, stderr));

	test.each([
		"sudo: a password is required\n",
		"sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n",
		"sudo: interactive authentication is required\n",
		"sudo-rs: interactive authentication is required\n",
		"sudo: sorry, you must have a tty to run sudo\n",
		"sudo: unable to resolve host node1: Name or service not known\nsudo: a password is required\n",
	])("sudo asks for a password: %j", (stderr) => {
		expect(fault(1, stderr)).toEqual({
			kind: "permission",
			message: 'sudo on "node1" asks for a password',
			detail: stderr.trim(),
			code: SUDO_PASSWORD_NEEDED,
			hint:
				"Give the password, as with --sudo-password-file. To do without one: " +
				'On "node1", run "visudo -f /etc/sudoers.d/repmgr-console-login" and add: ' +
				"dba ALL=(postgres) NOPASSWD: ALL",
		});
	});

	test.each([
		[
			1,
			"Sorry, user dba is not allowed to execute '/usr/bin/id' as postgres on node1.\n",
			/does not let "dba" act/,
		],
		[1, "sudo: Maximum 3 incorrect authentication attempts\n", /does not accept the password/],
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

	test("messages of a command run as the login user are not interpreted", () => {
		const result = ended(1, "sudo: a password is required\n");
		expect(userSwitchFault("node1", "dba", undefined, result)).toBeNull();
		expect(userSwitchFault("node1", "dba", "dba", result)).toBeNull();
	});

	test("the host's messages are truncated", () => {
		expect(fault(1, `sudo: a password is required${"x".repeat(100_000)}`)?.detail?.length).toBeLessThan(600);
	});
});
