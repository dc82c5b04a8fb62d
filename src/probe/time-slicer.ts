/** So much is done before the event loop may turn to other things: about three milliseconds of work. */
const MOST_AT_ONCE = 8;

/**
 * Divides the work of many loops, whose timers all run out in the same millisecond, into slices between which keys are
 * read. Who waits, waits for work of this process only, never for a node.
 */
export class TimeSlicer {
	#begun = 0;
	#isScheduled = false;
	readonly #waiting: (() => void)[] = [];

	/** Resolves when it is one's turn. */
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
