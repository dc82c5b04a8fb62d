import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import type { LogEntry } from "../../model/log-entry.ts";
import { eventColumns, eventLine, type NodeNames, SPACIOUS } from "../screens/events/event-lines.ts";
import { useTheme } from "../theme/theme.ts";
import { EventLine } from "./event-line.tsx";

interface EventListProps {
	/** Oldest first. */
	readonly log: readonly LogEntry[];
	readonly names: NodeNames;
	/** The day in UTC, as "2026-11-23". */
	readonly today: string;
	/** Of the terminal. */
	readonly columns: number;
	readonly height: number;
}

/** The newest events, the newest on top. */
export function EventList({ log, names, today, columns, height }: EventListProps): ReactNode {
	const theme = useTheme();
	const newest = useMemo(() => (height <= 0 ? [] : log.slice(-height).reverse()), [log, height]);
	// On wide terminals, measured over the whole log so that columns stay when events scroll away.
	const measured = columns >= SPACIOUS ? log : newest;
	const widths = useMemo(
		() => eventColumns(measured, names, today, columns),
		[measured, names, today, columns],
	);
	if (height <= 0) return null;
	if (log.length === 0) return <Text {...theme.muted}>{"  no events yet"}</Text>;
	return (
		<Box flexDirection="column" flexShrink={0}>
			{newest.map((entry) => {
				const { key, ...texts } = eventLine(entry, names, today, widths);
				return <EventLine key={key} {...texts} />;
			})}
		</Box>
	);
}
