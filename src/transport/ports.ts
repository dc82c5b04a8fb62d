import type { ConnectionParameters } from "../config/connection-parameters.ts";
import type { Fault, Outcome } from "../model/fault.ts";

/** One statement that may be prepared: the name is the plan's name on the server. */
export interface Statement {
	readonly name: string;
	readonly text: string;
}

/** One kept session on one server. Every call has its own deadline; nothing ever hangs or throws. */
export interface QuerySession {
	/** Runs one statement; a fault of kind timeout leaves the session unusable. */
	query(
		statement: Statement,
		values: readonly (string | number | null)[],
		deadlineMs: number,
	): Promise<Outcome<readonly Record<string, unknown>[]>>;
	/** Called once, at the moment the connection breaks from outside (not by close()). */
	onLost(listener: (fault: Fault) => void): void;
	close(): void;
}

/** SQL on one node. Sessions are read-only, except those in which the failover drill writes. */
export interface Query {
	/** Opens a session within the deadline, authentication included. */
	connect(parameters: ConnectionParameters, deadlineMs: number): Promise<Outcome<QuerySession>>;
	/**
	 * Tests whether the server answers a new connection, without logging in: TCP connect and a
	 * GSSENCRequest (manual 55.2.11). Returns the milliseconds until the answer.
	 */
	ping(parameters: ConnectionParameters, deadlineMs: number): Promise<Outcome<number>>;
}

/** How one command ended on a host. */
export interface CommandResult {
	/** Null when ended by a signal. */
	readonly exitCode: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	/** Operating system user to run as; through `sudo -n -u` where the login user is another. */
	readonly user?: string;
	/** Written to standard input, which is then closed. */
	readonly input?: string;
	readonly deadlineMs: number;
	/** Ends the command early, with a fault of kind timeout. */
	readonly signal?: AbortSignal;
	/** Receives standard output as it arrives; the result has the complete output. */
	readonly onOutput?: (piece: string) => void;
}

/** What sudo on the hosts asks for; kept in memory only, and given by standard input. Null: none was given. */
export interface SudoPassword {
	value: string | null;
}

/** argv on one host, over one kept SSH connection opened when first needed. Never throws. */
export interface Shell {
	/** Logs in ahead of the first run. An abort gives a fault of kind timeout. */
	connect(signal: AbortSignal): Promise<Outcome<true>>;
	run(argv: readonly string[], options: RunOptions): Promise<Outcome<CommandResult>>;
	close(): void;
}

export type { ConnectionParameters };
