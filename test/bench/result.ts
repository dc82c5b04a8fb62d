/** The limit of a number or of its ratio to repmgr's. */
export interface Aim {
	readonly of: "ratio" | "value";
	readonly below: number;
	/** As the issue says it, e.g. "< 3/4". */
	readonly text: string;
}

/** One line of the table: the console's numbers, and repmgr's if it has a counterpart. */
export interface Result {
	readonly what: string;
	readonly unit: string;
	/** One number per round. */
	readonly ours: readonly number[];
	/** The same for repmgr, measured in alternation; empty if it has no counterpart. */
	readonly theirs?: readonly number[];
	readonly aim?: Aim;
	/** How it was measured, if that is not obvious. */
	readonly note?: string;
}

/** One thing to measure, on a formed and healthy cluster of its own. It need not repair what it breaks. */
export interface Measure {
	readonly name: string;
	readonly about: string;
	readonly run: (bench: Bench) => Promise<readonly Result[]>;
}

/** What every measure works with. */
export interface Bench {
	readonly cluster: import("../cluster/cluster.ts").Cluster;
	readonly rounds: number;
	/** Size of the database that is cloned. */
	readonly megabytes: number;
	/** Duration of what is measured per minute. */
	readonly seconds: number;
	/** Reports progress. */
	readonly say: (text: string) => void;
}

export function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
	return (low + high) / 2;
}

/** The quantile: the least number that at least this share does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
	return numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * share) - 1] ?? Number.NaN;
}

/** The ratio of the medians; null without repmgr's. */
export function ratioOf({ ours, theirs = [] }: Result): number | null {
	return theirs.length === 0 ? null : median(ours) / median(theirs);
}

/** Null without a limit. */
export function isMet(result: Result): boolean | null {
	if (result.aim === undefined) return null;
	const value = result.aim.of === "ratio" ? ratioOf(result) : median(result.ours);
	return value !== null && value < result.aim.below;
}
