import { type AnsiCode, ansiCodesToString, styledCharsFromTokens, tokenize } from "@alcalzone/ansi-tokenize";

/** One column of a line. */
export interface Cell {
	/** Empty in the second column of a wide character. */
	readonly text: string;
	readonly width: 0 | 1 | 2;
	readonly styles: readonly AnsiCode[];
	/** The styles as text, to compare them. */
	readonly style: string;
	/** The part of the style that is visible on a blank. */
	readonly ground: string;
	/** Do all terminals agree on its width? */
	readonly isSure: boolean;
}

export const BLANK: Cell = { text: " ", width: 1, styles: [], style: "", ground: "", isSure: true };

/** These code points have the same width on all terminals; emoji and combined characters do not. Among them all that screens draw. */
const SURE =
	/^[ -~\u00A1-\u02FF\u0370-\u03FF\u0400-\u052F\u2010-\u2027\u2039\u203A\u2190-\u259F\u25A0-\u25FF\u2713\u2717]$|^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]$/u;

const INVERSE_END = "\u001b[27m";

/** The ends of foreground, bold or dim, and italic, which are not visible on a blank unless it is inverse. */
const INVISIBLE_ENDS = new Set(["\u001b[39m", "\u001b[22m", "\u001b[23m"]);

/** A line as exactly `columns` cells: cut, or filled with blanks. A blank keeps only the styles visible on it. */
export function cellsOf(line: string, columns: number): readonly Cell[] {
	const cells: Cell[] = [];
	let styles: readonly AnsiCode[] = [];
	let style = "";
	let blank = BLANK;
	for (const char of styledCharsFromTokens(tokenize(line))) {
		// Characters of one style follow one another.
		if (!isSameStyle(styles, char.styles)) {
			styles = char.styles;
			style = ansiCodesToString(char.styles);
			blank = blankOf(char.styles);
		}
		const width = char.fullWidth ? 2 : 1;
		if (cells.length + width > columns) break;
		const { ground } = blank;
		if (char.value === " ") cells.push(blank);
		else cells.push({ text: char.value, width, styles, style, ground, isSure: SURE.test(char.value) });
		if (width === 2) cells.push({ text: "", width: 0, styles, style, ground, isSure: true });
	}
	while (cells.length < columns) cells.push(BLANK);
	return cells;
}

function blankOf(styles: readonly AnsiCode[]): Cell {
	const isInverse = styles.some(({ endCode }) => endCode === INVERSE_END);
	const visible = isInverse ? styles : styles.filter(({ endCode }) => !INVISIBLE_ENDS.has(endCode));
	const ground = ansiCodesToString([...visible]);
	return { ...BLANK, styles: visible, style: ground, ground };
}

/** Does it look the same in the other one's style? */
export function fitsStyle(cell: Cell, set: Pick<Cell, "style" | "ground">): boolean {
	return cell.style === (cell.text === " " ? set.ground : set.style);
}

export function isSameCell(one: Cell, other: Cell): boolean {
	return one.text === other.text && one.width === other.width && one.style === other.style;
}

function isSameStyle(one: readonly AnsiCode[], other: readonly AnsiCode[]): boolean {
	return one.length === other.length && one.every(({ code }, position) => code === other[position]?.code);
}
