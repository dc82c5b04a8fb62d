import { type Fault, TOO_BUSY } from "../model/fault.ts";
import { slowness } from "./pace.ts";

/** A busy machine extends a deadline by at most this factor. */
const MOST_PATIENCE = 5;

/** From this slowness on, silence proves nothing. */
const TOO_SLOW = 10;

/** A timer this late, in ms, was held up: the process was stopped or blocked. */
const LATE_MS = 300;

/** A remainder below this, in ms, is not worth another timer. */
const SOON_MS = 5;

/**
 * Calls `over` after `ms` in which this process could run, longer on a busy machine, since the peer may be on it too.
 * @returns a function that cancels it.
 */
export function deadline(ms: number, over: () => void): () => void {
	let isCancelled = false;
	let end = performance.now() + ms;
	let due = end;
	let timer = setTimeout(check, ms);
	function check(): void {
		const now = performance.now();
		// Time in which the process did not run does not count.
		if (now - due > LATE_MS) end = now + Math.min(now - due, ms);
		due = end + ms * (Math.min(slowness(), MOST_PATIENCE) - 1);
		if (due - now > SOON_MS) timer = setTimeout(check, due - now);
		// The answer may be waiting already: Node runs timers before it reads sockets.
		else setImmediate(() => isCancelled || over());
	}
	return () => {
		isCancelled = true;
		clearTimeout(timer);
	};
}

/** A signal that aborts after `ms`, by the same rules. */
export function deadlineSignal(ms: number): { readonly signal: AbortSignal; cancel(): void } {
	const controller = new AbortController();
	return { signal: controller.signal, cancel: deadline(ms, () => controller.abort()) };
}

/** The fault of a peer that stayed silent; TOO_BUSY where this machine was too slow to hear it. */
export function silence(fault: Fault): Fault {
	if (slowness() < TOO_SLOW) return fault;
	return {
		kind: "timeout",
		message: `${fault.message}, but this machine is too busy to judge`,
		code: TOO_BUSY,
	};
}
