import { keyOf, type LogEntry } from "../../model/log-entry.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { eventPage } from "../screens/event/event-view.ts";
import { nodeNames } from "../screens/events/event-lines.ts";
import { entryOf, eventsView, eventText, selectedEvent } from "../screens/events/events-view.ts";
import { clampOffset } from "../window.ts";
import { movingBindings } from "./moving.ts";

const LIST = ["events"] as const;

const ONE = ["event"] as const;

/** The event log, and one event of it. */
export const EVENTS: readonly Binding[] = [
	...movingBindings({
		id: "events",
		screens: LIST,
		unit: "event",
		lastHelp: "Go to the newest event and follow.",
		move: select,
	}),
	{
		id: "event.open",
		keys: ["enter", "right", "l"],
		label: "event",
		help: "Show everything recorded of the selected event.",
		screens: LIST,
		disabled: noEvent,
		run: (context) => {
			const entry = selected(context);
			return entry && { event: "open", screen: { screen: "event", entry: keyOf(entry), offset: 0 } };
		},
	},
	{
		id: "events.follow",
		keys: ["f"],
		label: "follow",
		help: "Go to the newest event and stay with the newest.",
		screens: LIST,
		disabled: (context) =>
			screenIf(context, "events")?.entry === null ? "the newest event is followed already" : null,
		run: (context) => select(context, Number.POSITIVE_INFINITY),
	},
	{
		id: "events.node",
		keys: ["n"],
		label: "by node",
		help: "Show only the events of the first node, the next, …; after the last one, of all.",
		screens: LIST,
		disabled: ({ data }) => (data.snapshot.nodes.length > 0 ? null : "no node is known yet"),
		run: (context) => {
			const screen = screenIf(context, "events");
			if (screen === null) return null;
			const ids = context.data.snapshot.nodes.map(({ nodeId }) => nodeId);
			const position = screen.nodeId === null ? -1 : ids.indexOf(screen.nodeId);
			return { event: "change", screen: { ...screen, nodeId: ids[position + 1] ?? null } };
		},
	},
	{
		id: "events.copy",
		keys: ["y"],
		label: "copy",
		help: "Copy the selected event as one line to the clipboard (OSC 52).",
		screens: LIST,
		isQuiet: true,
		disabled: noEvent,
		run: (context) => {
			const entry = selected(context);
			return entry && copied(context, eventText(entry, nodeNames(context.data.registrations)));
		},
	},
	...movingBindings({ id: "event", screens: ONE, unit: "line", move: scroll }),
	{
		id: "event.copy",
		keys: ["y"],
		label: "copy details",
		help: "Copy the details of the event to the clipboard (OSC 52).",
		screens: ONE,
		disabled: (context) => (shown(context)?.details ? null : "this event has no details"),
		run: (context) => copied(context, shown(context)?.details ?? ""),
	},
];

/** The entry the selection stands on, or null in an empty list. */
function selected(context: UiContext): LogEntry | null {
	const screen = screenIf(context, "events");
	if (screen === null) return null;
	const entries = eventsView(context.data, screen);
	return entries[selectedEvent(entries, screen.entry)] ?? null;
}

function noEvent(context: UiContext): string | null {
	return selected(context) === null ? "no event is selected" : null;
}

/** Down from the last event, or to the end, is to follow. */
function select(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "events");
	if (screen === null) return null;
	const entries = eventsView(context.data, screen);
	const newest = entries.length - 1;
	const position = selectedEvent(entries, screen.entry);
	const isFollowing = by === Number.POSITIVE_INFINITY || (by > 0 && position === newest);
	const entry = entries[Math.max(0, Math.min(newest, position + by))];
	return {
		event: "change",
		screen: { ...screen, entry: isFollowing || entry === undefined ? null : keyOf(entry) },
	};
}

function shown(context: UiContext): LogEntry | null {
	const screen = screenIf(context, "event");
	return screen && entryOf(context.data.log, screen.entry);
}

function scroll(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "event");
	if (screen === null) return null;
	const [count, height] = [eventPage(context, screen.entry).length, context.bodyRows - 1];
	const offset = clampOffset(clampOffset(screen.offset, count, height) + by, count, height);
	return { event: "change", screen: { ...screen, offset } };
}

function copied(context: UiContext, text: string): Reaction {
	context.copy(text);
	return { event: "say", text: `copied: ${text}`, isProblem: false };
}
