import {
	LOG_NAMES,
	type LogLine,
	type LogName,
	type LogTail,
	severityIn,
	UNREAD_LOGS,
} from "../../../model/log-tail.ts";
import { formatTime } from "../../../text/format.ts";
import { lineFilter } from "../../../text/words.ts";
import type { UiContext } from "../../context.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { LogsState } from "../states.ts";

/** From this width on, the two logs are side by side. */
const SIDE_BY_SIDE_COLUMNS = 120;

/** Columns between two logs side by side. */
export const PANE_GAP = 3;

/** One log on the screen. */
export interface LogPane {
	readonly name: LogName;
	readonly title: string;
	/** Whether it follows, or how many lines are below. */
	readonly note: string;
	readonly width: number;
	/** Lines under the title. */
	readonly height: number;
	readonly lines: readonly StyledLine[];
	/** Where keys scroll to. */
	readonly scroll: LogScroll;
}

export interface LogsView {
	readonly isSideBySide: boolean;
	/** Filters and wrapping, which apply to all logs shown. */
	readonly note: string;
	readonly panes: readonly LogPane[];
}

/** The logs of a node on `rows` lines below the screen's own heading. */
export function logsView(context: UiContext, screen: LogsState, rows: number): LogsView {
	const names = screen.shown === "both" ? LOG_NAMES : [screen.shown];
	const isSideBySide = names.length > 1 && context.columns >= SIDE_BY_SIDE_COLUMNS;
	const width = isSideBySide ? Math.floor((context.columns - PANE_GAP) / 2) : context.columns;
	return {
		isSideBySide,
		note: noteOf(screen),
		panes: names.map((name, position) => {
			const share = isSideBySide
				? rows
				: position === 0
					? Math.ceil(rows / names.length)
					: Math.floor(rows / names.length);
			return logPane(context, screen, name, width, Math.max(2, share) - 1);
		}),
	};
}

function noteOf({ filter, errorsOnly, wraps, shift }: LogsState): string {
	return [
		...(errorsOnly ? ["errors and warnings only"] : []),
		...(filter === "" ? [] : [`${lineFilter(filter) === null ? "not a valid filter" : "filter"} ${filter}`]),
		...(wraps ? ["long lines wrapped"] : []),
		...(shift > 0 && !wraps ? [`from column ${shift + 1} on`] : []),
	].join(", ");
}

function logPane(
	{ data }: UiContext,
	screen: LogsState,
	name: LogName,
	width: number,
	height: number,
): LogPane {
	const tail = data.logs.get(screen.nodeId)?.[name] ?? UNREAD_LOGS[name];
	const fault = faultLines(tail, width).slice(0, Math.max(1, height - 1));
	const scroll = new LogScroll(narrowed(tail, screen), screen.foot[name], height - fault.length, (line) =>
		screen.wraps ? wrapText(shownText(line.text), wrapWidth(width)).length : 1,
	);
	const visible = scroll.visible();
	const lines = visible.flatMap((line) => styledLines(name, line, screen, width));
	const empty = lines.length === 0 && fault.length === 0 ? [emptyLine(tail, screen)] : [];
	const room = height - fault.length;
	return {
		name,
		title: titleOf(screen, name, tail, visible),
		note: paneNote(tail, scroll),
		width,
		height,
		// A wrapped line that does not fit shows its beginning at the bottom, its end at the top.
		lines: [...(visible.length > 1 ? lines.slice(-room) : lines.slice(0, room)), ...empty, ...fault],
		scroll,
	};
}

function narrowed(tail: LogTail, { errorsOnly, filter }: LogsState): readonly LogLine[] {
	const matches = lineFilter(filter) ?? (() => true);
	if (!errorsOnly && filter === "") return tail.lines;
	return tail.lines.filter((line) => (!errorsOnly || line.isTrouble) && matches(line.text));
}

/** The lines shown while new ones arrive and old ones go: the bottom line is held by its number. */
export class LogScroll {
	readonly #lines: readonly LogLine[];
	readonly #rowsOf: (line: LogLine) => number;
	readonly #height: number;
	readonly #foot: number;
	readonly #lowestFoot: number;

	constructor(
		lines: readonly LogLine[],
		foot: number | null,
		height: number,
		rowsOf: (line: LogLine) => number,
	) {
		this.#lines = lines;
		this.#height = height;
		this.#rowsOf = rowsOf;
		this.#lowestFoot = this.#footOfFirstPage();
		const wanted = foot === null ? lines.length - 1 : lines.findLastIndex(({ number }) => number <= foot);
		this.#foot = Math.max(this.#lowestFoot, wanted);
	}

	/** Lines below the last one shown. */
	get newer(): number {
		return this.#lines.length - 1 - this.#foot;
	}

	/** The lines that fit, the last one at the bottom. */
	visible(): readonly LogLine[] {
		let rows = 0;
		let top = this.#foot + 1;
		while (top > 0 && rows < this.#height) {
			top -= 1;
			rows += this.#rowsOf(this.#lines[top] as LogLine);
		}
		return this.#lines.slice(top, this.#foot + 1);
	}

