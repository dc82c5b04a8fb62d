/** The first of `count` lines that is drawn when `height` fit: the selected one stays in the middle until the ends. */
export function windowTop(selected: number, count: number, height: number): number {
	return clampOffset(selected - Math.floor(height / 2), count, height);
}

/** The nearest first line at which no room is wasted below the last one. */
export function clampOffset(offset: number, count: number, height: number): number {
	return Math.max(0, Math.min(offset, count - height));
}

/** The part of a long text that fits on the screen. */
export interface Page<Line> {
	readonly lines: readonly Line[];
	/** Lines above. */
	readonly offset: number;
	/** Lines of the whole text. */
	readonly count: number;
}

export function pageOf<Line>(lines: readonly Line[], offset: number, height: number): Page<Line> {
	const top = clampOffset(offset, lines.length, height);
	return { lines: lines.slice(top, top + height), offset: top, count: lines.length };
}

/** Where in the text one is; nothing when all of it is there. */
export function pageNote({ lines, offset, count }: Page<unknown>): string {
	return lines.length === count ? "" : `lines ${offset + 1} to ${offset + lines.length} of ${count}`;
}
