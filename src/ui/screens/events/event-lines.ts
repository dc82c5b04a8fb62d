import stringWidth from "string-width";
import { isTrouble, keyOf, type LogEntry } from "../../../model/log-entry.ts";
import type { Registration } from "../../../model/registration.ts";
import { formatDateTime } from "../../../text/format.ts";
import { fitText } from "../../text/fit-text.ts";

/** Widths in terminal columns; together with marks and gaps they fill the line. */
export interface EventColumns {
	readonly time: number;
	readonly node: number;
	readonly source: number;
	readonly event: number;
	readonly details: number;
}

/** An entry of the log as one line, every text as wide as its column. */
export interface EventLineTexts {
	readonly key: string;
	readonly time: string;
	readonly node: string;
	readonly source: string;
	/** "!" for a failure, which is thus not shown by colour alone. */
	readonly mark: string;
	readonly event: string;
	readonly details: string;
}

const GAP = "  ";

/** From here on there is room for words. */
const WIDE = 100;

/** From this width on, dates are whole and columns do not move as events come and go. */
export const SPACIOUS = 140;

const MOST = { node: 16, event: 28 };

/** Columns of "STANDBY_UNREACHABLE_FROM_HERE", on wide terminals. */
const WHOLE_EVENT = 29;

/** Columns of "repmgrd_failover_promote". */
const STEADY_EVENT = 24;

export type NodeNames = ReadonlyMap<number, string>;

export function nodeNames(registrations: readonly Registration[]): NodeNames {
	return new Map(registrations.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
}

/** A node that is no longer registered has no name. */
export function nameOf(names: NodeNames, nodeId: number | null): string {
	return nodeId === null ? "cluster" : (names.get(nodeId) ?? `node ${nodeId}`);
}

/** Names are whole if there is room; details get the rest of `width`. */
export function eventColumns(
	entries: readonly LogEntry[],
	names: NodeNames,
	today: string,
	width: number,
): EventColumns {
	const isWide = width >= WIDE;
	const isSpacious = width >= SPACIOUS;
	const isToday = entries.every(({ timestamp }) => timestamp.startsWith(today));
	const nodes = new Set(entries.map(({ nodeId }) => nameOf(names, nodeId)));
	if (isSpacious) for (const name of ["cluster", ...names.values()]) nodes.add(name);
	const events = new Set(entries.map(({ event }) => event));
	const time = isToday
		? "00:00:00".length
		: isSpacious
			? "2026-01-01 00:00:00".length
			: "01-01 00:00:00".length;
	const node = widest(["node", ...nodes], MOST.node);
	const source = isWide ? "console".length : 1;
	const event = Math.max(
		isSpacious ? STEADY_EVENT : 0,
		widest(["event", ...events], isWide ? WHOLE_EVENT : MOST.event),
	);
	// Two columns for the selection, two for the mark, four gaps.
	const used = 2 + time + node + source + 2 + event + 4 * GAP.length;
	return { time, node, source, event, details: Math.max(0, width - used) };
}

function widest(texts: readonly string[], most: number): number {
	return Math.min(most, Math.max(...texts.map((text) => stringWidth(text))));
}

/** The day in UTC, as "2026-11-23". */
export function dayOf(now: number): string {
	return formatDateTime(now).slice(0, 10);
}

/** The date is shown for other days than `today` ("2026-11-23"). */
export function eventLine(
	entry: LogEntry,
	names: NodeNames,
	today: string,
	columns: EventColumns,
): EventLineTexts {
	const { timestamp, nodeId, source, event, details } = entry;
	const day = timestamp.slice(0, 10);
	const time = timestamp.slice(11, 19);
	const dated = `${day} ${time}`.slice(-columns.time);
	return {
		key: keyOf(entry),
		time: (day === today ? time : dated).padStart(columns.time),
		node: fitText(nameOf(names, nodeId), columns.node),
		source: columns.source === 1 ? (source[0] ?? "") : source.padEnd(columns.source),
		mark: isTrouble(entry) ? "!" : " ",
		event: fitText(event, columns.event),
		details: fitText(details, columns.details),
	};
}

/** The titles of the columns. */
export function eventHeading(columns: EventColumns): string {
	const title = (text: string, width: number): string => text.slice(0, width).padEnd(width);
	return [
		`  ${"UTC".padEnd(columns.time)}`,
		title("NODE", columns.node),
		columns.source === 1 ? " " : title("SOURCE", columns.source),
		`  ${title("EVENT", columns.event)}`,
		title("DETAILS", columns.details),
	].join(GAP);
}
