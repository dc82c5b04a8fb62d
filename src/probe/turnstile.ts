/**
 * Lets a few in at a time, the others in order. Whoever stays longer than `longestMs` no longer counts: nodes that do not
 * answer keep nobody out. With 400 nodes that all begin at once none would be in time.
 */
export class Turnstile {
	readonly #longestMs: number;
	readonly #waiting: (() => void)[] = [];
	#free: number;

	constructor(places: number, longestMs: number) {
		this.#free = places;
		this.#longestMs = longestMs;
	}

	/** Resolves, when it is one's turn, with what is to be called at the end. */
	async enter(): Promise<() => void> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		let isInside = true;
		const leave = (): void => {
			if (!isInside) return;
			isInside = false;
			clearTimeout(timer);
			const next = this.#waiting.shift();
			if (next === undefined) this.#free++;
			else next();
		};
		const timer = setTimeout(leave, this.#longestMs);
		return leave;
	}
}
