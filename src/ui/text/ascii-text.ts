import stringWidth from "string-width";

/** Each is as wide as what it stands for: the text may be laid out already. */
const STAND_INS: ReadonlyMap<string, string> = new Map(
	Object.entries({
		"-": "─━╌╴╶–—−‐‑",
		"|": "│┃├┤╎",
		"`": "└",
		"+": "┌┐┘┬┴┼╭╮╯╰",
		">": "→▸▶►›»⇒≥",
		"<": "←◂◀‹«↵≤",
		"^": "↑▲▴",
		v: "↓▼▾✓✔",
		"!": "≠⚠",
		"~": "…≈",
		".": "·•▁",
		":": "▂",
		"=": "▄",
		"*": "▆●★∗",
		"#": "▇▓▒░▌▐▀■",
		"@": "█",
		o: "○◦◌",
		x: "×✗✘✕",
		'"': "“”„",
		"'": "‘’‚",
		" ": "\u00A0\u2009\u202F",
		u: "µ",
	}).flatMap(([ascii, characters]) => [...characters].map((character) => [character, ascii] as const)),
)
	// The bars of a line of history, from low to high: . : - = + * # @
	.set("▃", "-")
	.set("▅", "+");

const BEYOND_ASCII = /[^\p{ASCII}]/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The text for a terminal that shows nothing but ASCII, in the same number of columns. What has no stand-in,
 * such as a name in Chinese, becomes question marks: a character made up would be another name.
 */
export function asciiText(text: string): string {
	if (!BEYOND_ASCII.test(text)) return text;
	return Array.from(graphemes.segment(text), ({ segment }) =>
		BEYOND_ASCII.test(segment) ? (STAND_INS.get(segment) ?? "?".repeat(stringWidth(segment))) : segment,
	).join("");
}
