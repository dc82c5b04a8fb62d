import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { LogEntry } from "../../cluster/log-entry.ts";
import { useTheme } from "../theme.ts";
import { eventColumns, eventLine, type NodeNames } from "../view/event-lines.ts";
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
	const newest = height <= 0 ? [] : log.slice(-height).reverse();
	if (log.length === 0) return <Text {...theme.muted}>{"  no events yet"}</Text>;
	const widths = eventColumns(newest, names, today, columns);
	return (
		<Box flexDirection="column" flexShrink={0}>
			{newest.map((entry) => {
				const { key, ...texts } = eventLine(entry, names, today, widths);
				return <EventLine key={key} {...texts} />;
			})}
		</Box>
	);
}
