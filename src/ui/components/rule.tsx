import { Text } from "ink";
import type { ReactNode } from "react";
import stringWidth from "string-width";
import { fitText } from "../text/fit-text.ts";
import { useTheme } from "../theme/theme.ts";

interface RuleProps {
	readonly columns: number;
	readonly title?: string;
	/** At the right end. Of several, the first that fits beside the title, otherwise the last. */
	readonly note?: string | readonly string[];
}

/** Columns of a title that stay, even if a long note must be cut. */
const SHORTEST_TITLE = 20;

/** A line across the screen, with the title of the lines below it. */
export function Rule({ columns, title = "", note = "" }: RuleProps): ReactNode {
	const theme = useTheme();
	const { line } = useTheme().glyphs;
	const notes = typeof note === "string" ? [note] : note;
	const fits = (text: string): boolean => stringWidth(title) + stringWidth(text) + 6 <= columns;
	const chosen = notes.find(fits) ?? notes.at(-1) ?? "";
	const remark = chosen === "" ? "" : ` ${chosen} ${line}`;
	const room = Math.max(SHORTEST_TITLE, columns - stringWidth(remark) - 3);
	const label = title === "" ? "" : `${line} ${fitText(title, Math.min(room, stringWidth(title)))} `;
	return (
		<Text {...theme.border} wrap="truncate">
			{label + line.repeat(Math.max(0, columns - stringWidth(label + remark))) + remark}
		</Text>
	);
}
