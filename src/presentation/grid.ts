/** The meaning of a text, for the theme to colour; the text says it without colour, too. */
export type Tone =
	| "ok"
	| "warning"
	| "critical"
	| "unknown"
	| "primary"
	| "standby"
	| "witness"
	| "plain"
	| "muted";

export interface Cell {
	readonly text: string;
	readonly tone: Tone;
}

/** "?" is not known; "–" does not exist for this node. */
export const UNKNOWN: Cell = { text: "?", tone: "unknown" };
export const NONE: Cell = { text: "–", tone: "muted" };

export interface GridRow {
	/** Identifies the row in any order. */
	readonly key: string;
	readonly title: string;
	/** In the order of the columns. */
	readonly cells: readonly Cell[];
}

export interface GridColumn {
	readonly key: string;
	readonly title: string;
	/** Below the title, e.g. the age of the column's values, or "". */
	readonly note: string;
}

/** A matrix for screens and commands. */
export interface Grid {
	/** Number of columns at the left that never scroll. */
	readonly fixedColumns: number;
	readonly columns: readonly GridColumn[];
	readonly rows: readonly GridRow[];
}

export function isTroubled({ cells }: GridRow): boolean {
	return cells.some(isTrouble);
}

/** Troubled rows and columns first; fixed columns stay. */
export function troubleFirst({ fixedColumns, columns, rows }: Grid): Grid {
	const rank = columns.map((_, column) =>
		column < fixedColumns ? 0 : rows.some(({ cells }) => isTrouble(cells[column])) ? 1 : 2,
	);
	const order = [...columns.keys()].toSorted((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || a - b);
	const inOrder = <T>(items: readonly T[]): readonly T[] =>
		order.flatMap((position) => items[position] ?? []);
	return {
		fixedColumns,
		columns: inOrder(columns),
		rows: [...rows.filter(isTroubled), ...rows.filter((row) => !isTroubled(row))].map((row) => ({
			...row,
			cells: inOrder(row.cells),
		})),
	};
}

export function isTrouble(cell: Cell | undefined): boolean {
	return cell?.tone === "warning" || cell?.tone === "critical";
}
