import type { ClusterSnapshot } from "../model/snapshot.ts";

/** A standby's lag at one moment; null is unknown. */
export interface LagSample {
	readonly at: number;
	readonly bytes: number | null;
	readonly seconds: number | null;
}

/** Ten minutes at one sample a second. */
const MOST_SAMPLES = 600;

export type LagHistory = ReadonlyMap<number, readonly LagSample[]>;

/** Adds a sample of each standby; nodes that are gone are dropped. */
export function sampleLag(history: LagHistory, { nodes, takenAt: at }: ClusterSnapshot): LagHistory {
	return new Map(
		nodes
			.filter(({ observed, registered }) => (observed.role ?? registered.type) === "standby")
			.map(({ nodeId, observed }) => [
				nodeId,
				[
					...(history.get(nodeId) ?? []).slice(1 - MOST_SAMPLES),
					{ at, bytes: observed.lagBytes, seconds: observed.lagSeconds },
				],
			]),
	);
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** The newest samples as `width` bars, scaled to the greatest; a blank is unknown. */
export function sparkline(values: readonly (number | null)[], width: number): string {
	const shown = values.slice(-width);
	const greatest = Math.max(1, ...shown.map((value) => value ?? 0));
	return shown
		.map((value) => (value === null ? " " : BARS[Math.ceil((value / greatest) * (BARS.length - 1))]))
		.join("")
		.padStart(width);
}
