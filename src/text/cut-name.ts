const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Characters as people count them; the tables of the screen are stricter. */
const LONGEST_NAME = 40;

/** Names come from a database: one that is far too long must not push everything else out of sight. */
export function cutName(name: string): string {
	// Nearly every name; of 400 nodes all are asked for at each batch of reports.
	if (name.length <= LONGEST_NAME) return name;
	// A character with its marks is rarely more than a few code units, so that a name of a megabyte is not taken apart.
	const head = name.slice(0, LONGEST_NAME * 10);
	const characters = Array.from(graphemes.segment(head), ({ segment }) => segment);
	if (head.length === name.length && characters.length <= LONGEST_NAME) return name;
	return `${characters.slice(0, LONGEST_NAME - 1).join("")}…`;
}
