import { cursorTo } from "./pen.ts";

/** Lines that moved together: rows `top` to `bottom` (inclusive, from 0) went down by `by`, up if negative. */
export interface Scroll {
	readonly top: number;
	readonly bottom: number;
	readonly by: number;
}

/** With fewer changed lines, a scroll saves nothing. */
const FEWEST_CHANGES = 3;

/** Approximate length of a scroll in bytes. */
const SCROLL_COST = 30;

/**
 * The scrolls that save bytes, in the order to apply them: a new event at the top of a list moves the others down by one,
 * a panel that opens moves the list with its heading. Unchanged lines are found as by diff (compare hashmap.c of ncurses).
 */
export function findScrolls(before: readonly string[], after: readonly string[]): readonly Scroll[] {
	const changed = after.filter((line, row) => line !== before[row]).length;
	if (changed < FEWEST_CHANGES) return [];
	const moved = keptRuns(before, after).filter(
		({ by, from, to }) => by !== 0 && weight(after.slice(from, to + 1)) > SCROLL_COST,
	);
	const up = moved.filter(({ by }) => by < 0);
	const down = moved.filter(({ by }) => by > 0).reverse();
	return [...up, ...down].map(({ from, to, by }) =>
		by > 0 ? { top: from - by, bottom: to, by } : { top: from, bottom: to - by, by },
	);
}

/** Rows of `after` (`to` inclusive) that were `by` rows higher before. */
interface KeptRun {
	readonly from: number;
	readonly to: number;
	readonly by: number;
}

/** The longest common subsequence of lines, as runs that moved by the same distance. */
function keptRuns(before: readonly string[], after: readonly string[]): readonly KeptRun[] {
	const most = mostKept(before, after);
	const kept = (was: number, is: number): number => most[was]?.[is] ?? 0;
	const runs: { from: number; to: number; by: number }[] = [];
	for (let was = 0, is = 0; was < before.length && is < after.length; ) {
		if (kept(was, is) === kept(was + 1, is)) was++;
		else if (kept(was, is) === kept(was, is + 1)) is++;
		else {
			const last = runs.at(-1);
			if (last !== undefined && last.to === is - 1 && last.by === is - was) last.to = is;
			else runs.push({ from: is, to: is, by: is - was });
			was++;
			is++;
		}
	}
	return runs;
}

/** The text that can be kept from here on (`[was][is]`): the longest common subsequence, by length of text. */
function mostKept(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
	const most = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
	for (let was = before.length - 1; was >= 0; was--) {
		const [row = [], below = []] = [most[was], most[was + 1]];
		for (let is = after.length - 1; is >= 0; is--) {
			const line = after[is] ?? "";
			const together = line === before[was] ? line.length + (below[is + 1] ?? 0) : 0;
			row[is] = Math.max(together, below[is] ?? 0, row[is + 1] ?? 0);
		}
	}
	return most;
}

function weight(lines: readonly string[]): number {
	return lines.reduce((sum, line) => sum + line.length, 0);
}

/** The terminal's lines after the scroll. */
export function scrolled(lines: readonly string[], { top, bottom, by }: Scroll): readonly string[] {
	const region = lines.slice(top, bottom + 1);
	const blank = Array.from({ length: Math.abs(by) }, () => "");
	const moved = by > 0 ? [...blank, ...region.slice(0, -by)] : [...region.slice(-by), ...blank];
	return [...lines.slice(0, top), ...moved, ...lines.slice(bottom + 1)];
}

/** DECSTBM, then IL or DL at the top of the region (even the Linux console has them), then the region is reset. */
export function scrollSequence({ top, bottom, by }: Scroll): string {
	const move = by > 0 ? `\u001b[${by}L` : `\u001b[${-by}M`;
	return `\u001b[${top + 1};${bottom + 1}r${cursorTo(top, 0)}${move}\u001b[r`;
}
