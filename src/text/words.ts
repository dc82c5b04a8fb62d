/** "node1" in quotes, as PostgreSQL writes names in messages. */
export function quoted({ nodeName }: { readonly nodeName: string }): string {
	return `"${cutName(nodeName)}"`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
	return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** "a, b, c" or "a, b and 57 more". */
export function fewNames(nodes: readonly { readonly nodeName: string }[]): string {
	const names = nodes.map(({ nodeName }) => cutName(nodeName));
	return names.length <= 3
		? names.join(", ")
		: `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

/** A message in PostgreSQL's style (lower case, no full stop) as one or two sentences. */
export function sentence({
	message,
	detail,
}: {
	readonly message: string;
	readonly detail?: string;
}): string {
	const first = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
	return detail === undefined ? first : `${first} ${detail}`;
}

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

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** In characters as people count them; the screen's tables cut earlier. */
const LONGEST_NAME = 40;

/** Cuts an overlong name from a database, which would push everything else off the screen. */
export function cutName(name: string): string {
	// The fast path: with 400 nodes this runs for all of them at each batch of reports.
	if (name.length <= LONGEST_NAME) return name;
	// A character with its marks is rarely more than a few code units, so that a name of a megabyte is not taken apart.
	const head = name.slice(0, LONGEST_NAME * 10);
	const characters = Array.from(graphemes.segment(head), ({ segment }) => segment);
	if (head.length === name.length && characters.length <= LONGEST_NAME) return name;
	return `${characters.slice(0, LONGEST_NAME - 1).join("")}…`;
}
