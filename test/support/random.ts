/** The seed of all random numbers; another one by the environment. */
export const SEED = Number(process.env.REPMGR_CONSOLE_TEST_SEED ?? 20_261_129);

/** Mulberry32: a number from 0 up to 1, the same ones for a seed. */
export function numbersFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** The bytes, bent in one to four places: changed, left out, doubled, cut off, or with others among them. */
export function bentBytes(random: () => number, bytes: Buffer): Buffer {
	const below = (most: number) => Math.floor(random() * most);
	let bent = Buffer.from(bytes);
	for (let times = 1 + below(4); times > 0 && bent.length > 0; times--) {
		// Where the messages begin and are described more than among the letters of a long answer.
		const from = below(random() < 0.7 ? Math.min(bent.length, 200) : bent.length);
		const to = Math.min(bent.length, from + 1 + below(8));
		const way = below(7);
		if (way === 0) bent[from] = below(256);
		else if (way === 1) bent[from] = random() < 0.5 ? 0 : 255;
		else if (way === 2) bent = Buffer.concat([bent.subarray(0, from), bent.subarray(to)]);
		else if (way === 3) bent = Buffer.concat([bent.subarray(0, to), bent.subarray(from)]);
		else if (way === 4 && from + 4 <= bent.length) bent.writeInt32BE(below(2 ** 32) | 0, from);
		else if (way === 5) bent = bent.subarray(0, from);
		else {
			const noise = Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256)));
			bent = Buffer.concat([bent.subarray(0, from), noise, bent.subarray(from)]);
		}
	}
	return bent;
}
