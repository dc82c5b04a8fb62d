/**
 * Lets a few in at a time, the others in order: of 400 nodes that all begin at once none would be in time. Who failed
 * before waits in a lane of its own, so that nodes that do not answer keep no other out.
 */
export class ConnectionLimiter {
	readonly #usual: Lane;
	readonly #doubtful: Lane;

	/** @param places in each lane. */
	constructor(places: number) {
		this.#usual = { free: places, waiting: [] };
		this.#doubtful = { free: places, waiting: [] };
	}

	/** Resolves, when it is one's turn, with what is to be called once at the end. */
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