	/** The number of the bottom line after scrolling by so many lines; null follows the newest. */
	by(lines: number): number | null {
		const index = Math.max(this.#lowestFoot, Math.min(this.#lines.length - 1, this.#foot + lines));
		return index >= this.#lines.length - 1 ? null : (this.#lines[index]?.number ?? null);
	}

	#footOfFirstPage(): number {
		let rows = 0;
		let index = -1;
		while (index < this.#lines.length - 1 && rows < this.#height) {
			index += 1;
			rows += this.#rowsOf(this.#lines[index] as LogLine);
		}
		return index;
	}
}

const TITLES: Readonly<Record<LogName, string>> = { postgresql: "POSTGRESQL", repmgrd: "REPMGRD" };

/** Includes the days, since lines show only the time. */
function titleOf(
	{ shown, focus }: LogsState,
	name: LogName,
	{ source }: LogTail,
	visible: readonly LogLine[],
): string {
	const days = visible.flatMap(({ text }) => DAY.exec(text)?.[2] ?? []);
	const [first, last] = [days[0], days.at(-1)];
	return [
		`${shown === "both" && focus === name ? "▸ " : ""}${TITLES[name]}`,
		...(source === null ? [] : [source]),
		...(first === undefined || last === undefined ? [] : [daysText(first, last)]),
	].join("  ");
}

/** "2026-11-23 to 24": abbreviated to leave room for the log's path. */
function daysText(first: string, last: string): string {
	if (first === last) return first;
	const said = [8, 5, 0].find((length) => first.slice(0, length) === last.slice(0, length));
	return `${first} to ${last.slice(said)}`;
}

function paneNote({ readAt, fault }: LogTail, { newer }: LogScroll): string {
	if (fault !== null) return readAt === null ? "not read" : `read last at ${formatTime(readAt)}`;
	if (readAt === null) return "being read";
	return newer > 0 ? `${newer} newer below` : "following";
}

function faultLines({ fault }: LogTail, width: number): readonly StyledLine[] {
	if (fault === null) return [];
	const { message, detail, hint } = fault.fault;
	const texts = [
		`since ${formatTime(fault.since)}: ${message}`,
		...[detail, hint].filter((text) => text !== undefined),
	];
	return texts
		.flatMap((text) => wrapText(text, width - 2))
		.map((text, line) => ({
			key: `fault ${line}`,
			spans: [{ text: `  ${text}`, role: line === 0 ? "warning" : "plain" }],
		}));
}

function emptyLine(tail: LogTail, { filter, errorsOnly }: LogsState): StyledLine {
	const text =
		tail.readAt === null
			? "looking for the log …"
			: tail.lines.length === 0
				? "the log is empty"
				: filter !== ""
					? `none of ${tail.lines.length} lines matches ${filter}; esc clears the filter`
					: errorsOnly
						? `no error or warning in the last ${tail.lines.length} lines`
						: "";
	return { key: "empty", spans: [{ text: `  ${text}`, role: "muted" }] };
}

/** The day at the beginning, as both programs write it, and the zone if it is UTC like the console's clock. */
const DAY = /^(\[?)(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(\]?)(?: UTC)?/;

/** The line without its day, which is in the title. */
function shownText(text: string): string {
	return text.replace(DAY, "$3");
}

function wrapWidth(width: number): number {
	return Math.max(1, width - 2);
}

/** A line of the log, as several lines if it is wrapped. */
function styledLines(
	name: LogName,
	line: LogLine,
	{ wraps, shift }: LogsState,
	width: number,
): readonly StyledLine[] {
	const key = `${name} ${line.number}`;
	if (line.isNote) return [{ key, spans: [{ text: `(${line.text})`, role: "warning" }] }];
	const text = shownText(line.text);
	const spans = spansOf(name, text);
	if (!wraps) return [{ key, spans: clip(spans, shift, shift + width + 1) }];
	const [first = "", ...rest] = wrapText(text, wrapWidth(width));
	return [
		{ key, spans: clip(spans, 0, first.length) },
		...rest.map((part, position) => ({
			key: `${key} ${position}`,
			spans: [{ text: `  ${part}`, role: "plain" as const }],
		})),
	];
}

const SEVERITY_ROLE: Readonly<Record<string, SemanticRole>> = {
	PANIC: "critical",
	FATAL: "critical",
	ERROR: "critical",
	EMERG: "critical",
	ALERT: "critical",
	CRIT: "critical",
	WARNING: "warning",
};

/** The text before the severity is muted. */
function spansOf(name: LogName, text: string): readonly Span[] {
	const severity = severityIn(name, text);
	if (severity === null) return [{ text, role: "plain" }];
	const { word, index } = severity;
	return [
		{ text: text.slice(0, index), role: "muted" },
		{ text: word, role: SEVERITY_ROLE[word] ?? "title" },
		{ text: text.slice(index + word.length), role: "plain" },
	];
}

/** The characters between two offsets, across spans. */
function clip(spans: readonly Span[], from: number, to: number): readonly Span[] {
	let start = 0;
	return spans.flatMap(({ text, role }) => {
		const part = text.slice(Math.max(0, from - start), Math.max(0, to - start));
		start += text.length;
		return part === "" ? [] : [{ text: part, role }];
	});
}
