import type { LogEntry } from "../../../model/log-entry.ts";
import { say } from "../../reduce.ts";
import { styledLine } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { nodeNames } from "../events/event-lines.ts";
import { entryOf } from "../events/events-view.ts";
import type { EventState } from "../states.ts";
import { eventView } from "./event-view.ts";

interface EventModel extends Text {
	/** Null if the log no longer has it. */
	readonly entry: LogEntry | null;
}

/** Everything recorded about one event. */
export const EVENT = textScreen<EventState, EventModel>({
	name: "event",
	title: "one event",
	derive: ({ data, columns }, state) => {
		const entry = entryOf(data.log, state.entry);
		return {
			entry,
			heading: "EVENT",
			lines:
				entry === null
					? [styledLine("none", "  this event is too old and no longer kept", "muted")]
					: eventView(entry, nodeNames(data.registrations), data.now, columns),
		};
	},
	bindings: [
		{
			id: "event.copy",
			keys: ["y"],
			label: "copy details",
			help: "Copy the details of the event to the clipboard (OSC 52).",
			disabled: ({ model }) => (model.entry?.details ? null : "this event has no details"),
			run: ({ context, model }) => {
				const { details = "" } = model.entry ?? {};
				context.copy(details);
				return say(`copied: ${details}`);
			},
		},
	],
});
