/** A pure function of a text that remembers its results, at most `most` of them. */
export function remember<T>(work: (text: string) => T, most = 20_000): (text: string) => T {
	const results = new Map<string, T>();
	return (text) => {
		const known = results.get(text);
		if (known !== undefined) return known;
		if (results.size >= most) results.clear();
		const result = work(text);
		results.set(text, result);
		return result;
	};
}
