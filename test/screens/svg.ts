import stringWidth from "string-width";
import { colour256, PALETTE_16 } from "../../src/ui/theme/palette.ts";
import type { Cell } from "../support/terminal.ts";

/** The terminal around the cells: one that is dark, as most are. */
const BACKGROUND = "#14161b";
const FOREGROUND = "#d3d7de";
const FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";
const FONT_SIZE = 14;
/** The advance of DejaVu Sans Mono and similar fonts is 0.602 em. Every run of text has an explicit length as well. */
const CELL_WIDTH = FONT_SIZE * 0.602;
const CELL_HEIGHT = 18;
const BASELINE = 13.5;
const MARGIN = 14;

type Looks = Omit<Cell, "text" | "width">;

interface Run extends Looks {
	readonly column: number;
	readonly columns: number;
	readonly text: string;
}

/** A picture of a terminal's screen: one text for every run of cells that look alike, rectangles behind those with a background. */
export function svgOf(lines: readonly (readonly Cell[])[], title: string): string {
	return document(
		lines,
		title,
		lines.flatMap((line, row) => drawnLine(line, row)),
	);
}

/** A screen, and how long it is shown. */
export interface Scene {
	readonly lines: readonly (readonly Cell[])[];
	readonly seconds: number;
}

/** The same of several screens one after the other, again and again. A line that stays is drawn once. */
export function animatedSvgOf(scenes: readonly Scene[], title: string): string {
	const [first] = scenes;
	if (first === undefined) throw new Error("nothing to draw");
	const total = scenes.reduce((sum, { seconds }) => sum + seconds, 0);
	const startOf = (scene: number): number =>
		number((100 * scenes.slice(0, scene).reduce((sum, { seconds }) => sum + seconds, 0)) / total);
	const spans = first.lines.flatMap((_, row) => spansOf(scenes, row));
	const whole = `s0-${scenes.length}`;
	const names = [...new Set(spans.map(({ name }) => name))].filter((name) => name !== whole);
	const rules = names.flatMap((name) => {
		const [from = 0, to = 0] = name.slice(1).split("-").map(Number);
		const [start, end] = [startOf(from), startOf(to)];
		const before = start === 0 ? "" : "0%{visibility:hidden}";
		const after = to === scenes.length ? "" : `${end}%{visibility:hidden}`;
		return [
			`@keyframes ${name}{${before}${start}%{visibility:visible}${after}}`,
			`.${name}{visibility:hidden;animation:${name} ${number(total)}s step-end infinite}`,
		];
	});
	// Whoever wants no motion sees the last screen.
	const last = names.filter((name) => name.endsWith(`-${scenes.length}`)).map((name) => `.${name}`);
	const still = names.map((name) => `.${name}`).join(",");
	return document(first.lines, title, [
		`<style>${rules.join("")}@media(prefers-reduced-motion:reduce){${still}{animation:none}${last.join(",")}{visibility:visible}}</style>`,
		...spans.map(({ name, row, line }) =>
			name === whole
				? drawnLine(line, row).join("")
				: `<g class="${name}">${drawnLine(line, row).join("")}</g>`,
		),
	]);
}

/** What stands in a row, from one scene to before another: the name says which. */
function spansOf(scenes: readonly Scene[], row: number) {
	const spans: { name: string; from: number; row: number; line: readonly Cell[]; key: string }[] = [];
	for (const [index, { lines }] of scenes.entries()) {
		const line = lines[row] ?? [];
		const key = drawnLine(line, row).join("");
		const last = spans.at(-1);
		if (last?.key === key) last.name = `s${last.from}-${index + 1}`;
		else spans.push({ name: `s${index}-${index + 1}`, from: index, row, line, key });
	}
	return spans.filter(({ key }) => key !== "");
}

function drawnLine(line: readonly Cell[], row: number): readonly string[] {
	return runsOf(line).flatMap((run) => drawn(run, row));
}

function document(lines: Scene["lines"], title: string, body: readonly string[]): string {
	const columns = lines[0]?.reduce((sum, { width }) => sum + width, 0) ?? 0;
	const width = number(columns * CELL_WIDTH + 2 * MARGIN);
	const height = lines.length * CELL_HEIGHT + 2 * MARGIN;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
		`<title>${escaped(title)}</title>`,
		// On the elements themselves: browsers don't let them inherit it.
		"<style>text{white-space:pre}</style>",
		`<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
		`<g font-family="${FONT}" font-size="${FONT_SIZE}" fill="${FOREGROUND}" shape-rendering="crispEdges">`,
		...body,
		"</g>",
		"</svg>",
		"",
	].join("\n");
}

/** Neighbours that look alike, without the blanks at the end of the line. */
function runsOf(line: readonly Cell[]): readonly Run[] {
	const runs: Run[] = [];
	let column = 0;
	for (const { text, width, ...looks } of line) {
		const last = runs.at(-1);
		// A wide character stands alone: the font's own idea of its width would move what follows.
		if (last !== undefined && width === 1 && stringWidth(last.text) === last.columns && isAlike(last, looks))
			runs.splice(-1, 1, { ...last, text: last.text + text, columns: last.columns + 1 });
		else runs.push({ ...looks, text, column, columns: width });
		column += width;
	}
	return runs;
}

function isAlike(one: Looks, other: Looks): boolean {
	return (Object.keys(other) as (keyof Looks)[]).every((key) => one[key] === other[key]);
}

function drawn(run: Run, row: number): readonly string[] {
	const [x, y] = [number(MARGIN + run.column * CELL_WIDTH), MARGIN + row * CELL_HEIGHT];
	const width = number(run.columns * CELL_WIDTH);
	const own = colour(run.color, FOREGROUND);
	const behind = colour(run.background, BACKGROUND);
	const [fill, back] = run.inverse ? [behind, own] : [own, behind];
	const rectangle =
		back === BACKGROUND
			? []
			: [`<rect x="${x}" y="${y}" width="${width}" height="${CELL_HEIGHT}" fill="${back}"/>`];
	// Blanks at both ends are neither drawn nor measured.
	const text = run.text.trim();
	if (text === "") return rectangle;
	const indent = run.text.length - run.text.trimStart().length;
	const attributes = [
		`x="${number(MARGIN + (run.column + indent) * CELL_WIDTH)}"`,
		`y="${y + BASELINE}"`,
		`textLength="${number((run.columns - (run.text.length - text.length)) * CELL_WIDTH)}"`,
		...(fill === FOREGROUND ? [] : [`fill="${fill}"`]),
		...(run.bold ? ['font-weight="bold"'] : []),
		...(run.dim ? ['opacity="0.6"'] : []),
		...(run.underline ? ['text-decoration="underline"'] : []),
	];
	return [...rectangle, `<text ${attributes.join(" ")}>${escaped(text)}</text>`];
}

function colour(value: Cell["color"], own: string): string {
	if (value === null) return own;
	if (typeof value === "string") return value;
	return value < 16 ? (Object.values(PALETTE_16)[value] ?? own) : colour256(value);
}

function number(value: number): number {
	return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
