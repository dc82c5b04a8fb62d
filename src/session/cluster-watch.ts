import type { ClusterWatch } from "../execution/run-context.ts";
import type { ConsoleStore } from "../store/console-store.ts";

/** Waits for what the poller sees. @param hurry polls every node now. */
export function clusterWatch(store: ConsoleStore, hurry: () => void): ClusterWatch {
	const snapshot = () => store.getState().snapshot;
	return {
		snapshot,
		async until(isMet, deadlineMs) {
			const { promise, resolve } = Promise.withResolvers<void>();
			const check = (): void => {
				if (isMet(snapshot())) resolve();
			};
			const unsubscribe = store.subscribe(check);
			const timer = setTimeout(resolve, deadlineMs);
			check();
			hurry();
			await promise;
			clearTimeout(timer);
			unsubscribe();
			return snapshot();
		},
	};
}
