/** A timeline as one promotion began it: two servers promoted apart begin different ones of the same number. Compared by identity. */
export interface Branch {
	readonly timeline: number;
	readonly startLsn: number;
	/** Epoch ms: when its history file was written. */
	readonly beganAt: number;
}

/** The one on which every cluster begins; the identity tells whose it is: copy it for another cluster. */
export const FIRST_BRANCH: Branch = { timeline: 1, startLsn: 0, beganAt: 0 };

/** The timelines of a data directory in order; its present one is the last. */
export type History = readonly Branch[];

export const SEGMENT_BYTES = 16 * 1024 ** 2;

/** The record of a shutdown checkpoint. */
export const CHECKPOINT_BYTES = 120;

/** A position as PostgreSQL prints it. */
export function lsnText(position: number): string {
	const halves = [Math.floor(position / 2 ** 32), position % 2 ** 32];
	return halves.map((half) => half.toString(16).toUpperCase()).join("/");
}

export function timelineOf(history: History): number {
	return history.at(-1)?.timeline ?? 1;
}

/** How many timelines two histories share. */
function sharedCount(one: History, other: History): number {
	const differs = one.findIndex((branch, index) => branch !== other[index]);
	return differs < 0 ? one.length : differs;
}

interface Wal {
	readonly history: History;
	readonly end: number;
}

/** The last position that both have; 0: they have nothing in common. */
export function forkOf(one: Wal, other: Wal): number {
	const count = sharedCount(one.history, other.history);
	if (count === 0) return 0;
	return Math.min(one.history[count]?.startLsn ?? one.end, other.history[count]?.startLsn ?? other.end);
}

/** Has the first one WAL that the second lacks, beyond the point where the second left their timeline? */
export function hasDiverged(one: Wal, other: Wal): boolean {
	return forkOf(one, other) < one.end;
}

/** The lines of a timeline's history file: where each earlier one ended. */
export function historyLines(history: History): readonly string[] {
	return history
		.slice(1)
		.map(
			(branch, index) =>
				`${history[index]?.timeline}\t${lsnText(branch.startLsn)}\tno recovery target specified`,
		);
}

export function historyFileName(history: History): string {
	return `${timelineOf(history).toString(16).toUpperCase().padStart(8, "0")}.history`;
}
