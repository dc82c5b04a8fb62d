import type { ConfSetup } from "../../model/setup.ts";
import { nearest } from "../../text/nearest.ts";
import { listed, quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, confValue, placeOf } from "../conf.ts";
import { scanCommand } from "../placeholders.ts";
import { EVENTS } from "../repmgr-names.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

const LINK = repmgrManual("event-notifications");

/** Their values have blanks, and details may contain anything (_create_event() in dbutils.c). */
const NEED_QUOTES = "dtc";

/** EVENT_NOTIFICATION_COMMAND: a shell splits its arguments at the wrong places, or refuses the line. */
export const eventNotificationCommand = nodeRule("EVENT_NOTIFICATION_COMMAND", ["conf"], ({ conf }, node) => {
	const name = "event_notification_command";
	const command = commandOf(conf, name) ?? "";
	const unquoted = scanCommand(command).placeholders.filter(
		({ letter, isQuoted }) => NEED_QUOTES.includes(letter) && !isQuoted,
	);
	if (unquoted.length === 0) return [];
	const inQuotes = unquoted.reduceRight(
		(text, { at, letter }) => `${text.slice(0, at)}"%${letter}"${text.slice(at + 2)}`,
		command,
	);
	return [
		{
			severity: "warning",
			message: `${name} of ${quoted(node.registration)} has ${listed([...new Set(unquoted.map(({ letter }) => `%${letter}`))])} without quotes`,
			place: placeOf(conf, name),
			why: unquoted.some(({ letter }) => letter === "d")
				? "Details have parentheses and semicolons: a shell refuses such a line, and no notification is sent."
				: "The value has blanks: the program gets more arguments than it expects.",
			link: LINK,
			change: [confLine(node, conf, name, inQuotes), reloadRepmgrd(node)],
		},
	];
});

/** The events in event_notifications; none: all events. */
function eventsIn(conf: ConfSetup): readonly string[] {
	return confValue(conf, "event_notifications")
		.split(",")
		.map((event) => event.trim())
		.filter((event) => event !== "");
}

/** EVENT_NOTIFICATIONS: names of events that don't exist; with no other name in the list no notification is ever sent. */
export const eventNotifications = nodeRule("EVENT_NOTIFICATIONS", ["conf"], ({ conf }, node) => {
	const name = "event_notifications";
	const events = eventsIn(conf);
	const unknown = events.filter((event) => !EVENTS.has(event));
	if (unknown.length === 0) return [];
	const right = events.flatMap((event) => (EVENTS.has(event) ? [event] : (nearest(event, EVENTS) ?? [])));
	const isAll = unknown.includes("all") || right.length === 0;
	return [
		{
			severity: "warning",
			message: `${name} of ${quoted(node.registration)} names ${unknown.length === 1 ? "an event" : "events"} that repmgr does not know: ${listed(unknown)}`,
			place: placeOf(conf, name),
			why: `${unknown.length === events.length ? "It names no other: event_notification_command never runs." : "It never happens."} ${unknown.includes("all") ? "There is no name for all events: leave the parameter unset for that. " : ""}Names are case-sensitive.`,
			link: LINK,
			change: [confLine(node, conf, name, isAll ? "" : right.join(",")), reloadRepmgrd(node)],
		},
	];
});
