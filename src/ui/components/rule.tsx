import { Text } from "ink";
import type { ReactNode } from "react";
import stringWidth from "string-width";
import { useTheme } from "../theme.ts";

interface RuleProps {
	readonly columns: number;
	readonly title?: string;
	/** At the right end: what narrows the list below. Of several the first that fits beside the title, else the last. */
	readonly note?: string | readonly string[];
}

/** A line across the screen, with the title of what comes below. */
export function Rule({ columns, title = "", note = "" }: RuleProps): ReactNode {
	const theme = useTheme();
	const { line } = useTheme().glyphs;
	const label = title === "" ? "" : `${line} ${title} `;
	const notes = typeof note === "string" ? [note] : note;
	const fits = (text: string): boolean => stringWidth(label) + stringWidth(text) + 3 <= columns;
	const chosen = notes.find(fits) ?? notes.at(-1) ?? "";
	const remark = chosen === "" ? "" : ` ${chosen} ${line}`;
	return (
		<Text {...theme.border} wrap="truncate">
			{label + line.repeat(Math.max(0, columns - stringWidth(label + remark))) + remark}
		</Text>
	);
}
