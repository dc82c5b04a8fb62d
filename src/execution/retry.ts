import type { Fault, Outcome } from "../model/fault.ts";
import { runScript } from "./host.ts";
import type { RunContext } from "./run-context.ts";

/** For how long to keep trying, and what ends the attempts at once. */
export interface Patience {
	readonly patienceMs: number;
	readonly signal: AbortSignal;
}

export const RETRY_MS = 1000;

/** Resolves after some time, or as soon as the signal comes. Vitest's fake timers can't replace node:timers/promises. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	const { promise, resolve } = Promise.withResolvers<unknown>();
	const timer = setTimeout(resolve, ms);
	signal.addEventListener("abort", resolve);
	await promise;
	clearTimeout(timer);
	signal.removeEventListener("abort", resolve);
}

/** Tries again until there is no fault, the time is over, or the signal comes. */
export async function retried<T>(
	{ patienceMs, signal }: Patience,
	attempt: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	const from = Date.now();
	for (;;) {
		const outcome = await attempt();
		if (outcome.fault === undefined || signal.aborted || Date.now() - from > patienceMs) return outcome;
		await pause(RETRY_MS, signal);
	}
}

const NOTHING_ANSWERS: Fault = {
	kind: "unreachable",
	message: "no server and no host of the cluster answers",
};

/**
 * Waits until any server or host of the cluster answers: a console that is cut off from all of them knows nothing of the
 * cluster and can undo nothing. False: none has answered.
 */
export async function waitUntilReachable(
	{ hosts, watch }: Pick<RunContext, "hosts" | "watch">,
	patience: Patience,
): Promise<boolean> {
	const attempt = async (): Promise<Outcome<true>> => {
		if (watch.snapshot().nodes.some(({ observed }) => observed.reachable)) return { value: true };
		const answers = await Promise.all(hosts.map((host) => runScript(host, ":", [])));
		return answers.some(({ fault }) => fault === undefined) ? { value: true } : { fault: NOTHING_ANSWERS };
	};
	return (await retried(patience, attempt)).fault === undefined;
}
