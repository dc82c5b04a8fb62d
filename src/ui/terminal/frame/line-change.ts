import { BLANK, type Cell, cellsOf, fitsStyle, isSameCell } from "./cells.ts";
import type { Pen } from "./pen.ts";

/** Rewriting this many unchanged cells, without a change of style, is as short as moving the cursor. */
const SHORT_GAP = 4;

/** Erasing the rest of the line pays off from this many blanks. */
const LONG_BLANK = 8;

/** Turns one line of the screen into another. */
export function changeLine(pen: Pen, row: number, before: string, after: string, columns: number): void {
	const next = cellsOf(after, columns);
	const previous = cellsOf(before, columns);
	const end = contentEnd(next);
	// If terminals disagree on a width, the cursor's column is unknown: the line is written whole.
	if (!next.every(({ isSure }) => isSure) || !previous.every(({ isSure }) => isSure)) {
		pen.erase(row, 0);
		pen.write(row, 0, next.slice(0, end));
		return;
	}
	const isTailLeft = contentEnd(previous) > end;
	pen.shortest(
		[isTailLeft ? end : columns, ...blankStarts(previous, next)].map((erased) => (way) => {
			// Erased before the rest is written: after the last column some terminals would erase that one.
			if (erased < columns) way.erase(row, erased);
			const left = previous.map((cell, column) => (column < erased ? cell : BLANK));
			for (const { from, to } of changedRuns(left, next)) way.write(row, from, next.slice(from, to));
		}),
	);
}

/** The start of a long run of new blanks: erasing from there and rewriting the end can be shorter. */
function blankStarts(previous: readonly Cell[], next: readonly Cell[]): readonly number[] {
	const starts: number[] = [];
	for (let from = 0, column = 0; column <= next.length; column++) {
		const isBlank = column < next.length && isSameCell(next[column] ?? BLANK, BLANK);
		if (isBlank) continue;
		const emptied = previous.slice(from, column).filter((cell) => !isSameCell(cell, BLANK));
		if (emptied.length >= LONG_BLANK) starts.push(from);
		from = column + 1;
	}
	return starts;
}

/** The column after the last one that is not blank. */
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
		const isNear = last !== undefined && from - last.to <= SHORT_GAP && isOneStyle(next, last.to, from);
		if (isNear) last.to = Math.max(last.to, to);
		else runs.push({ from, to });
	}
	return runs;
}

/** Do the cells between have the style of the one before or after them? */
function isOneStyle(cells: readonly Cell[], from: number, to: number): boolean {
	const gap = cells.slice(from, to);
	return [cells[from - 1], cells[to]].some((beside) => gap.every((cell) => fitsStyle(cell, beside ?? BLANK)));
}
