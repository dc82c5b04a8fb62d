import type { Fault, Outcome } from "../../model/fault.ts";
import { shellWords } from "../../text/shell.ts";
import type { CommandResult } from "../ports.ts";
import { bounded } from "./fault.ts";

/** The first line of what every command prints: it proves that a shell ran the command, and where its output begins. */
const GREETING = "repmgr-console 1\n";

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
	// Checked by itself: with a prefix, nothing to run would mean a shell as that user.
	const fault = unfitFault(argv);
	if (fault !== null) return { fault };
	if (user === undefined || user === loginUser) return { value: loginShellLine(`exec ${shellWords(argv)}`) };
	const prefix = loginUser === "root" ? ["runuser", "-u", user, "--"] : ["sudo", "-n", "-u", user, "--"];
	return { value: loginShellLine(`cd / && exec ${shellWords([...prefix, ...argv])}`) };
}

/** A NUL byte can't be passed to a program at all. */
function unfitFault(argv: readonly string[]): Fault | null {
	if (argv.length === 0) return { kind: "command", message: "no command to run" };
	if (!argv.some((word) => word.includes("\0"))) return null;
	return {
		kind: "command",
		message: `argument of "${bounded(argv[0] ?? "", 80)}" contains a NUL byte`,
		detail: "No program can be given such an argument.",
	};
}

/**
 * sshd gives a command to the login shell of the user, which may be any: in fish a backslash escapes within single quotes,
 * in csh a line break ends the command, and "!" recalls another one. This line holds nothing that shells read differently:
 * the command itself goes as base64 to sh(1). Words stay short, as csh allows.
 */
function loginShellLine(line: string): string {
	const words = Buffer.from(`echo '${GREETING.trim()}'; ${line}`)
		.toString("base64")
		.match(/.{1,1000}/g);
	return `sh -c 'eval "$(printf %s "$@" | base64 -d)"' sh ${words?.join(" ")}`;
}

/** Takes standard output in pieces and hands on what follows the greeting; before it stands what start-up files print. */
export function afterGreeting(handOn: (piece: string) => void): (piece: string) => void {
	let before: string | null = "";
	return (piece) => {
		if (before === null) return handOn(piece);
		const output = outputOf(before + piece);
		before = output === null ? before + piece : null;
		if (output !== null && output !== "") handOn(output);
	};
}

/** What the command itself printed; null where none was run. */
export function outputOf(stdout: string): string | null {
	const at = stdout.indexOf(GREETING);
	return at === -1 ? null : stdout.slice(at + GREETING.length);
}

/** Nothing of the command's was run: nologin, another command that sshd forces, a shell that can't run programs. */
export function loginShellFault(
	host: string,
	loginUser: string,
	{ exitCode, stdout, stderr }: CommandResult,
): Fault {
	const said = bounded(`${stdout}\n${stderr}`.trim(), 500);
	return {
		kind: "command",
		message: `login shell of "${loginUser}" on "${host}" did not run the command`,
		detail:
			said === ""
				? `It ended with exit code ${exitCode ?? "unknown"} and printed nothing.`
				: `It printed: ${said}`,
		hint: `Choose another user with --ssh-user, or look at the login shell of "${loginUser}" there, ForceCommand in sshd_config and command= in authorized_keys. sh and base64 are needed.`,
	};
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
