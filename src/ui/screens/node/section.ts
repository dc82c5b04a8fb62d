import stringWidth from "string-width";
import { current, type Source } from "../../../model/node-state.ts";
import { formatAge } from "../../../text/format.ts";
import { fitText } from "../../text/fit-text.ts";
import type { Span } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";

/** One line of a section: a label, where it has one, and what is known. */
export interface Row {
	readonly label: string | null;
	readonly spans: readonly Span[];
}

/** Where the values of a section come from and how old they are. */
export interface Origin {
	readonly text: string;
	/** Not current, drawn dimmed. */
	readonly isStale: boolean;
}

/** Facts about a node that belong together and have one source. */
export interface Section {
	readonly title: string;
	readonly origin: Origin;
	readonly rows: readonly Row[];
}

export const LABEL_WIDTH = 18;

/** A value that is not known, and why. */
export interface Unknown {
	readonly why: string;
}

export function text(value: string, role: SemanticRole = "plain"): Span {
	return { text: value, role };
}

/** A labelled value; null does not exist for this node. */
export function field(label: string, value: Span | Unknown | string | number | null, ...more: Span[]): Row {
	return { label, spans: [spanOf(value), ...more] };
}

function spanOf(value: Span | Unknown | string | number | null): Span {
	if (value === null) return text("–", "muted");
	if (typeof value === "object") return "why" in value ? text(`? (${value.why})`, "unknown") : value;
	return text(String(value));
}

/** A line without label. */
export function note(value: string, role: SemanticRole = "muted"): Row {
	return { label: null, spans: [text(value, role)] };
}

/** Aligned columns under a heading; every cell is as wide as the widest of its column. */
export function table(heading: readonly string[], rows: readonly (readonly Span[])[]): readonly Row[] {
	const widths = heading.map((title, column) =>
		Math.max(stringWidth(title), ...rows.map((cells) => stringWidth(cells[column]?.text ?? ""))),
	);
	const line = (cells: readonly Span[]): Row => ({
		label: null,
		spans: cells.map(({ text: cell, role }, column) => ({
			text: column === cells.length - 1 ? cell : `${fitText(cell, widths[column] ?? 0)}  `,
			role,
		})),
	});
	return [line(heading.map((title) => text(title, "muted"))), ...rows.map(line)];
}

/** How old the newest good value is: stale once the newest attempt failed or is late. */
export function originOf(way: string, source: Source<unknown>, now: number, freshMs: number): Origin {
	if (source.good === null) {
		return {
			text: source.fault === null ? `${way}, not read yet` : `${way}, never read`,
			isStale: true,
		};
	}
	const ageMs = Math.max(0, now - source.good.at);
	const isStale = current(source) === null || ageMs > freshMs;
	return { text: `${way}, ${isStale ? `as of ${formatAge(ageMs)}` : formatAge(ageMs)}`, isStale };
}

/** Why a source has no value. */
export function whyNot(source: Source<unknown>): Unknown {
	return { why: source.fault?.fault.message ?? "not read yet" };
}

/** The section over as many lines as it needs in `width` terminal columns, each a list of spans. */
export function sectionLines({ title, origin, rows }: Section, width: number): readonly (readonly Span[])[] {
	return [heading(title, origin, width), ...rows.flatMap((row) => rowLines(row, width, origin.isStale))];
}

function heading(title: string, origin: Origin, width: number): readonly Span[] {
	const used = stringWidth(title) + stringWidth(origin.text) + 6;
	return [
		text("─ ", "border"),
		text(title, "title"),
		text(` ${"─".repeat(Math.max(0, width - used))} `, "border"),
		text(origin.text, origin.isStale ? "warning" : "muted"),
		text(" ─", "border"),
	];
}

function rowLines({ label, spans }: Row, width: number, isStale: boolean): readonly (readonly Span[])[] {
	const shown = isStale ? spans.map(dimmed) : spans;
	const indent = label === null ? 2 : LABEL_WIDTH + 3;
	const start = text(label === null ? "  " : `  ${fitText(label, LABEL_WIDTH)} `, "muted");
	const [only] = shown;
	// A single long value is wrapped; a row of several is cut.
	if (only === undefined || shown.length > 1 || stringWidth(only.text) <= width - indent)
		return [[start, ...shown]];
	return wrapText(only.text, Math.max(10, width - indent)).map((part, line) => [
		line === 0 ? start : text(" ".repeat(indent)),
		text(part, only.role),
	]);
}

/** Stale values are dimmed, but problems stay marked. */
function dimmed(span: Span): Span {
	return span.role === "warning" || span.role === "critical" ? span : { ...span, role: "muted" };
}

/** Spans in exactly `width` terminal columns. */
export function fitSpans(spans: readonly Span[], width: number): readonly Span[] {
	let left = width;
	const fitted: Span[] = [];
	for (const span of spans) {
		if (left <= 0) break;
		const size = stringWidth(span.text);
		fitted.push(size <= left ? span : { ...span, text: fitText(span.text, left) });
		left -= size;
	}
	return left > 0 ? [...fitted, text(" ".repeat(left))] : fitted;
}
