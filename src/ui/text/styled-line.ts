import type { SemanticRole } from "../theme/theme.ts";
import { wrapText } from "./wrap-text.ts";

/** A piece of a line and its role, which the theme makes a colour. */
export interface Span {
	readonly text: string;
	readonly role: SemanticRole;
}

/** A line of text. */
export interface StyledLine {
	readonly key: string;
	readonly spans: readonly Span[];
	/** Given in a list only; such a line is drawn one column to the right, after the mark of the selection. */
	readonly isSelected?: boolean;
	/** It goes on with the line above: the mark stands there. */
	readonly isContinued?: true;
}

/** One span on a line of its own. */
export function styledLine(key: string, text: string, role: SemanticRole = "plain"): StyledLine {
	return { key, spans: text === "" ? [] : [{ text, role }] };
}

/** Makes texts that are indented and wrapped to the width of the screen; `part` is to be unique among them. */
export function textIn(columns: number) {
	return (
		part: string,
		indent: number,
		content: string,
		role: SemanticRole = "plain",
	): readonly StyledLine[] =>
		wrapText(content, columns - indent - 1).map((piece, position) =>
			styledLine(`${part} ${position}`, " ".repeat(indent) + piece, role),
		);
}

/** The title over a part of a text. */
export function pageHeading(title: string): StyledLine {
	return styledLine(title, ` ${title}`, "muted");
}
