import { isMet, median, type Result, ratioOf } from "./result.ts";

/** Every result of one measure. */
export interface Section {
	readonly name: string;
	readonly about: string;
	readonly results: readonly Result[];
	/** Why there are no results. */
	readonly failure?: string;
}

const HEADING = ["", "ours", "repmgr", "ratio", "aim", ""];

/** One table with medians, minimum and maximum. */
export function textReport(sections: readonly Section[]): string {
	const rows = sections.map(({ results }) => results.map(cellsOf));
	const widths = HEADING.map((title, column) =>
		Math.max(title.length, ...rows.flat().map((row) => row[column]?.length ?? 0)),
	);
	const line = (cells: readonly string[]): string =>
		`  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`.trimEnd();
	const blocks = sections.map(({ name, about, results, failure }, position) =>
		[
			`${name}: ${about}`,
			...(rows[position] ?? []).map(line),
			...notesOf(results),
			...(failure === undefined ? [] : [`  FAILED: ${failure}`]),
		].join("\n"),
	);
	return [line(HEADING), ...blocks, summary(sections)].join("\n\n");
}

/** All numbers as JSON. */
export function jsonReport(sections: readonly Section[]): string {
	const measures = sections.map(({ results, ...section }) => ({
		...section,
		results: results.map((result) => ({
			...result,
			median: median(result.ours),
			ratio: ratioOf(result),
			met: isMet(result),
		})),
	}));
	return JSON.stringify({ schema: 1, takenAt: new Date().toISOString(), measures }, null, 2);
}

function cellsOf(result: Result): readonly string[] {
	const ratio = ratioOf(result);
	const met = isMet(result);
	return [
		result.what,
		formatSamples(result.ours, result.unit),
		result.theirs ? formatSamples(result.theirs, result.unit) : "",
		ratio === null ? "" : formatNumber(ratio),
		result.aim?.text ?? "",
		met === null ? "" : met ? "met" : "MISSED",
	];
}

function formatSamples(samples: readonly number[], unit: string): string {
	const range =
		samples.length > 1
			? ` (${formatNumber(Math.min(...samples))}–${formatNumber(Math.max(...samples))})`
			: "";
	return `${formatNumber(median(samples))} ${unit}${range}`;
}

/** Three significant digits. */
function formatNumber(value: number): string {
	return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function notesOf(results: readonly Result[]): readonly string[] {
	return [...new Set(results.flatMap(({ note }) => (note === undefined ? [] : [note])))].map(
		(note) => `  · ${note}`,
	);
}

function summary(sections: readonly Section[]): string {
	const judged = sections.flatMap(({ results }) => results).filter((result) => isMet(result) !== null);
	const missed = judged.filter((result) => isMet(result) === false);
	return [
		`${judged.length - missed.length} of ${judged.length} aims met.`,
		...missed.map(({ what, aim }) => `MISSED: ${what} (${aim?.text})`),
	].join("\n");
}
