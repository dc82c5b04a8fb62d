import { type Grid, type GridColumn, type GridRow, isTrouble } from "../../../presentation/grid.ts";
import { listOf } from "../../list.ts";
import { fitText, textWidth } from "../../text/fit-text.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";

/** Limits for the columns of cells and for the column of titles. */
const WIDEST = { cell: 18, title: 26 };

const GAP = 2;

/** Lines above the rows: column titles, and notes if there are any. */
export function headingLines({ columns }: Grid): number {
	return columns.length === 0 ? 0 : columns.some(({ note }) => note !== "") ? 2 : 1;
}

/** Keys of a row and a column; null, or one that is gone, is the first. */
export interface GridSelection {
	readonly row: string | null;
	readonly column: string | null;
}

export interface Selected {
	readonly row: GridRow;
	readonly column: GridColumn;
}

/** The selected cell, by default the first marked one of the first row; null without cells. */
export function selectedIn({ rows, columns, fixedColumns }: Grid, selection: GridSelection): Selected | null {
	const row = rows.find(({ key }) => key === selection.row) ?? rows[0];
	if (row === undefined) return null;
	const column =
		columns.find(({ key }) => key === selection.column) ??
		columns.find((_, position) => position >= fixedColumns && isTrouble(row.cells[position])) ??
		columns[fixedColumns] ??
		columns[0];
	return column === undefined ? null : { row, column };
}

/** The key so many items further on, clamped to the ends; null if there is none. */
export function stepped(items: readonly { readonly key: string }[], from: string, by: number): string | null {
	const position = items.findIndex(({ key }) => key === from) + by;
	return items[Math.max(0, Math.min(items.length - 1, position))]?.key ?? null;
}

export interface GridView {
	/** The headings, then rows. */
	readonly lines: readonly StyledLine[];
	/** The visible part of the matrix; "" if all is visible. */
	readonly note: string;
}

/** As much of the matrix as fits around the selected cell; titles and fixed columns are always shown. */
export function gridView(
	grid: Grid,
	selected: Selected | null,
	size: { readonly columns: number; readonly lines: number },
): GridView {
	const titleWidth = Math.min(WIDEST.title, Math.max(0, ...grid.rows.map(({ title }) => textWidth(title))));
	const widths = grid.columns.map(({ title, note }, column) =>
		Math.min(
			WIDEST.cell,
			Math.max(
				textWidth(title),
				textWidth(note),
				...grid.rows.map(({ cells }) => textWidth(cells[column]?.text ?? "")),
			),
		),
	);
	const shown = shownColumns(grid, widths, size.columns - titleWidth - 2, selected);
	const line = (
		key: string,
		title: string,
		isHere: boolean,
		spans: (column: number) => Span,
	): StyledLine => ({
		key,
		spans: [
			{ text: `${isHere ? "▸" : " "} ${fitText(title, titleWidth)}`, role: isHere ? "key" : "muted" },
			...shown.flatMap((column): readonly Span[] => [
				{ text: " ".repeat(GAP), role: "plain" },
				spans(column),
			]),
		],
	});
	const heading = (part: "title" | "note"): StyledLine =>
		line(part, "", false, (position) => {
			const column = grid.columns[position];
			const role: SemanticRole = column === selected?.column && part === "title" ? "key" : "muted";
			return { text: fitText(column?.[part] ?? "", widths[position] ?? 0), role };
		});

	const headings = [heading("title"), heading("note")].slice(0, headingLines(grid));
	const height = Math.max(1, size.lines - headings.length);
	const at = selected === null ? 0 : grid.rows.indexOf(selected.row);
	const { top, visible: rows } = listOf(grid.rows, at, height);
	return {
		lines: [
			...headings,
			...rows.map((row) =>
				line(row.key, row.title, row === selected?.row, (position) => {
					const { text = "", tone = "plain" } = row.cells[position] ?? {};
					const isSelected = row === selected?.row && grid.columns[position] === selected.column;
					return { text: fitText(text, widths[position] ?? 0), role: isSelected ? "selection" : tone };
				}),
			),
		],
		note: [
			...placeIn("rows", top, rows.length, grid.rows.length),
			...placeIn(
				"columns",
				(shown[grid.fixedColumns] ?? grid.fixedColumns) - grid.fixedColumns,
				shown.length - grid.fixedColumns,
				grid.columns.length - grid.fixedColumns,
			),
		].join(", "),
	};
}

function placeIn(what: string, before: number, shown: number, count: number): readonly string[] {
	return shown === count ? [] : [`${what} ${before + 1}–${before + shown} of ${count}`];
}

/** The fixed columns, and the others around the selected one that fit. */
function shownColumns(
	{ columns, fixedColumns }: Grid,
	widths: readonly number[],
	room: number,
	selected: Selected | null,
): readonly number[] {
	const all = [...columns.keys()];
	const fixed = all.slice(0, fixedColumns);
	const movable = all.slice(fixedColumns);
	const widthOf = (column: number): number => (widths[column] ?? 0) + GAP;
	const total = (some: readonly number[]): number => some.reduce((sum, column) => sum + widthOf(column), 0);
	let left = room - total(fixed);
	const until = movable.findIndex((column) => columns[column] === selected?.column);
	let first = 0;
	while (first < until && total(movable.slice(first, until + 1)) > left) first += 1;
	const shown: number[] = [];
	for (const column of movable.slice(first)) {
		left -= widthOf(column);
		if (left < 0 && shown.length > 0) break;
		shown.push(column);
	}
	return [...fixed, ...shown];
}

/** The explanation of one cell. */
export interface Explanation {
	/** The screen wraps them. */
	readonly lines: readonly { readonly text: string; readonly role: SemanticRole }[];
	/** For the clipboard; null if there is none. */
	readonly command: readonly string[] | null;
}

/** One of the two matrices of the screen. */
export interface Matrix {
	readonly title: string;
	/** A summary in a few words. */
	readonly note: string;
	readonly grid: Grid;
	/** Lines shown if there are no rows and no filter. */
	readonly empty: readonly string[];
	readonly explain: (selected: Selected) => Explanation;
}
