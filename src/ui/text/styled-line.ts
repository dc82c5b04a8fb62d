import type { SemanticRole } from "../theme/theme.ts";

/** A piece of a line and what it is. */
export interface Span {
	readonly text: string;
	readonly role: SemanticRole;
}

/** A line of text: help, one event, a plan. */
export interface StyledLine {
	readonly key: string;
	readonly spans: readonly Span[];
	/** Of a list that is selected from; such a line is drawn one column to the right, behind the mark of the selection. */
	readonly isSelected?: boolean;
}
