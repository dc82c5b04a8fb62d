/** The seed of all random numbers. */
export const SEED = Number(process.env.REPMGR_CONSOLE_TEST_SEED ?? 20_261_129);

/** Mulberry32: reproducible numbers from 0 up to 1. */
export function numbersFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Reproducible whole numbers from 0 up to `below`. */
export function wholeNumbersFrom(seed: number): (below: number) => number {
	const random = numbersFrom(seed);
	return (below) => Math.floor(random() * below);
}

/** Mutates one to four places: changes, drops, doubles, cuts off or inserts bytes. */
export function mutateBytes(random: () => number, bytes: Buffer): Buffer {
	const below = (most: number) => Math.floor(random() * most);
	let mutated = Buffer.from(bytes);
	for (let times = 1 + below(4); times > 0 && mutated.length > 0; times--) {
		// Prefers the beginning, where headers are, to the text of a long answer.
		const from = below(random() < 0.7 ? Math.min(mutated.length, 200) : mutated.length);
		const to = Math.min(mutated.length, from + 1 + below(8));
		const way = below(7);
		if (way === 0) mutated[from] = below(256);
		else if (way === 1) mutated[from] = random() < 0.5 ? 0 : 255;
		else if (way === 2) mutated = Buffer.concat([mutated.subarray(0, from), mutated.subarray(to)]);
		else if (way === 3) mutated = Buffer.concat([mutated.subarray(0, to), mutated.subarray(from)]);
		else if (way === 4 && from + 4 <= mutated.length) mutated.writeInt32BE(below(2 ** 32) | 0, from);
		else if (way === 5) mutated = mutated.subarray(0, from);
		else {
			const noise = Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256)));
			mutated = Buffer.concat([mutated.subarray(0, from), noise, mutated.subarray(from)]);
		}
	}
	return mutated;
}

/** Mutates one to four places of a script's output: lines, words or single bytes. */
export function mutateText(random: () => number, text: string): string {
	const below = (most: number) => Math.floor(random() * most);
	const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	let mutated = text;
	for (let times = 1 + below(4); times > 0; times--) {
		const lines = mutated.split("\n");
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
		else lines[at] = mutateBytes(random, Buffer.from(line)).toString("utf8");
		mutated = lines.join("\n");
		if (random() < 1 / 16) mutated = mutated.slice(0, below(mutated.length + 1));
	}
	return mutated;
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
