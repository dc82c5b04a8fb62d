import stringWidth from "string-width";

/** Each is as wide as the original, since the text is already laid out. */
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
	// The bars of a lag history, from low to high: . : - = + * # @
	.set("▃", "-")
	.set("▅", "+");

const BEYOND_ASCII = /[^\p{ASCII}]/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The text in ASCII, in the same number of columns. Other characters, such as a name in Chinese, become question marks: an
 * invented transliteration would be another name.
 */
export function asciiText(text: string): string {
	if (!BEYOND_ASCII.test(text)) return text;
	return Array.from(graphemes.segment(text), ({ segment }) =>
		BEYOND_ASCII.test(segment) ? (STAND_INS.get(segment) ?? "?".repeat(stringWidth(segment))) : segment,
	).join("");
}
