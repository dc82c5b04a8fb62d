import type { Cell } from "./topology.ts";

/** Something that is asked, and one cell for everyone who can answer. */
export interface GridRow {
	/** Tells it from all others, whatever order they come in. */
	readonly key: string;
	readonly title: string;
	/** In the order of the columns. */
	readonly cells: readonly Cell[];
}

export interface GridColumn {
	readonly key: string;
	readonly title: string;
	/** Below the title, e.g. how old all below is; "" where there is nothing to say. */
	readonly note: string;
}

/** A matrix, for screens and commands. */
export interface Grid {
	/** So many columns at the left never scroll. */
	readonly fixedColumns: number;
	readonly columns: readonly GridColumn[];
	readonly rows: readonly GridRow[];
}

/** Is there anything in the row that is not as it should be? */
export function isTroubled({ cells }: GridRow): boolean {
	return cells.some(isTrouble);
}

/** The same with what is not as it should be in front: rows, and columns but for the fixed ones. */
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

/** Is this not as it should be? */
export function isTrouble(cell: Cell | undefined): boolean {
	return cell?.tone === "warning" || cell?.tone === "critical";
}
