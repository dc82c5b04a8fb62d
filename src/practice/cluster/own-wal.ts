import { COMMIT_BYTES } from "./replication.ts";
import type { PracticeNode } from "./state.ts";

export interface Commit {
	readonly lsn: number;
	readonly xid: number;
	/** Epoch ms. */
	readonly at: number;
}

/** The position in a text such as "0/5000160". */
export function positionOf(lsn: string): number {
	const [high = "0", low = "0"] = lsn.split("/");
	return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
}

/** The commits in WAL ranges: TIMELINE FROM TO, again and again; TO "" is the end. */
export function commitsIn({ data }: PracticeNode, ranges: readonly string[]): readonly Commit[] {
	const [, from = "0/0"] = ranges;
	const to = ranges.at(-1) === "" || ranges.length === 0 ? data.end : positionOf(ranges.at(-1) ?? "");
	const first = Math.floor(positionOf(from) / COMMIT_BYTES) + 1;
	const count = Math.max(0, Math.floor((to - 1) / COMMIT_BYTES) - first + 1);
	return Array.from({ length: Math.min(count, 2000) }, (_, index) => {
		const lsn = (first + index) * COMMIT_BYTES;
		const written = data.written.find((one) => one.lsn >= lsn) ?? data.written.at(-1);
		return { lsn, xid: 700 + first + index, at: written?.at ?? Date.now() };
	});
}
