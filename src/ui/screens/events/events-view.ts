import { isTrouble, keyOf, type LogEntry } from "../../../model/log-entry.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { lineFilter } from "../../../text/words.ts";
import type { EventsState } from "../states.ts";
import { type NodeNames, nameOf, nodeNames } from "./event-lines.ts";

type Log = Pick<ConsoleState, "log" | "registrations">;

/** The events that pass the filters, oldest first. */
export function eventsView(
	{ log, registrations }: Log,
	{ nodeId, errorsOnly, filter }: Pick<EventsState, "nodeId" | "errorsOnly" | "filter">,
): readonly LogEntry[] {
	const names = nodeNames(registrations);
	const matches = lineFilter(filter) ?? (() => true);
	if (nodeId === null && !errorsOnly && filter === "") return log;
	return log.filter(
		(entry) =>
			(nodeId === null || entry.nodeId === nodeId) &&
			(!errorsOnly || isTrouble(entry)) &&
			matches(eventText(entry, names)),
	);
}

/** The position of the chosen event, or of the one before it if the filter hides it; null follows the newest. -1: none. */
export function selectedEvent(entries: readonly LogEntry[], chosen: string | null): number {
	const newest = entries.length - 1;
	if (chosen === null) return newest;
	const exact = entries.findLastIndex((entry) => isEntry(entry, chosen));
	if (exact >= 0) return exact;
	const before = entries.findLastIndex(({ timestamp }) => timestamp <= chosen);
	return Math.max(before, Math.min(0, newest));
}

/** The entry with this key, or null if the log no longer has it. */
export function entryOf(log: readonly LogEntry[], key: string): LogEntry | null {
	return log.findLast((entry) => isEntry(entry, key)) ?? null;
}

function isEntry(entry: LogEntry, key: string): boolean {
	return key.startsWith(entry.timestamp) && keyOf(entry) === key;
}

/** An event on one line, to be copied and matched by the filter. */
export function eventText(entry: LogEntry, names: NodeNames): string {
	const { timestamp, nodeId, source, event, successful, details } = entry;
	const result = successful === false ? ["failed"] : [];
	return [fullTime(timestamp), nameOf(names, nodeId), source, event, ...result, details].join("  ");
}

/** "2026-11-23 04:41:12.007123 UTC". */
export function fullTime(timestamp: string): string {
	return timestamp.replace("T", " ").replace("Z", " UTC");
}

/** How many events are shown, and which filters hide the others. */
export function eventsNote(data: Log, screen: EventsState, entries: readonly LogEntry[]): string {
	const { nodeId, errorsOnly, filter, entry } = screen;
	const newer = entries.length - 1 - selectedEvent(entries, entry);
	const isAll = nodeId === null && !errorsOnly && filter === "";
	return [
		isAll ? String(data.log.length) : `${entries.length} of ${data.log.length}`,
		...(nodeId === null ? [] : [`node ${nameOf(nodeNames(data.registrations), nodeId)}`]),
		...(errorsOnly ? ["errors only"] : []),
		...(filter === "" ? [] : [`${lineFilter(filter) === null ? "not a valid filter" : "filter"} ${filter}`]),
		...(entry === null ? ["following"] : [newer === 0 ? "not following" : `${newer} newer below`]),
	].join(", ");
}

/** Why the list is empty. */
export function noEventsText({ log, registrations, snapshot }: ConsoleState, screen: EventsState): string {
	if (log.length === 0) {
		const isRead = snapshot.nodes.some(({ observed }) => observed.reachable);
		return isRead ? "no events yet" : "no event is known: no node has answered yet";
	}
	const { nodeId, errorsOnly, filter } = screen;
	const kind = errorsOnly ? "no failed event" : "no event";
	const node = nodeId === null ? "" : ` of ${nameOf(nodeNames(registrations), nodeId)}`;
	return `${kind}${node}${filter === "" ? "" : ` matches ${filter}; esc clears the filter`}`;
}
