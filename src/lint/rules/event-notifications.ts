import type { ConfSetup } from "../../model/setup.ts";
import { nearest } from "../../text/nearest.ts";
import { listed, quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, confValue, placeOf } from "../conf.ts";
import { scanCommand } from "../placeholders.ts";
import { EVENTS } from "../repmgr-names.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

const LINK = repmgrManual("event-notifications");

/** Their text has blanks, and details may have anything (dbutils.c, _create_event). */
const NEED_QUOTES = "dtc";

/** EVENT_NOTIFICATION_COMMAND: the shell takes its arguments apart otherwise than they are meant, or refuses the line. */
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
				? "Details have parentheses and semicolons: the shell refuses such a line, and nobody is told of the event."
				: "What repmgr puts there has blanks: the program gets more arguments than it expects.",
			link: LINK,
			change: [confLine(node, conf, name, inQuotes), reloadRepmgrd(node)],
		},
	];
});

/** The events that are to be told; empty: all. */
function eventsIn(conf: ConfSetup): readonly string[] {
	return confValue(conf, "event_notifications")
		.split(",")
		.map((event) => event.trim())
		.filter((event) => event !== "");
}

/** EVENT_NOTIFICATIONS: names of events that repmgr never makes; with no other name in the list nothing is ever told. */
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
			why: `${unknown.length === events.length ? "It names no other: event_notification_command is never run." : "That is never told."} ${unknown.includes("all") ? "There is no word for all events: they are told where the parameter is not set. " : ""}Names are case-sensitive.`,
			link: LINK,
			change: [confLine(node, conf, name, isAll ? "" : right.join(",")), reloadRepmgrd(node)],
		},
	];
});
