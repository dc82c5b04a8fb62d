import { Text } from "ink";
import type { ReactNode } from "react";
import type { StyledLine } from "../text/styled-line.ts";
import { styleIn, useTheme } from "../theme/theme.ts";

/** Each line is cut at the right end of the screen. */
export function StyledLines({ lines }: { readonly lines: readonly StyledLine[] }): ReactNode {
	const theme = useTheme();
	return lines.map(({ key, spans, isSelected, isContinued }) => (
		<Text key={key} wrap="truncate" {...(isSelected && theme.selection)}>
			{isSelected === undefined ? "" : isSelected && !isContinued ? theme.glyphs.selected : " "}
			{spans.length === 0
				? " "
				: spans.map(({ text, role }, position) => (
						// biome-ignore lint/suspicious/noArrayIndexKey: a span is nothing but its place in the line
						<Text key={position} {...styleIn(theme, role, isSelected === true)}>
							{text}
						</Text>
					))}
		</Text>
	));
}
