import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { DrillReport } from "../operation/drill/report.ts";
import type { Plan, StateRow, Step, WatchedCopy } from "../operation/plan/plan.ts";
import type { Ending, RunState } from "../operation/run/run-state.ts";
import type { CopyReader } from "./copy-progress.ts";
import type { Host } from "./host.ts";
import type { Journal, Operator } from "./journal.ts";

export interface RunContext {
	readonly hosts: readonly Host[];
	readonly watch: ClusterWatch;
	readonly journal: Journal;
	readonly operator: Operator;
	readonly redact: (text: string) => string;
	/** Releases the lock; gives the nodes where that failed. */
	readonly release: () => Promise<readonly number[]>;
	/** How what the plan sets right is now; for plans that have `before`. */
	readonly stateNow?: (plan: Plan) => Promise<readonly StateRow[]>;
	/** Watches the copy that a step on a node makes; null: that node has no host. */
	readonly watchCopy?: (copy: WatchedCopy, command: Step["command"]) => CopyReader | null;
	/** What a step gets that `takes` the new password; null: nothing is known, as in a resumed run. Never written down. */
	readonly newPassword?: string | null;
	/** Null: all steps are commands on hosts. */
	readonly localSteps: LocalSteps | null;
	/** Set when the operation had ended before and only its lock was left somewhere: the outcome does not change. */
	readonly endedAs?: Ending | null;
}

/** fresh: this console begins the steps. resumed: an earlier one may have begun them. */
export type Begin = "fresh" | "resumed";

/** The poller's snapshots: the only evidence by which a step is verified. */
export interface ClusterWatch {
	snapshot(): ClusterSnapshot;
	/** Polls all nodes now and waits, at most `deadlineMs`, for a snapshot that passes the test. Gives the newest one. */
	until(isMet: (snapshot: ClusterSnapshot) => boolean, deadlineMs: number): Promise<ClusterSnapshot>;
}

/** The part of an operation that is not commands on hosts. */
export interface LocalSteps {
	/** The work of the step with this key; undefined: the console only watches. */
	work(key: string): LocalWork | undefined;
	/** The steps that are left after one that `looksAgain`, planned from what is seen now. */
	replan(): Promise<readonly Step[]>;
	/** Null where there is nothing to report. */
	report(state: RunState): DrillReport | null;
	/** The run has ended, or is detached. */
	close(): void;
}

/**
 * What this console does itself within a step.
 *
 * @param tell takes one line of output.
 * @returns whether the step succeeded.
 */
export type LocalWork = (tell: (line: string) => void, signal: AbortSignal) => Promise<boolean>;
