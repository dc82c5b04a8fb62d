/**
 * Limits how many connect at a time, first come, first served: if 400 nodes connected at once, all would time out. Nodes that
 * failed before wait in a lane of their own, so that silent nodes do not block the others.
 */
export class ConnectionLimiter {
	readonly #usual: Lane;
	readonly #doubtful: Lane;

	/** @param places connections at a time in each lane. */
	constructor(places: number) {
		this.#usual = { free: places, waiting: [] };
		this.#doubtful = { free: places, waiting: [] };
	}

	/** Resolves when there is a free place, with the function that releases it. */
	async enter(hasFailedBefore: boolean): Promise<() => void> {
		const lane = hasFailedBefore ? this.#doubtful : this.#usual;
		if (lane.free > 0) lane.free--;
		else await new Promise<void>((resolve) => lane.waiting.push(resolve));
		return () => {
			const next = lane.waiting.shift();
			if (next === undefined) lane.free++;
			else next();
		};
	}
}

interface Lane {
	free: number;
	readonly waiting: (() => void)[];
}
