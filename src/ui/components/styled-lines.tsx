import { Text } from "ink";
import type { ReactNode } from "react";
import { useTheme } from "../theme.ts";
import type { StyledLine } from "../view/styled-line.ts";

/** Lines one below the other, each cut at the right end of the screen. */
export function StyledLines({ lines }: { readonly lines: readonly StyledLine[] }): ReactNode {
	const theme = useTheme();
	return lines.map(({ key, spans }) => (
		<Text key={key} wrap="truncate">
			{spans.length === 0
				? " "
				: spans.map(({ text, role }, position) => (
						// biome-ignore lint/suspicious/noArrayIndexKey: a span is nothing but its place in the line
						<Text key={position} {...theme[role]}>
							{text}
						</Text>
					))}
		</Text>
	));
}
