import { cursorTo } from "./line-change.ts";

/** Lines that moved together: the rows from `top` to `bottom` (included, from 0) went down by `by`, or up where it is negative. */
export interface Scroll {
	readonly top: number;
	readonly bottom: number;
	readonly by: number;
}

/** Fewer lines than this are not worth the bytes of a scroll. */
const FEWEST_LINES = 3;

/**
 * The one move of lines that saves most, or null: a new event on top of a list moves all the others down by one.
 * The cost of a row is the length of its new text, as near as need be.
 */
export function findScroll(before: readonly string[], after: readonly string[]): Scroll | null {
	const changed = after.filter((line, row) => line !== before[row]).length;
	if (changed < FEWEST_LINES) return null;
	let best: Scroll | null = null;
	let bestCost = cost(before, after);
	for (let distance = 1; distance < after.length; distance++) {
		for (const by of [distance, -distance]) {
			for (const { from, to } of runsMoved(before, after, by)) {
				const scroll = by > 0 ? { top: from - by, bottom: to, by } : { top: from, bottom: to - by, by };
				const scrolledCost = cost(scrolled(before, scroll), after);
				if (scrolledCost < bestCost) {
					best = scroll;
					bestCost = scrolledCost;
				}
			}
		}
	}
	return best;
}

/** The rows of `after` that stood `by` rows higher before, as runs of at least some; `to` is included. */
function runsMoved(
	before: readonly string[],
	after: readonly string[],
	by: number,
): readonly { readonly from: number; readonly to: number }[] {
	const runs: { from: number; to: number }[] = [];
	let from = -1;
	for (let row = 0; row <= after.length; row++) {
		const isMoved = row < after.length && after[row] !== "" && after[row] === before[row - by];
		if (isMoved && from < 0) from = row;
		if (!isMoved && from >= 0) {
			if (row - from >= FEWEST_LINES) runs.push({ from, to: row - 1 });
			from = -1;
		}
	}
	return runs;
}

function cost(before: readonly string[], after: readonly string[]): number {
	return after.reduce((sum, line, row) => sum + (line === before[row] ? 0 : Math.max(10, line.length)), 0);
}

/** The lines as the terminal has them after the scroll. */
export function scrolled(lines: readonly string[], { top, bottom, by }: Scroll): readonly string[] {
	const region = lines.slice(top, bottom + 1);
	const blank = Array.from({ length: Math.abs(by) }, () => "");
	const moved = by > 0 ? [...blank, ...region.slice(0, -by)] : [...region.slice(-by), ...blank];
	return [...lines.slice(0, top), ...moved, ...lines.slice(bottom + 1)];
}

/** DECSTBM, then IL or DL at the region's top, which even the Linux console knows, then no region again. */
export function scrollSequence({ top, bottom, by }: Scroll): string {
	const move = by > 0 ? `\u001b[${by}L` : `\u001b[${-by}M`;
	return `\u001b[${top + 1};${bottom + 1}r${cursorTo(top, 0)}${move}\u001b[r`;
}
