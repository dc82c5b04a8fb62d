/** The stream, of which everything that is written to it as text is changed on its way. */
export function rewrittenStream<Stream extends NodeJS.WriteStream>(
	stream: Stream,
	rewrite: (text: string) => string,
): Stream {
	const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean =>
		Reflect.apply(stream.write, stream, [typeof chunk === "string" ? rewrite(chunk) : chunk, ...rest]);
	return new Proxy(stream, {
		get(target, property) {
			if (property === "write") return write;
			const value: unknown = Reflect.get(target, property, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const NEXT_LINES = /(?:\u001b\[E){2,}/g;

/** Ink 8.0 goes over unchanged lines one by one: on 50 rows that is most of what a tick of the clock costs. */
export function fewerMoves(text: string): string {
	return text.replaceAll(NEXT_LINES, (moves) => `\u001b[${moves.length / "\u001b[E".length}E`);
}
