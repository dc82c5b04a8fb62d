import type { Outcome } from "../../model/fault.ts";
import type { CommandResult } from "../ports.ts";

/** What a command on a host is given beside its words. */
export interface Execution {
	readonly input: string;
	readonly signal: AbortSignal;
	readonly onOutput: ((piece: string) => void) | undefined;
}

/** One open way to run commands on a host, whichever program carries it. Nothing here throws. */
export interface Connection {
	/** Who we are on the host before any sudo. */
	readonly loginUser: string;
	/** Runs a quoted line; an abort of the signal stops it and gives a fault of kind timeout. */
	execute(line: string, execution: Execution): Promise<Outcome<CommandResult>>;
	/** Calls back when the connection breaks, at once where it already did. */
	onLost(listener: () => void): void;
	close(): void;
}

/** What the promise gives, or what `abandoned` says where the signal is first; the promise itself goes on. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal, abandoned: () => T): Promise<T> {
	if (signal.aborted) return Promise.resolve(abandoned());
	return new Promise((resolve, reject) => {
		const abort = (): void => resolve(abandoned());
		signal.addEventListener("abort", abort, { once: true });
		promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
	});
}
