import type { SemanticRole } from "../theme/theme.ts";
import type { StyledLine } from "./styled-line.ts";
import { wrapText } from "./wrap-text.ts";

const INDENT = "   ";

/** Indented text of one part of a page, wrapped at so many columns; `part` is to be unique on it. */
export function pageText(
	columns: number,
	part: string,
	content: string,
	role: SemanticRole = "plain",
): readonly StyledLine[] {
	return wrapText(content, columns - INDENT.length - 1).map((piece, position) => ({
		key: `${part} ${position}`,
		spans: [{ text: `${INDENT}${piece}`, role }],
	}));
}

/** The title over a part. */
export function pageHeading(title: string): StyledLine {
	return { key: title, spans: [{ text: ` ${title}`, role: "muted" }] };
}
