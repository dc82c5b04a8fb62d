import { estimateOf, type StepCell, type StepGrid } from "../../session/step-grid.ts";
import { formatSeconds } from "../../text/format.ts";
import { listOf } from "../list.ts";
import { fitText, textWidth } from "../text/fit-text.ts";
import { type Span, type StyledLine, styledLine, textIn } from "../text/styled-line.ts";
import type { SemanticRole } from "../theme/theme.ts";
import type { Here } from "./state.ts";

const MARKS: Readonly<Record<StepCell["status"], { readonly mark: string; readonly role: SemanticRole }>> = {
	waiting: { mark: "·", role: "muted" },
	running: { mark: "▶", role: "key" },
	done: { mark: "✓", role: "ok" },
	failed: { mark: "✗", role: "critical" },
	"done before": { mark: "✓", role: "muted" },
};

/** Widths in columns. */
const LEAST_CELL = 9;
const MOST_CELL = 16;

/** What is drawn of the steps while they are carried out. */
export interface GridLayout {
	/** How many are done, and how long it has taken. */
	readonly note: string;
	readonly grid: readonly StyledLine[];
	readonly cell: StepCell | null;
	readonly logTitle: string;
	readonly log: readonly StyledLine[];
}

/** The steps, in an order that is that of each host: a standby's clone stands before its start. */
function namesOf(grid: StepGrid): readonly string[] {
	const names: string[] = [];
	for (const node of nodesOf(grid)) {
		const own = grid.cells.filter((cell) => cell.node === node).map(({ name }) => name);
		for (const [position, name] of own.entries()) {
			if (names.includes(name)) continue;
			const next = own.slice(position + 1).find((later) => names.includes(later));
			names.splice(next === undefined ? names.length : names.indexOf(next), 0, name);
		}
	}
	return names;
}
const nodesOf = ({ cells }: StepGrid): readonly string[] => [...new Set(cells.map(({ node }) => node))];

/** The cell that was chosen; else one that has failed, else the one that runs longest, else the last that ended. */
export function shownCell(grid: StepGrid, chosen: string | null): StepCell | null {
	const { cells } = grid;
	const startOf = ({ startedAt }: StepCell): number => startedAt ?? 0;
	const endOf = ({ endedAt }: StepCell): number => endedAt ?? 0;
	return (
		cells.find(({ key }) => key === chosen) ??
		cells.find(({ status }) => status === "failed") ??
		cells.filter(({ status }) => status === "running").toSorted((a, b) => startOf(a) - startOf(b))[0] ??
		cells.toSorted((a, b) => endOf(b) - endOf(a))[0] ??
		null
	);
}

/** The cell so many rows below and columns to the right, where there is one. */
export function movedCell(
	grid: StepGrid,
	from: StepCell | null,
	down: number,
	right: number,
): StepCell | null {
	if (from === null) return null;
	const [names, nodes] = [namesOf(grid), nodesOf(grid)];
	const node = nodes[Math.max(0, Math.min(nodes.length - 1, nodes.indexOf(from.node) + right))];
	const step = down === 0 ? 1 : Math.sign(down);
	let row = Math.max(0, Math.min(names.length - 1, names.indexOf(from.name) + down));
	// Not every host has every step.
	for (; row >= 0 && row < names.length; row += step) {
		const found = grid.cells.find((cell) => cell.node === node && cell.name === names[row]);
		if (found !== undefined) return found;
	}
	return right === 0 ? from : (grid.cells.findLast((cell) => cell.node === node) ?? from);
}

