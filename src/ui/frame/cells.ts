import { type AnsiCode, ansiCodesToString, styledCharsFromTokens, tokenize } from "@alcalzone/ansi-tokenize";

/** One column of a line. */
export interface Cell {
	/** Empty in the second column of a wide character. */
	readonly text: string;
	readonly width: 0 | 1 | 2;
	readonly styles: readonly AnsiCode[];
	/** The styles as text, to compare them. */
	readonly style: string;
	/** Do all terminals agree how wide it is? */
	readonly isSure: boolean;
}

export const BLANK: Cell = { text: " ", width: 1, styles: [], style: "", isSure: true };

/** One code point of these is one or two columns wide everywhere; emoji and what is combined are not. */
const SURE =
	/^[ -~\u00A1-\u02FF\u0370-\u03FF\u0400-\u052F\u2010-\u2027\u2190-\u259F\u25A0-\u25FF]$|^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]$/u;

/** A line of a frame, one cell a column, `columns` of them: what is beyond is cut off, what is missing blank. */
export function cellsOf(line: string, columns: number): readonly Cell[] {
	const cells: Cell[] = [];
	let styles: readonly AnsiCode[] = [];
	let style = "";
	for (const char of styledCharsFromTokens(tokenize(line))) {
		// Characters of one style follow one another.
		if (!isSameStyle(styles, char.styles)) {
			styles = char.styles;
			style = ansiCodesToString(char.styles);
		}
		const width = char.fullWidth ? 2 : 1;
		if (cells.length + width > columns) break;
		cells.push({ text: char.value, width, styles, style, isSure: SURE.test(char.value) });
		if (width === 2) cells.push({ text: "", width: 0, styles, style, isSure: true });
	}
	while (cells.length < columns) cells.push(BLANK);
	return cells;
}

export function isSameCell(one: Cell, other: Cell): boolean {
	return one.text === other.text && one.width === other.width && one.style === other.style;
}

function isSameStyle(one: readonly AnsiCode[], other: readonly AnsiCode[]): boolean {
	return one.length === other.length && one.every(({ code }, position) => code === other[position]?.code);
}
