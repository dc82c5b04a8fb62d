/** With as many again, more than a frame of a large terminal (400×100) has, styles included. What is worked out of a character takes some 300 bytes. */
const CHARACTERS = 50_000;

/**
 * A pure function of a text that remembers its newest results: of texts of between `characters` and twice as many in
 * all. There are two generations. When the young one is full it becomes the old one, and only what is asked for again
 * moves on, so that lines with a clock go and all others stay.
 */
export function remember<T>(work: (text: string) => T, characters = CHARACTERS): (text: string) => T {
	let young = new Map<string, T>();
	let old = young;
	let size = 0;
	return (text) => {
		const known = young.get(text);
		if (known !== undefined) return known;
		const result = old.get(text) ?? work(text);
		if (size + text.length > characters) {
			old = young;
			young = new Map();
			size = 0;
		}
		young.set(text, result);
		size += text.length;
		return result;
	};
}
