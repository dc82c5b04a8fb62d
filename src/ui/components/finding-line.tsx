import { Text } from "ink";
import { memo, type ReactNode } from "react";
import type { FindingLine as FindingLineTexts } from "../screens/findings/finding-lines.ts";
import { fitText, textWidth } from "../text/fit-text.ts";
import type { SemanticRole } from "../theme/theme.ts";
import { styleIn, useTheme } from "../theme/theme.ts";

interface FindingLineProps extends Omit<FindingLineTexts, "key"> {
	readonly columns: number;
	readonly isSelected?: boolean;
}

/** One finding, wherever findings are listed. */
export const FindingLine = memo(function FindingLine({
	mark,
	code,
	message,
	lasted,
	role,
	isAcknowledged,
	columns,
	isSelected = false,
}: FindingLineProps): ReactNode {
	const theme = useTheme();
	// Cursor and mark before, two gaps, one column free at the end.
	const tail = `${code}  ${lasted}`.trimEnd();
	const free = Math.max(0, columns - 2 - 2 - 1 - 2 - textWidth(tail) - 1);
	const style = (one: SemanticRole) => styleIn(theme, one, isSelected);
	return (
		<Text wrap="truncate" {...(isSelected && theme.selection)}>
			{isSelected ? `${theme.glyphs.selected} ` : "  "}
			<Text {...style(role)}>{`${mark.padEnd(2)} `}</Text>
			<Text {...style(isAcknowledged ? "muted" : "plain")}>{`${fitText(message, free)}  `}</Text>
			<Text {...style("muted")}>{tail}</Text>
		</Text>
	);
});
