/** Pieces of work before the event loop gets control again: about three milliseconds. */
const MOST_AT_ONCE = 8;

/**
 * Divides the work of many loops, whose timers expire in the same millisecond, into slices between which keys are
 * read. A loop waits only for work of this process, never for a node.
 */
export class TimeSlicer {
	#begun = 0;
	#isScheduled = false;
	readonly #waiting: (() => void)[] = [];

	/** Resolves when the caller may go on. */
	async turn(): Promise<void> {
		this.#schedule();
		if (this.#begun < MOST_AT_ONCE) this.#begun++;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
	}

	#schedule(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		setImmediate(() => {
			this.#isScheduled = false;
			const next = this.#waiting.splice(0, MOST_AT_ONCE);
			this.#begun = next.length;
			if (next.length > 0) this.#schedule();
			for (const resolve of next) resolve();
		});
	}
}
