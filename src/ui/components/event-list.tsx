import { Box, Text } from "ink";
import { memo, type ReactNode } from "react";
import type { LogEntry } from "../../cluster/log-entry.ts";
import { formatTime } from "../../store/format.ts";
import { fitText } from "../fit-text.ts";
import { useTheme } from "../theme.ts";

interface EventListProps {
	/** Oldest first. */
	readonly log: readonly LogEntry[];
	readonly names: ReadonlyMap<number, string>;
	readonly height: number;
}

/** The newest events, the newest on top. */
export function EventList({ log, names, height }: EventListProps): ReactNode {
	const theme = useTheme();
	const newest = log.slice(-Math.max(0, height)).reverse();
	if (newest.length === 0) return <Text {...theme.muted}>no events yet</Text>;
	return (
		<Box flexDirection="column">
			{newest.map((entry) => (
				<EventLine
					key={`${entry.timestamp} ${entry.nodeId} ${entry.event} ${entry.details}`}
					entry={entry}
					name={names.get(entry.nodeId) ?? `node ${entry.nodeId}`}
				/>
			))}
		</Box>
	);
}

const EventLine = memo(function EventLine({
	entry,
	name,
}: {
	readonly entry: LogEntry;
	readonly name: string;
}): ReactNode {
	const theme = useTheme();
	const isFailure = entry.successful === false;
	// What the console saw says itself what is wrong; an event of repmgr may look the same either way.
	const prefix = isFailure && entry.source === "repmgr" ? "failed: " : "";
	return (
		<Text wrap="truncate">
			<Text {...theme.muted}>{formatTime(entry.timestamp)}</Text>
			{`  ${fitText(name, 12)}  `}
			<Text {...theme[isFailure ? "critical" : "plain"]}>{fitText(entry.event, 20)}</Text>
			{`  ${prefix}${entry.details}`}
		</Text>
	);
});