export function gridLayout(here: Here, grid: StepGrid): GridLayout {
	const { columns, bodyRows, now, ui } = here;
	const cell = shownCell(grid, ui.cell);
	const [names, nodes] = [namesOf(grid), nodesOf(grid)];
	const label = Math.max(...names.map(textWidth), 4) + 2;
	const width = Math.max(LEAST_CELL, Math.min(MOST_CELL, Math.floor((columns - label - 1) / nodes.length)));
	const fit = Math.max(1, Math.floor((columns - label - 1) / width));
	const shownNodes = listOf(nodes, cell === null ? 0 : nodes.indexOf(cell.node), fit).visible;
	const height = Math.min(names.length, Math.max(3, Math.floor((bodyRows - 2) / 2)));
	const rows = listOf(names, cell === null ? 0 : names.indexOf(cell.name), height).visible;
	const log = logLines(here, grid, cell);
	const logHeight = Math.max(1, bodyRows - rows.length - 2);
	const isDone = ({ status }: StepCell): boolean => status === "done" || status === "done before";
	const done = grid.cells.filter(isDone).length;
	return {
		note: `${done} of ${grid.cells.length} steps done, ${formatSeconds(Math.max(0, now - grid.startedAt) / 1000)}`,
		cell,
		grid: [
			{
				key: "heading",
				spans: [
					{ text: " ".repeat(label + 1), role: "muted" },
					...shownNodes.map(
						(node): Span => ({ text: fitText(node, width - 1).padEnd(width), role: "title" }),
					),
				],
			},
			...rows.map(
				(name): StyledLine => ({
					key: name,
					spans: [
						{ text: ` ${fitText(name, label)}`, role: name === cell?.name ? "title" : "plain" },
						...shownNodes.flatMap((node) => {
							const one = grid.cells.find((candidate) => candidate.node === node && candidate.name === name);
							return cellSpans(one, one !== undefined && one === cell, now, width);
						}),
					],
				}),
			),
		],
		logTitle: cell === null ? "" : `${cell.node}: ${cell.title}${timeOf(grid, cell, now)}`,
		log: log.slice(-logHeight),
	};
}

function cellSpans(
	cell: StepCell | undefined,
	isChosen: boolean,
	now: number,
	width: number,
): readonly Span[] {
	if (cell === undefined) return [{ text: " ".repeat(width), role: "muted" }];
	const { mark, role } = MARKS[cell.status];
	const lasted =
		cell.startedAt === null ? "" : formatSeconds(Math.max(0, (cell.endedAt ?? now) - cell.startedAt) / 1000);
	const text = fitText(`${mark} ${lasted}`, width - 1);
	return [
		{ text, role: isChosen ? "selection" : role },
		{ text: " ", role: "plain" },
	];
}

function timeOf(grid: StepGrid, cell: StepCell, now: number): string {
	if (cell.status === "done before") return ", done before";
	if (cell.startedAt === null) return ", waits for the steps before it";
	const lasted = formatSeconds(Math.max(0, (cell.endedAt ?? now) - cell.startedAt) / 1000);
	const estimate = cell.status === "running" ? estimateOf(grid, cell) : null;
	return `, ${lasted}${estimate === null ? "" : ` of about ${formatSeconds(estimate / 1000)}`}`;
}

/** The chosen step's output; below it what concerns all. */
function logLines({ columns, state }: Here, grid: StepGrid, cell: StepCell | null): readonly StyledLine[] {
	const text = textIn(columns);
	const output = (cell?.output ?? []).flatMap((line, position) =>
		text(`output ${position}`, 1, line, line.startsWith("FAILED: ") ? "critical" : "plain"),
	);
	const notes = grid.notes
		.slice(-3)
		.flatMap((note, position) =>
			note.split("\n").flatMap((line, part) => text(`note ${position} ${part}`, 1, line, "muted")),
		);
	const { work } = state;
	const hasFailed = grid.cells.some(({ status }) => status === "failed");
	const end =
		work.state === "stopped"
			? text(
					"stopped",
					1,
					work.outcome === "failed"
						? `${hasFailed ? "A step has failed. Nothing that needs it was begun." : "It ended before all was done."} Correct the cause, then press Enter: it goes on with what is not done yet.`
						: "It was stopped here; what runs on a host goes on. Enter goes on with what is not done yet.",
					"warning",
				)
			: work.state === "running" && work.isStopping
				? text("stopping", 1, "Stopping: no further step is begun.", "warning")
				: [];
	return [
		...(output.length === 0 ? [styledLine("none", " (no output yet)", "muted")] : output),
		...notes,
		...end,
	];
}
