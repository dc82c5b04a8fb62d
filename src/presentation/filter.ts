/** A test for lines: a regular expression, without regard to case; "!" in front inverts. Null: not a valid one. */
export function lineFilter(text: string): ((line: string) => boolean) | null {
	const isInverted = text.startsWith("!");
	const source = isInverted ? text.slice(1) : text;
	if (source === "") return () => true;
	try {
		const expression = new RegExp(source, "iu");
		return (line) => expression.test(line) !== isInverted;
	} catch {
		return null;
	}
}
