import type { LagSample } from "../../../store/lag-history.ts";
import { formatBytes, formatSeconds, formatTime } from "../../../text/format.ts";
import type { Span } from "../../text/styled-line.ts";
import { note, type Row, type Section, text } from "./section.ts";
import type { Subject } from "./subject.ts";

/** How far back the history goes. */
const SPAN_MS = 600_000;

const EIGHTHS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** At the bottom of a column in which the lag is unknown. */
const UNKNOWN_MARK = "?";

/** The lag of the last ten minutes as bars; null if the node has none. */
export function lagSection({ node, lag, now }: Subject, width: number, height: number): Section | null {
	if ((node.observed.role ?? node.registered.type) !== "standby") return null;
	const worst = lag.reduce<LagSample | null>(
		(most, sample) => ((sample.bytes ?? -1) > (most?.bytes ?? -1) ? sample : most),
		null,
	);
	return {
		title: "LAG, LAST 10 MINUTES",
		origin: {
			text:
				worst?.bytes === null || worst === null
					? "not known so far"
					: `most ${formatBytes(worst.bytes)}${worst.seconds === null ? "" : `, ${formatSeconds(worst.seconds)}`} at ${formatTime(worst.at)}`,
			isStale: false,
		},
		rows: lag.length === 0 ? [note("no sample yet")] : lagChart(lag, now, width - 2, height),
	};
}

/** One column: blank before the console started, otherwise the greatest lag, null if unknown. */
type Column = number | null | "blank";

/** Bars `height` lines high with a scale at the left and the time below. */
export function lagChart(
	samples: readonly LagSample[],
	now: number,
	width: number,
	height: number,
): readonly Row[] {
	const top = scaleTop(Math.max(0, ...samples.map(({ bytes }) => bytes ?? 0)));
	const labels = Array.from({ length: height }, (_, line) =>
		line === 0
			? formatBytes(top)
			: line === height - 1
				? "0"
				: height > 4 && line * 2 === height
					? formatBytes(top / 2)
					: "",
	);
	const labelWidth = Math.max(...labels.map((label) => label.length));
	const columns = columnsOf(samples, now, Math.max(10, width - labelWidth - 2));
	const bars = labels.map(
		(label, line): Row => ({
			label: null,
			spans: [
				text(`${label.padStart(labelWidth)} │`, "muted"),
				...merged(columns.map((column) => cell(column, top, height, height - 1 - line))),
			],
		}),
	);
	return [...bars, axis(labelWidth, columns.length), ...legend(columns)];
}

/** The next power of two, so that the scale seldom moves. */
function scaleTop(bytes: number): number {
	return 2 ** Math.ceil(Math.log2(Math.max(8192, bytes)));
}

function columnsOf(samples: readonly LagSample[], now: number, count: number): readonly Column[] {
	const columns: Column[] = Array.from({ length: count }, () => "blank");
	for (const { at, bytes } of samples) {
		const index = Math.floor((1 - (now - at) / SPAN_MS) * count);
		const place = Math.min(count - 1, index);
		if (place < 0) continue;
		const was = columns[place];
		columns[place] =
			bytes === null
				? typeof was === "number"
					? was
					: null
				: Math.max(bytes, typeof was === "number" ? was : 0);
	}
	return columns;
}

/** One character of a column; `line` counts from the bottom. Zero is a thin line, a small lag is thicker. */
function cell(column: Column, top: number, height: number, line: number): Span {
	if (column === "blank") return text(" ");
	if (column === null) return line === 0 ? text(UNKNOWN_MARK, "unknown") : text(" ");
	const eighths = column === 0 ? 1 : Math.max(2, Math.ceil((column / top) * height * 8));
	const filled = Math.min(8, eighths - line * 8);
	return filled <= 0 ? text(" ") : text(EIGHTHS[filled - 1] ?? " ", column === 0 ? "muted" : "standby");
}

/** Neighbours of one role become one span: a few spans a line instead of two hundred. */
function merged(spans: readonly Span[]): readonly Span[] {
	const result: Span[] = [];
	for (const span of spans) {
		const last = result.at(-1);
		if (last !== undefined && (last.role === span.role || span.text === " "))
			result[result.length - 1] = { ...last, text: last.text + span.text };
		else result.push(span);
	}
	return result;
}

function axis(labelWidth: number, width: number): Row {
	const [left, middle, right] = ["10 min ago", "5 min", "now"];
	const centre = Math.floor(width / 2) - 2;
	const line = `${left}${" ".repeat(Math.max(1, centre - left.length))}${middle}`;
	return note(
		`${" ".repeat(labelWidth + 2)}${line}${" ".repeat(Math.max(1, width - line.length - right.length))}${right}`,
	);
}

function legend(columns: readonly Column[]): readonly Row[] {
	return columns.includes(null) ? [note(`${UNKNOWN_MARK} the lag was not known, as while detached`)] : [];
}
