import { type Fault, TOO_BUSY } from "../model/fault.ts";
import { slowness } from "./pace.ts";

/** A deadline is at most so many times longer on a machine that is slow. */
const MOST_PATIENCE = 5;

/** From so many times slower than an idle machine on, nothing is judged by silence. */
const TOO_SLOW = 10;

/** A timer that is this late, in ms, was held up: this process was stopped, or did something else. */
const LATE_MS = 300;

/** For less than this no timer is set again. */
const SOON_MS = 5;

/**
 * Calls `over` when `ms` are over: of time in which this process was there to hear, and longer as this machine is slower,
 * since what answers may be on it, too. Returns what cancels it.
 */
export function deadline(ms: number, over: () => void): () => void {
	let isCancelled = false;
	let end = performance.now() + ms;
	let due = end;
	let timer = setTimeout(look, ms);
	function look(): void {
		const now = performance.now();
		// What was missed is given once more.
		if (now - due > LATE_MS) end = now + Math.min(now - due, ms);
		due = end + ms * (Math.min(slowness(), MOST_PATIENCE) - 1);
		if (due - now > SOON_MS) timer = setTimeout(look, due - now);
		// The answer may have come: Node runs timers before it reads sockets.
		else setImmediate(() => isCancelled || over());
	}
	return () => {
		isCancelled = true;
		clearTimeout(timer);
	};
}

/** A signal that aborts when `ms` are over, in the same way. */
export function deadlineSignal(ms: number): { readonly signal: AbortSignal; cancel(): void } {
	const controller = new AbortController();
	return { signal: controller.signal, cancel: deadline(ms, () => controller.abort()) };
}

/** What was not heard in time: evidence only where this machine was in time itself. */
export function silence(fault: Fault): Fault {
	if (slowness() < TOO_SLOW) return fault;
	return {
		kind: "timeout",
		message: `${fault.message}, but this machine is too busy to judge`,
		code: TOO_BUSY,
	};
}
