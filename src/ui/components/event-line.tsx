import { Text } from "ink";
import { memo, type ReactNode } from "react";
import type { EventLineTexts } from "../screens/events/event-lines.ts";
import { styleIn, useTheme } from "../theme/theme.ts";

interface EventLineProps extends Omit<EventLineTexts, "key"> {
	readonly isSelected?: boolean;
}

/** One entry of the event log, wherever it is listed. */
export const EventLine = memo(function EventLine({
	time,
	node,
	source,
	mark,
	event,
	details,
	isSelected = false,
}: EventLineProps): ReactNode {
	const theme = useTheme();
	return (
		<Text wrap="truncate" {...(isSelected && theme.selection)}>
			{isSelected ? `${theme.glyphs.selected} ` : "  "}
			<Text {...styleIn(theme, "muted", isSelected)}>{time}</Text>
			{`  ${node}  `}
			<Text {...styleIn(theme, "muted", isSelected)}>{source}</Text>
			<Text {...styleIn(theme, mark === " " ? "plain" : "critical", isSelected)}>{`  ${mark} ${event}`}</Text>
			{`  ${details}`}
		</Text>
	);
});
