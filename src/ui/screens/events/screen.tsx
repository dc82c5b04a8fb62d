import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import { keyOf } from "../../../model/log-entry.ts";
import { EventLine } from "../../components/event-line.tsx";
import { Rule } from "../../components/rule.tsx";
import { clickList, type List, type ListScreen, listBindings, listOf } from "../../list.ts";
import { change, open, say } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { useTheme } from "../../theme/theme.ts";
import type { EventsState } from "../states.ts";
import { dayOf, eventColumns, eventHeading, eventLine, nodeNames } from "./event-lines.ts";
import { eventsNote, eventsView, eventText, noEventsText, selectedEvent } from "./events-view.ts";
import { type EventItem, foldedEvents, operationTimes } from "./folded-events.ts";

/** The rule and the heading. */
const LINES_ABOVE = 2;

interface EventsModel {
	readonly list: List<EventItem>;
}

type EventsShown = Shown<EventsState, EventsModel>;

const LIST: ListScreen<EventsState, EventsModel, EventItem> = {
	unit: "event",
	lastHelp: "Go to the newest event and follow.",
	list: ({ list }) => list,
	// Down from the last event, or to the end, is to follow.
	select: ({ state, model: { list } }, entry, by) => {
		const isLast = list.selected === list.items.length - 1;
		const isFollowing = by === Number.POSITIVE_INFINITY || (by > 0 && isLast);
		return { ...state, entry: isFollowing ? null : keyOf(entry) };
	},
};

const noEvent = ({ model }: EventsShown): string | null =>
	model.list.item === null ? "no event is selected" : null;

export const EVENTS = defineScreen<EventsState, EventsModel>({
	name: "events",
	title: "events",
	hasFilter: true,
	derive: ({ data, operationStore, bodyRows }, state) => {
		const all = eventsView(data, state);
		// A filter looks for single events.
		const entries = all === data.log ? foldedEvents(all, operationTimes(operationStore), state.opened) : all;
		const selected = selectedEvent(entries, state.entry);
		return { list: listOf(entries, selected, Math.max(1, bodyRows - LINES_ABOVE)) };
	},
	View: Events,
	click: clickList(LINES_ABOVE, LIST),
	bindings: [
		...listBindings("events", LIST),
		{
			id: "event.open",
			keys: ["enter", "right", "l"],
			label: "event",
			help: "Show everything recorded about the selected event, or unfold the events of an operation.",
			disabled: noEvent,
			run: ({ state, model: { list } }) => {
				if (list.item === null) return null;
				const { operationId } = list.item;
				if (operationId === undefined) return open({ screen: "event", entry: keyOf(list.item), offset: 0 });
				const others = state.opened.filter((one) => one !== operationId);
				const isOpen = others.length < state.opened.length;
				return change({
					...state,
					entry: keyOf(list.item),
					opened: isOpen ? others : [...others, operationId],
				});
			},
		},
		{
			id: "events.follow",
			keys: ["f"],
			label: "follow",
			help: "Go to the newest event and follow.",
			disabled: ({ state }) => (state.entry === null ? "already following" : null),
			run: ({ state }) => change({ ...state, entry: null }),
		},
		{
			id: "events.node",
			keys: ["n"],
			label: "by node",
			help: "Show the events of the next node only; after the last node, of all.",
			disabled: ({ context }) => (context.data.snapshot.nodes.length > 0 ? null : "no node is known yet"),
			run: ({ context, state }) => {
				const ids = context.data.snapshot.nodes.map(({ nodeId }) => nodeId);
				const position = state.nodeId === null ? -1 : ids.indexOf(state.nodeId);
				return change({ ...state, nodeId: ids[position + 1] ?? null });
			},
		},
		{
			id: "events.copy",
			keys: ["y"],
			label: "copy",
			help: "Copy the selected event as one line to the clipboard (OSC 52).",
			isQuiet: true,
			disabled: noEvent,
			run: ({ context, model: { list } }) => {
				if (list.item === null) return null;
				const text = eventText(list.item, nodeNames(context.data.registrations));
				context.copy(text);
				return say(`copied: ${text}`);
			},
		},
	],
});

/** The event log: what repmgr recorded and what this console saw, the newest at the bottom. */
function Events({ context, state, model: { list } }: EventsShown): ReactNode {
	const theme = useTheme();
	const { data, columns } = context;
	const { registrations } = data;
	const { items } = list;
	const today = dayOf(data.now);
	const names = useMemo(() => nodeNames(registrations), [registrations]);
	// Measured by all entries, not by those in the window: columns must not move while one scrolls.
	const widths = useMemo(() => eventColumns(items, names, today, columns), [items, names, today, columns]);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title="EVENTS" note={eventsNote(data, state, items)} />
			<Text {...theme.muted} wrap="truncate">
				{eventHeading(widths)}
			</Text>
			{items.length === 0 && <Text {...theme.muted} wrap="truncate">{`  ${noEventsText(data, state)}`}</Text>}
			{list.visible.map((entry, line) => {
				const { key, ...texts } = eventLine(entry, names, today, widths);
				return <EventLine key={key} {...texts} isSelected={list.top + line === list.selected} />;
			})}
		</Box>
	);
}
