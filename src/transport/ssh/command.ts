import { type Fault, type Outcome, SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG } from "../../model/fault.ts";
import { shellWords } from "../../text/shell.ts";
import type { CommandResult } from "../ports.ts";
import { bounded } from "./fault.ts";

/** Printed before every command's output: proves that a shell ran the command, and marks where the output begins. */
const GREETING = "repmgr-console 1\n";

/**
 * The line that runs `argv` as `user`, logged in as `loginUser`. Root uses runuser, which util-linux always has; other users need
 * sudo, which takes a password from the input (`sudoInput()`) or must need none. The working directory is `/`: the other user may not be allowed into the login user's home, and
 * PostgreSQL's programs before 16 warn about that on standard error.
 */
export function commandLine(
	argv: readonly string[],
	loginUser: string,
	user: string | undefined,
	sudo: "no password" | "password in input" = "no password",
): Outcome<string> {
	// With a prefix, an empty argv would start a shell as that user.
	const fault = argvFault(argv);
	if (fault !== null) return { fault };
	if (user === undefined || user === loginUser) return { value: loginShellLine(`exec ${shellWords(argv)}`) };
	const prefix =
		loginUser === "root"
			? ["runuser", "-u", user, "--"]
			: sudo === "no password"
				? ["sudo", "-n", "-u", user, "--"]
				: [...SUDO_BY_INPUT, "-u", user, "--", "sh", "-c", PAST_PASSWORD, "sh"];
	return { value: loginShellLine(`cd / && exec ${shellWords([...prefix, ...argv])}`) };
}

/** Asks each time, and prints no prompt: -S reads the password from the input, byte by byte to the end of its line. */
const SUDO_BY_INPUT = ["sudo", "-S", "-k", "-p", ""];

/** A sudo that needs no password leaves it in the input: the command must not get it. */
const PAST_PASSWORD = `while IFS= read -r line; do [ "$line" != "${GREETING.trim()}" ] || break; done; exec "$@"`;

/** The input of a command line with "password in input". */
export function sudoInput(password: string, input: string): string {
	return `${password}\n${GREETING}${input}`;
}

/** Tries the password once: at the end of the input sudo gives up. */
export function sudoCheckLine(user: string): string {
	return loginShellLine(`cd / && exec ${shellWords([...SUDO_BY_INPUT, "-u", user, "--", "true"])}`);
}

/** A NUL byte can't be passed to a program at all. */
function argvFault(argv: readonly string[]): Fault | null {
	if (argv.length === 0) return { kind: "command", message: "no command to run" };
	if (!argv.some((word) => word.includes("\0"))) return null;
	return {
		kind: "command",
		message: `argument of "${bounded(argv[0] ?? "", 80)}" contains a NUL byte`,
		detail: "No program can be given such an argument.",
	};
}

/**
 * sshd passes the command to the user's login shell, which may be any: in fish a backslash escapes within single quotes, in csh a
 * line break ends the command and "!" expands the history. This line has nothing that shells interpret differently: the command
 * reaches sh(1) as base64, in words short enough for csh.
 */
function loginShellLine(line: string): string {
	const words = Buffer.from(`echo '${GREETING.trim()}'; ${line}`)
		.toString("base64")
		.match(/.{1,1000}/g);
	return `sh -c 'eval "$(printf %s "$@" | base64 -d)"' sh ${words?.join(" ")}`;
}

/** Takes standard output in pieces and passes on what follows the greeting. Start-up files may print something before it. */
export function afterGreeting(passOn: (piece: string) => void): (piece: string) => void {
	let before: string | null = "";
	return (piece) => {
		if (before === null) return passOn(piece);
		const output = outputOf(before + piece);
		before = output === null ? before + piece : null;
		if (output !== null && output !== "") passOn(output);
	};
}

/** What the command itself printed; null if it was not run. */
export function outputOf(stdout: string): string | null {
	const at = stdout.indexOf(GREETING);
	return at === -1 ? null : stdout.slice(at + GREETING.length);
}

/** The command was not run: nologin, ForceCommand, or a shell that can't run programs. */
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

const ASKS_FOR_PASSWORD =
	/^sudo(-rs)?: .*(password is required|terminal is required|must have a tty|interactive authentication is required)/m;
const REJECTS_PASSWORD =
	/^sudo(-rs)?: (no password was provided|\d+ incorrect password attempt|maximum \d+ incorrect authentication attempts)/im;

/**
 * Why the command did not run as `user`; null if it did. sudo and runuser exit with 1 and 127 as any command may, so their messages
 * decide, which LC_ALL=C keeps in English. Texts: sudo 1.8 to 1.9.16, sudo-rs, runuser of util-linux 2.38, dash, bash.
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
		if (ASKS_FOR_PASSWORD.test(result.stderr)) {
			return {
				...fault(`sudo on "${host}" asks for a password`, passwordHint(host, loginUser, user)),
				code: SUDO_PASSWORD_NEEDED,
			};
		}
		if (REJECTS_PASSWORD.test(result.stderr)) {
			return {
				...fault(`sudo on "${host}" does not accept the password of "${loginUser}"`),
				code: SUDO_PASSWORD_WRONG,
			};
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

function passwordHint(host: string, loginUser: string, user: string): string {
	return `Give the password, as with --sudo-password-file. To do without one: ${sudoHint(host, loginUser, user)}`;
}

/** Not in the file that a bootstrap writes, which has only what postgres may do. */
function sudoHint(host: string, loginUser: string, user: string): string {
	return (
		`On "${host}", run "visudo -f /etc/sudoers.d/repmgr-console-login" and add: ` +
		`${loginUser} ALL=(${user}) NOPASSWD: ALL`
	);
}
