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

/** Whole numbers from 0 up to what each call gives, the same ones for a seed. */
export function wholeNumbersFrom(seed: number): (below: number) => number {
	const random = numbersFrom(seed);
	return (below) => Math.floor(random() * below);
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

/** Text of a script, bent in one to four places: in its lines, their words, or single bytes. */
export function bentText(random: () => number, text: string): string {
	const below = (most: number) => Math.floor(random() * most);
	const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	let bent = text;
	for (let times = 1 + below(4); times > 0; times--) {
		const lines = bent.split("\n");
		const at = below(lines.length);
		const line = lines[at] ?? "";
		const words = line.split(" ");
		const way = below(9);
		if (way === 0) lines.splice(at, 1);
		else if (way === 1) lines.splice(at, 0, line);
		else if (way === 2) lines.splice(at, 1, lines[below(lines.length)] ?? "");
		else if (way === 3) lines[at] = line.slice(0, below(line.length + 1));
		else if (way === 4 || way === 5) {
			words[below(words.length)] = oneOf(STRANGE_WORDS);
			lines[at] = words.join(" ");
		} else if (way === 6) {
			const from = below(line.length + 1);
			lines[at] = line.slice(0, from) + oneOf(STRANGE_WORDS) + line.slice(from + below(8));
		} else if (way === 7)
			lines[at] = line
				.split(" ")
				.toSorted(() => random() - 0.5)
				.join(" ");
		else lines[at] = bentBytes(random, Buffer.from(line)).toString("utf8");
		bent = lines.join("\n");
		if (random() < 1 / 16) bent = bent.slice(0, below(bent.length + 1));
	}
	return bent;
}

const STRANGE_WORDS = [
	...[
		"",
		"\0",
		"\u001b]0;x\u0007",
		"\u009b2J",
		"\u202e",
		"\r",
		"\t",
		"|",
		"end",
		"none",
		"yes",
		"-1",
		"0",
		"NaN",
	],
	...[
		"1e999",
		"9".repeat(17),
		"9".repeat(400),
		"99999999999999",
		"0x10",
		"__proto__",
		"{}",
		"null",
		'"',
		"'",
		"\\",
	],
	...[
		"x".repeat(20_000),
		",".repeat(2000),
		'"'.repeat(2001),
		"(".repeat(2000),
		" ".repeat(5000),
		"🐘\u200d".repeat(500),
	],
];
