import type { Fault, Outcome } from "../cluster/fault.ts";
import { shellWords } from "../cluster/shell-words.ts";
import type { CommandResult } from "./ports.ts";
import { bounded } from "./ssh-fault.ts";

/** One line for the login shell. A NUL byte can't be passed to a program at all, so it is a fault. */
export function quoteArgv(argv: readonly string[]): Outcome<string> {
	if (argv.length === 0) return { fault: { kind: "command", message: "no command to run" } };
	if (argv.some((word) => word.includes("\0"))) {
		return {
			fault: {
				kind: "command",
				message: `argument of "${bounded(argv[0] ?? "", 80)}" contains a NUL byte`,
				detail: "No program can be given such an argument.",
			},
		};
	}
	return { value: shellWords(argv) };
}

/**
 * The line that runs `argv` as `user`, logged in as `loginUser`. Root uses runuser (util-linux, so
 * also where sudo is not installed); anybody else needs a sudo rule without a password. The
 * working directory becomes `/`: another user may not enter the login user's home, and PostgreSQL's
 * programs before 16 complain about that on standard error.
 */
export function commandLine(
	argv: readonly string[],
	loginUser: string,
	user: string | undefined,
): Outcome<string> {
	if (user === undefined || user === loginUser) return quoteArgv(argv);
	// Checked by itself: with a prefix, nothing to run would mean a shell as that user.
	const own = quoteArgv(argv);
	if (own.fault) return own;
	const prefix = loginUser === "root" ? ["runuser", "-u", user, "--"] : ["sudo", "-n", "-u", user, "--"];
	const line = quoteArgv([...prefix, ...argv]);
	return line.fault ? line : { value: `cd / && ${line.value}` };
}

/**
 * Why the command did not run as `user`, or null where it did. sudo and runuser end with 1 and 127 like
 * any command, so their words decide; the session asks for LC_ALL=C to keep them English.
 * Texts: sudo 1.8 to 1.9.16, runuser of util-linux 2.38, dash, bash.
 */
export function userSwitchFault(
	host: string,
	loginUser: string,
	user: string | undefined,
	result: CommandResult,
): Fault | null {
	if (user === undefined || user === loginUser) return null;
	const detail = bounded(result.stderr.trim(), 500);
	const fault = (message: string, hint?: string): Fault =>
		hint === undefined
			? { kind: "permission", message, detail }
			: { kind: "permission", message, detail, hint };
	if (result.exitCode === 1) {
		if (/^sudo: .*(password is required|terminal is required|must have a tty)/m.test(result.stderr)) {
			return fault(`sudo on "${host}" asks for a password`, sudoHint(host, loginUser, user));
		}
		if (/^(Sorry, user .* (not allowed|may not run)|.* is not in the sudoers file)/m.test(result.stderr)) {
			return fault(
				`sudo on "${host}" does not let "${loginUser}" act as "${user}"`,
				sudoHint(host, loginUser, user),
			);
		}
		if (/^(sudo: unknown user|runuser: user .* does not exist)/m.test(result.stderr)) {
			return fault(`operating system user "${user}" does not exist on "${host}"`);
		}
	}
	if (result.exitCode === 127 && /\bsudo: (command )?not found/.test(result.stderr)) {
		return fault(
			`sudo is not installed on "${host}"`,
			`Install sudo there, or log in as "${user}" with --ssh-user.`,
		);
	}
	return null;
}

function sudoHint(host: string, loginUser: string, user: string): string {
	return (
		`On "${host}", run "visudo -f /etc/sudoers.d/repmgr-console" and add: ` +
		`${loginUser} ALL=(${user}) NOPASSWD: ALL`
	);
}
