import { useCallback, useRef, useSyncExternalStore } from "react";
import type { Finding } from "../model/finding.ts";
import type { Session } from "../session/session.ts";
import type { ConsoleState, ConsoleStore } from "../store/console-store.ts";

/** Positions and ages are drawn with the clock. */
const CLOCK_MS = 1000;

/**
 * The store's state, throttled: changes of status and new events at once, values that always change once a second. 400 nodes
 * answer in 40 batches a second, and a frame costs more than a batch.
 */
export function useThrottledStore({ store, intervalMs }: Session): ConsoleState {
	const shown = useRef(store.getState());
	const newest = (): ConsoleState => {
		const state = store.getState();
		if (isDue(shown.current, state, Math.min(CLOCK_MS, intervalMs))) shown.current = state;
		return shown.current;
	};
	return useSyncExternalStore(
		useCallback((listener) => afterKeys(store, listener), [store]),
		newest,
	);
}

/** Keys that wait while many nodes are diagnosed go first; their frame shows the new state, too. */
function afterKeys(store: ConsoleStore, listener: () => void): () => void {
	let due: NodeJS.Immediate | undefined;
	const unsubscribe = store.subscribe(() => {
		due ??= setImmediate(() => {
			due = undefined;
			listener();
		});
	});
	return () => {
		unsubscribe();
		clearImmediate(due);
	};
}

function isDue(shown: ConsoleState, state: ConsoleState, everyMs: number): boolean {
	return (
		Math.floor(shown.now / everyMs) !== Math.floor(state.now / everyMs) ||
		shown.registrations !== state.registrations ||
		shown.log !== state.log ||
		shown.logs !== state.logs ||
		shown.crosscheck !== state.crosscheck ||
		shown.setupCheck !== state.setupCheck ||
		shown.timelines !== state.timelines ||
		!isSameVerdict(shown.snapshot.findings, state.snapshot.findings) ||
		state.snapshot.nodes.some(({ observed, detail }, position) => {
			const was = shown.snapshot.nodes[position];
			return was?.observed.status !== observed.status || was.detail !== detail;
		})
	);
}

/** The rules run again every second, mostly with the same findings. */
function isSameVerdict(before: readonly Finding[], after: readonly Finding[]): boolean {
	return (
		before.length === after.length &&
		after.every(({ code, nodeId }, position) => {
			const was = before[position];
			return was?.code === code && was.nodeId === nodeId;
		})
	);
}
