import { type AnsiCode, ansiCodesToString, diffAnsiCodes } from "@alcalzone/ansi-tokenize";
import { BLANK, type Cell, cellsOf, isSameCell } from "./cells.ts";

const ERASE_TO_END = "\u001b[K";

/** Writing over this many unchanged cells is shorter than moving the cursor past them. */
const SHORT_GAP = 5;

/** Moves the cursor; rows and columns from 0. */
export function cursorTo(row: number, column: number): string {
	return `\u001b[${row + 1};${column + 1}H`;
}

/** What turns one line of the screen into another; begins and ends without styles. */
export function lineChange(row: number, before: string, after: string, columns: number): string {
	const next = cellsOf(after, columns);
	const previous = cellsOf(before, columns);
	// Where the widths are in doubt nobody knows in which column the terminal stands: such a line is written whole.
	if (!next.every(({ isSure }) => isSure) || !previous.every(({ isSure }) => isSure))
		return cursorTo(row, 0) + ERASE_TO_END + written(next.slice(0, contentEnd(next)));
	const end = contentEnd(next);
	const isTailLeft = contentEnd(previous) > end;
	const runs = changedRuns(previous.slice(0, isTailLeft ? end : columns), next)
		.map(({ from, to }) => cursorTo(row, from) + written(next.slice(from, to)))
		.join("");
	// Erased in front of the rest: with the last column just written some terminals erase that one.
	return isTailLeft ? cursorTo(row, end) + ERASE_TO_END + runs : runs;
}

/** The first column behind everything that is not blank. */
function contentEnd(cells: readonly Cell[]): number {
	return cells.findLastIndex((cell) => !isSameCell(cell, BLANK)) + 1;
}

interface Run {
	readonly from: number;
	/** Excluded. */
	readonly to: number;
}

/** The columns that differ, whole characters, with short gaps written over. */
function changedRuns(previous: readonly Cell[], next: readonly Cell[]): readonly Run[] {
	const runs: { from: number; to: number }[] = [];
	for (let column = 0; column < previous.length; column++) {
		const was = previous[column] ?? BLANK;
		const is = next[column] ?? BLANK;
		if (isSameCell(was, is)) continue;
		const from = is.width === 0 ? column - 1 : column;
		// The other half of a wide character disappears when one half is written over.
		const to = column + Math.max(1, was.width, is.width);
		const last = runs.at(-1);
		if (last !== undefined && from - last.to <= SHORT_GAP) last.to = Math.max(last.to, to);
		else runs.push({ from, to });
	}
	return runs;
}

/** Cells as text for the terminal, from no style to no style. */
function written(cells: readonly Cell[]): string {
	let text = "";
	let styles: readonly AnsiCode[] = [];
	for (const cell of cells) {
		if (cell.styles !== styles) {
			text += ansiCodesToString(diffAnsiCodes([...styles], [...cell.styles]));
			styles = cell.styles;
		}
		text += cell.text;
	}
	return text + ansiCodesToString(diffAnsiCodes([...styles], []));
}
