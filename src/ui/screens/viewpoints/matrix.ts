import type { Grid } from "../../../presentation/grid.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { Selected } from "./grid-view.ts";

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
