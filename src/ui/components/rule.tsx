import { Text } from "ink";
import type { ReactNode } from "react";
import stringWidth from "string-width";
import { useTheme } from "../theme.ts";

interface RuleProps {
	readonly columns: number;
	readonly title?: string;
	/** At the right end: what narrows the list below. */
	readonly note?: string;
}

/** A line across the screen, with the title of what comes below. */
export function Rule({ columns, title = "", note = "" }: RuleProps): ReactNode {
	const theme = useTheme();
	const { line } = useTheme().glyphs;
	const label = title === "" ? "" : `${line} ${title} `;
	const remark = note === "" ? "" : ` ${note} ${line}`;
	return (
		<Text {...theme.border} wrap="truncate">
			{label + line.repeat(Math.max(0, columns - stringWidth(label + remark))) + remark}
		</Text>
	);
}
