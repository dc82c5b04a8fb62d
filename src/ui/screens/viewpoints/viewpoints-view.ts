import { type GridRow, isTroubled } from "../../../presentation/grid.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { lineFilter } from "../../../text/words.ts";
import type { ScreenOf } from "../../ui-state.ts";
import { beliefsMatrix } from "./beliefs.ts";
import { connectionsMatrix } from "./connections.ts";
import { type Selected, selectedIn } from "./grid-view.ts";
import type { Explanation, Matrix } from "./matrix.ts";

type ViewpointsState = ScreenOf<"viewpoints">;

/** The matrix that is shown, as the operator narrowed it, and its selected cell with all that can be said of that. */
export interface ViewpointsView extends Omit<Matrix, "explain"> {
	readonly selected: Selected | null;
	readonly explanation: Explanation | null;
}

let last: { data: ConsoleState; screen: ViewpointsState; view: ViewpointsView } | null = null;

/** Screen and keys ask for the same one many times a second: the last answer is kept. */
export function viewpointsView(data: ConsoleState, screen: ViewpointsState): ViewpointsView {
	if (last?.data !== data || last.screen !== screen) last = { data, screen, view: viewOf(data, screen) };
	return last.view;
}

function viewOf(data: ConsoleState, screen: ViewpointsState): ViewpointsView {
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
