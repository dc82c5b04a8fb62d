import type { Screen } from "./screen.ts";
import { pass } from "./wait.ts";

/** Shorter than the time between two frames. */
const LOOK_MS = 15;

/** What changed on a screen during some time. */
export interface Paint {
	readonly bytes: number;
	/** A cell that changes twice counts twice. */
	readonly changedCells: number;
	/** The columns that changed, by line, both from 0. */
	readonly places: ReadonlyMap<number, ReadonlySet<number>>;
}

export async function watchPaint(screen: Screen, ms: number): Promise<Paint> {
	const places = new Map<number, Set<number>>();
	let changedCells = 0;
	let [before, paints] = [screen.cells, screen.paints];
	const bytes = screen.bytes;
	for (const end = performance.now() + ms; performance.now() < end; ) {
		await pass(LOOK_MS);
		if (screen.paints === paints) continue;
		const now = screen.cells;
		now.forEach((line, row) => {
			line.forEach((cell, column) => {
				if (cell === before[row]?.[column]) return;
				changedCells++;
				places.set(row, (places.get(row) ?? new Set()).add(column));
			});
		});
		[before, paints] = [now, screen.paints];
	}
	return { bytes: screen.bytes - bytes, changedCells, places };
}

/** Line and columns counted from 1: "line 1 columns 145–152". */
export function describePlaces({ places }: Paint): string {
	const lines = [...places].toSorted(([a], [b]) => a - b);
	return lines
		.map(
			([row, columns]) => `line ${row + 1} columns ${Math.min(...columns) + 1}–${Math.max(...columns) + 1}`,
		)
		.join(", ");
}
