import type { SemanticRole } from "../theme.ts";

/** A piece of a line and what it is. */
export interface Span {
	readonly text: string;
	readonly role: SemanticRole;
}

/** A line of text that is only read: help, one event. */
export interface StyledLine {
	readonly key: string;
	readonly spans: readonly Span[];
}
