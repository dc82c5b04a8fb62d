import type { Message } from "../text/message.ts";

/**
 * Why something could not be read or done. `unreachable` is what this console sees, never proof that the other side is
 * down.
 *
 * - name: the host name does not resolve here, so no connection was tried
 * - unreachable: no answer from the network
 * - refused: the host answers, but no process listens on the port
 * - timeout: connected, but no answer before the deadline
 * - authentication: the other side answers and rejects the login
 * - permission: logged in, but without the right to read this
 * - protocol: the answer is not one of the expected PostgreSQL (SSH) server
 * - command: a command ran and failed
 */
export type FaultKind =
	| "name"
	| "unreachable"
	| "refused"
	| "timeout"
	| "authentication"
	| "permission"
	| "protocol"
	| "command";

/** An expected failure, as a value. */
export interface Fault extends Message {
	readonly kind: FaultKind;
	/** SQLSTATE (PostgreSQL, appendix A) or the operating system's error name, e.g. "57P03", "ECONNREFUSED". */
	readonly code?: string;
	/** With UNKNOWN_HOST_KEY: of the key that the server has shown, as ssh-keygen -l prints it. */
	readonly fingerprint?: string;
}

/** `Fault.code` where an answer may have been missed because this machine, or this process, was too slow. */
export const TOO_BUSY = "TOO_BUSY";

/** `Fault.code` where a command's time limit ended before there was an answer or a fault. */
export const NOT_IN_TIME = "NOT_IN_TIME";

/** `Fault.code` where no known_hosts file has a key of the host. */
export const UNKNOWN_HOST_KEY = "UNKNOWN_HOST_KEY";

/** `Fault.code` where sudo on a host asks for a password, and none was given. */
export const SUDO_PASSWORD_NEEDED = "SUDO_PASSWORD_NEEDED";

/** `Fault.code` where sudo on a host does not accept the password that was given. */
export const SUDO_PASSWORD_WRONG = "SUDO_PASSWORD_WRONG";

/** `Fault.code` where sudo on a host is not asked, since that on another host does not accept the password. */
export const SUDO_PASSWORD_UNTRIED = "SUDO_PASSWORD_UNTRIED";

/** May this process, or this machine, open no more files? `code` is the operating system's error name. */
export function isOutOfFiles(code: unknown): boolean {
	return code === "EMFILE" || code === "ENFILE";
}

/** The other side was not contacted. */
export function outOfFilesFault(code: unknown): Fault {
	return {
		kind: "protocol",
		message: "too many files are open on this machine",
		hint: 'Raise the limit, as with "ulimit -n 1024".',
		code: String(code),
	};
}

/** Was there no answer in time, for a reason on this side? */
export function isLate({ code }: Fault): boolean {
	return code === TOO_BUSY || code === NOT_IN_TIME;
}

/** Is the cause on this side, so that it says nothing about the other side? */
export function isOurs(fault: Fault): boolean {
	return isLate(fault) || isOutOfFiles(fault.code);
}

/** The result of an attempt: a value or the fault that prevented it. */
export type Outcome<T> =
	| { readonly value: T; readonly fault?: never }
	| { readonly fault: Fault; readonly value?: never };

/** How something was read: SQL on the node, SSH on its host, another node's view. */
export type Channel = "sql" | "ssh" | "peer";

/** What was seen, or why it could not be seen; `at` is the console's clock in ms since the epoch. */
export type Observation<T> = Outcome<T> & { readonly at: number; readonly by: Channel };
