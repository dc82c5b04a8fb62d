import type { Grid } from "../../../presentation/grid.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { Selected } from "./grid-view.ts";

/** All that can be said of one cell. */
export interface Explanation {
	/** As long as they are; the screen wraps them. */
	readonly lines: readonly { readonly text: string; readonly role: SemanticRole }[];
	/** To be copied; null where there is none. */
	readonly command: readonly string[] | null;
}

/** One of the matrices that the screen of viewpoints shows. */
export interface Matrix {
	readonly title: string;
	/** What is so, in a few words. */
	readonly note: string;
	readonly grid: Grid;
	/** Instead of rows where nothing is filtered and there are none; one line each. */
	readonly empty: readonly string[];
	readonly explain: (selected: Selected) => Explanation;
}
