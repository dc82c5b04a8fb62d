import { sleep, throwIfInterrupted } from "../cluster/command.ts";
import { ClusterFailure } from "../cluster/failure.ts";

/** So that Ctrl-C need not wait for the end of a minute. */
const STEP_MS = 200;

/** Lets time pass, unless the run is interrupted. */
export async function pass(ms: number): Promise<void> {
	for (const end = performance.now() + ms; performance.now() < end; ) {
		throwIfInterrupted();
		await sleep(Math.max(0, Math.min(STEP_MS, end - performance.now())));
	}
}

/** Something that changes, and that others wait for. */
export class Changes {
	#waiting: (() => void)[] = [];
	#end: string | null = null;

	/** Nothing will change any more, so all waits fail. */
	end(why: string): void {
		this.#end = why;
		this.announce();
	}

	announce(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const resolve of waiting) resolve();
	}

	/** The first value that `find` brings; it is asked at every change. */
	async until<T>(what: string, find: () => T | undefined, timeoutMs: number): Promise<T> {
		for (const end = performance.now() + timeoutMs; ; ) {
			throwIfInterrupted();
			const found = find();
			if (found !== undefined) return found;
			if (this.#end !== null) throw new ClusterFailure(`waited in vain for ${what}`, { detail: this.#end });
			if (performance.now() > end)
				throw new ClusterFailure(`waited ${timeoutMs / 1000} s in vain for ${what}`);
			await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), sleep(STEP_MS)]);
		}
	}
}
