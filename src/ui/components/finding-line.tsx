import { Text } from "ink";
import { memo, type ReactNode } from "react";
import type { FindingLine as FindingLineTexts } from "../screens/findings/finding-lines.ts";
import { fitText } from "../text/fit-text.ts";
import { useTheme } from "../theme/theme.ts";

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
	// Selection and mark before, gaps between, one column free at the end.
	const free = Math.max(0, columns - 2 - 2 - 1 - code.length - 2 - 2 - lasted.length - 1);
	return (
		<Text wrap="truncate" {...(isSelected && theme.selection)}>
			{isSelected ? `${theme.glyphs.selected} ` : "  "}
			<Text {...theme[role]}>{`${mark.padEnd(2)} ${code}`}</Text>
			<Text {...theme[isAcknowledged ? "muted" : "plain"]}>{`  ${fitText(message, free)}`}</Text>
			<Text {...theme.muted}>{`  ${lasted}`}</Text>
		</Text>
	);
});
