import { createStore } from "zustand/vanilla";
import type { Refusal } from "../operation/plan/plan.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { INITIAL_OPERATIONS, type OperationsState } from "./operation-store.ts";
import type { Session } from "./session.ts";

/** Why nothing can be done in a replay. */
export const REPLAY_ONLY = "this is a replay: what is shown is past";

const REFUSAL: Refusal = {
	message: REPLAY_ONLY,
	detail: "A record has no cluster to change.",
	hint: "Open the console on the cluster itself.",
	prerequisites: [],
};

/** A session on a record: its store has what is played back, and nothing is read or changed. */
export interface ReplaySession extends Session {
	/** The operation that the console carried out at that time. */
	showRun(run: RunState | null): void;
}

export function replaySession(store: ConsoleStore): ReplaySession {
	const operations = createStore<OperationsState>(() => ({ ...INITIAL_OPERATIONS, runs: [] }));
	/** Never comes. */
	const nothing = new Promise<never>(() => {});
	const read = () => Promise.resolve({ value: true as const });
	return {
		store,
		running: null,
		intervalMs: 1000,
		firstPicture: read,
		glance: read,
		eventsPicture: read,
		discovery: read,
		followLogs: () => () => {},
		checkSetup: () => nothing,
		readSupport: () => nothing,
		redact: (text) => text,
		readTimelines: () => nothing,
		readIncident: () => nothing,
		crosscheck: () => Promise.resolve(),
		cancelCrosscheck() {},
		operations: () => nothing,
		operationStore: {
			store: operations,
			ask: (intent) =>
				operations.setState({
					pending: { state: "refused", refusal: REFUSAL, intent, wasApproved: false },
				}),
			approve() {},
			stopAfterStep() {},
			detach: () => Promise.resolve(),
			settled: () => Promise.resolve(),
			resume() {},
			readRuns() {},
			readPast() {},
		},
		parametersOf: () => ({ fault: { kind: "protocol", message: REPLAY_ONLY } }),
		refresh() {},
		close() {},
		showRun: (run) => operations.setState({ run }),
	};
}
