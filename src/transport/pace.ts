import { readFileSync } from "node:fs";

/** The period that is measured, in ms. */
const WINDOW_MS = 5000;

/** A process that wanted the CPU for less than this, in ms, can't tell how busy the machine is. */
const LEAST_WANTED_MS = 20;

interface CpuShare {
	/** As performance.now(): since the start of this process. */
	readonly at: number;
	/** For how long this process was on a CPU, and waited for one, in ms. */
	readonly ran: number;
	readonly waited: number;
}

/** How many times longer than on an idle machine this process's work took lately; 1 where the system does not report it (not Linux). */
export const slowness = slownessOf(() => readFileSync("/proc/self/schedstat", "latin1"));

/** @param schedstat as in proc(5): time on a CPU, and time on a run queue, both in ns. */
export function slownessOf(schedstat: () => string): () => number {
	let shares: readonly CpuShare[] = [{ at: 0, ran: 0, waited: 0 }];
	return () => {
		const now = cpuShare(schedstat);
		if (now === null) return 1;
		const from = shares.findLast(({ at }) => now.at - at >= WINDOW_MS) ?? shares[0] ?? now;
		if (now.at - (shares.at(-1)?.at ?? 0) >= WINDOW_MS / 10) {
			shares = [...shares.filter(({ at }) => now.at - at < 2 * WINDOW_MS), now];
		}
		const ran = now.ran - from.ran;
		const wanted = ran + now.waited - from.waited;
		return wanted < LEAST_WANTED_MS ? 1 : wanted / Math.max(1, ran);
	};
}

function cpuShare(schedstat: () => string): CpuShare | null {
	try {
		const [ran = 0, waited = 0] = schedstat().split(" ").map(Number);
		return { at: performance.now(), ran: ran / 1e6, waited: waited / 1e6 };
	} catch {
		return null;
	}
}
