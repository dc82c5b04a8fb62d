import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import { EventLine } from "../../components/event-line.tsx";
import { Rule } from "../../components/rule.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import type { ScreenOf } from "../../ui-state.ts";
import { windowTop } from "../../window.ts";
import { dayOf, eventColumns, eventHeading, eventLine, nodeNames } from "./event-lines.ts";
import { eventsNote, eventsView, noEventsText, selectedEvent } from "./events-view.ts";

/** Lines that are no events: the rule and the heading. */
const FRAME_LINES = 2;

/** The event log: what repmgr recorded and what this console saw, the newest at the bottom. */
export function EventsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "events");
	return screen === null ? null : <Events context={context} screen={screen} />;
}

interface EventsProps {
	readonly context: UiContext;
	readonly screen: ScreenOf<"events">;
}

function Events({ context, screen }: EventsProps): ReactNode {
	const theme = useTheme();
	const { data, columns, bodyRows } = context;
	const { log, registrations } = data;
	const today = dayOf(data.now);
	const { nodeId, errorsOnly, filter } = screen;
	// The log may be long, and the screen is drawn at every poll: work only when something is different.
	const entries = useMemo(
		() => eventsView({ log, registrations }, { nodeId, errorsOnly, filter }),
		[log, registrations, nodeId, errorsOnly, filter],
	);
	const names = useMemo(() => nodeNames(registrations), [registrations]);
	// Measured by all entries, not by those in the window: columns must not move while one scrolls.
	const widths = useMemo(
		() => eventColumns(entries, names, today, columns),
		[entries, names, today, columns],
	);
	const height = Math.max(1, bodyRows - FRAME_LINES);
	const selected = selectedEvent(entries, screen.entry);
	const top = windowTop(selected, entries.length, height);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title="EVENTS" note={eventsNote(data, screen, entries)} />
			<Text {...theme.muted} wrap="truncate">
				{eventHeading(widths)}
			</Text>
			{entries.length === 0 && (
				<Text {...theme.muted} wrap="truncate">{`  ${noEventsText(data, screen)}`}</Text>
			)}
			{entries.slice(top, top + height).map((entry, line) => {
				const { key, ...texts } = eventLine(entry, names, today, widths);
				return <EventLine key={key} {...texts} isSelected={top + line === selected} />;
			})}
		</Box>
	);
}
