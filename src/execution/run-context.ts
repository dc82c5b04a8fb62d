import type { Ending } from "../operation/run/run-state.ts";
import type { Host } from "./host.ts";
import type { Journal, Operator } from "./journal.ts";
import type { LocalSteps } from "./local-steps.ts";
import type { ClusterWatch } from "./watch.ts";

export interface RunContext {
	readonly hosts: readonly Host[];
	readonly watch: ClusterWatch;
	readonly journal: Journal;
	readonly operator: Operator;
	readonly redact: (text: string) => string;
	/** Releases the lock; gives the nodes where that failed. */
	readonly release: () => Promise<readonly number[]>;
	/** Null: there are only commands on hosts. */
	readonly localSteps: LocalSteps | null;
	/** How it had ended before, where only its lock was left somewhere: that does not change. */
	readonly endedAs?: Ending | null;
}

/** Does a detached run of a step exist before it is begun? A resumed one may. */
export type Begin = "fresh" | "resumed";
