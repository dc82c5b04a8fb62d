import type { BootstrapStep, Progress } from "../bootstrap/bootstrap.ts";
import { formatMessage } from "../text/message.ts";

/** One step on one host, as far as it is. */
export interface StepCell {
	readonly key: string;
	readonly node: string;
	/** The same on every host: "packages". */
	readonly name: string;
	readonly title: string;
	readonly status: "waiting" | "running" | "done" | "failed" | "done before";
	/** Epoch ms. */
	readonly startedAt: number | null;
	readonly endedAt: number | null;
	/** The last lines of its output, and why it failed. */
	readonly output: readonly string[];
}

/** All steps on all hosts while they are carried out. */
export interface StepGrid {
	readonly startedAt: number;
	readonly cells: readonly StepCell[];
	/** What concerns no single step, the newest last. */
	readonly notes: readonly string[];
}

const MOST_OUTPUT = 500;

export function gridOf(steps: readonly BootstrapStep[], now: number): StepGrid {
	return { startedAt: now, notes: [], cells: steps.map(cellOf) };
}

function cellOf({ key, node, title, isDone }: BootstrapStep): StepCell {
	return {
		...{ key, node, title, name: key.replace(/-\d+$/, "").replaceAll("-", " ") },
		status: isDone ? "done before" : "waiting",
		...{ startedAt: null, endedAt: null, output: [] },
	};
}

/** The grid after something has happened. */
export function advanced(grid: StepGrid, progress: Progress, now: number): StepGrid {
	switch (progress.kind) {
		case "surveyed": {
			const note =
				progress.left === 0
					? "all hosts were read again: all is as planned"
					: `all hosts were read again: ${progress.left} steps are left`;
			return { ...grid, notes: [...grid.notes, note] };
		}
		case "refused":
			return { ...grid, notes: [...grid.notes, formatMessage(progress.refusal)] };
		case "begun":
			return changed(grid, progress.step, () => ({ status: "running", startedAt: now, endedAt: null }));
		case "done":
			return changed(grid, progress.step, () => ({ status: "done", endedAt: now }));
		case "failed":
			return changed(grid, progress.step, ({ output }) => ({
				...{ status: "failed", endedAt: now },
				output: [...output, `FAILED: ${progress.reason}`],
			}));
		case "output":
			return changed(grid, progress.step, ({ output }) => ({
				output: [...output, progress.line].slice(-MOST_OUTPUT),
			}));
	}
}

/** A step that came up after the plan was made is added. */
function changed(
	grid: StepGrid,
	step: BootstrapStep,
	change: (cell: StepCell) => Partial<StepCell>,
): StepGrid {
	const known = grid.cells.some(({ key }) => key === step.key) ? grid.cells : [...grid.cells, cellOf(step)];
	return {
		...grid,
		cells: known.map((cell) => (cell.key === step.key ? { ...cell, ...change(cell) } : cell)),
	};
}

/** How long a step took on a host where it is done, in ms, as an estimate for the others; null: nowhere yet. */
export function estimateOf(grid: StepGrid, { name }: StepCell): number | null {
	const lasted = grid.cells.flatMap((cell) =>
		cell.name === name && cell.status === "done" && cell.startedAt !== null && cell.endedAt !== null
			? [cell.endedAt - cell.startedAt]
			: [],
	);
	return lasted.length === 0 ? null : Math.max(...lasted);
}
