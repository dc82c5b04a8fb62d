import { type GridRow, isTroubled } from "../../../presentation/grid.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { lineFilter } from "../../../text/words.ts";
import type { ViewpointsState } from "../states.ts";
import { beliefsMatrix } from "./beliefs.ts";
import { connectionsMatrix } from "./connections.ts";
import { type Explanation, type Matrix, type Selected, selectedIn } from "./grid-view.ts";

/** The matrix that is shown, filtered, and its selected cell with an explanation. */
export interface ViewpointsView extends Omit<Matrix, "explain"> {
	readonly selected: Selected | null;
	readonly explanation: Explanation | null;
}

export function viewpointsView(data: ConsoleState, screen: ViewpointsState): ViewpointsView {
	const { explain, ...matrix } = screen.shows === "beliefs" ? beliefsMatrix(data) : connectionsMatrix(data);
	const grid = { ...matrix.grid, rows: matrix.grid.rows.filter(narrowing(screen)) };
	const selected = selectedIn(grid, screen);
	return { ...matrix, grid, selected, explanation: selected && explain(selected) };
}

function narrowing({ filter, errorsOnly }: ViewpointsState): (row: GridRow) => boolean {
	const matches = lineFilter(filter) ?? (() => true);
	return (row) =>
		(!errorsOnly || isTroubled(row)) && matches([row.title, ...row.cells.map(({ text }) => text)].join(" "));
}
