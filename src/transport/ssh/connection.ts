import type { Outcome } from "../../model/fault.ts";
import type { CommandResult } from "../ports.ts";

/** What a command on a host gets besides its arguments. */
export interface Execution {
	readonly input: string;
	readonly signal: AbortSignal;
	readonly onOutput: ((piece: string) => void) | undefined;
}

/** An open SSH connection, by ssh2 or the system's ssh. Its methods do not throw. */
export interface Connection {
	/** The user on the host before any sudo. */
	readonly loginUser: string;
	/** Runs a quoted line; an abort stops it with a fault of kind timeout. */
	execute(line: string, execution: Execution): Promise<Outcome<CommandResult>>;
	/** Calls back when the connection breaks, at once if it is broken already. */
	onLost(listener: () => void): void;
	close(): void;
}

/** The promise's value, or `abandoned()` if the signal aborts first; the promise itself continues. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal, abandoned: () => T): Promise<T> {
	if (signal.aborted) return Promise.resolve(abandoned());
	return new Promise((resolve, reject) => {
		const abort = (): void => resolve(abandoned());
		signal.addEventListener("abort", abort, { once: true });
		promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
	});
}
