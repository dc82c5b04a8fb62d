import { quoted } from "../../text/words.ts";
import type { DrillReport } from "../drill/report.ts";
import type { ComparedRow, Plan, Step } from "../plan/plan.ts";

/** The progress of one step. */
export interface StepState {
	readonly step: Step;
	/** not needed: an "always" step whose effect was there already. skipped: a step before it failed, or the operator stopped. */
	readonly status: "waiting" | "running" | "verifying" | "done" | "failed" | "not needed" | "skipped";
	/** Epoch ms. */
	readonly startedAt: number | null;
	readonly endedAt: number | null;
	readonly exitCode: number | null;
	/** stdout and stderr as they came, sanitised and without secrets. */
	readonly output: string;
	/** No server has accepted writes for long, and the command still runs. */
	readonly isStalled?: boolean;
	/** While it makes a base backup, as the upstream reports it (pg_stat_progress_basebackup). */
	readonly copied?: CopyProgress;
	/** While it is verified: what the cluster does not show yet, as of `at` (epoch ms), and how long the console waits. */
	readonly waitsFor?: {
		readonly missing: readonly string[];
		readonly since: number;
		readonly at: number;
		readonly seconds: number;
	};
	/** Why it failed, or what else the operator should know. */
	readonly notes: readonly string[];
}

export interface CopyProgress {
	readonly phase: string;
	readonly bytes: number;
	/** Null while they are not known. */
	readonly totalBytes: number | null;
	readonly bytesPerSecond: number | null;
	readonly secondsLeft: number | null;
}

/** stopped: by the operator, before all steps were done. */
export type Ending = "done" | "failed" | "stopped";

/** detached: the operation continues without this console. */
export type RunOutcome = Ending | "running" | "detached";

/** A plan being carried out, as a value for screens, commands and the journal. */
export interface RunState {
	readonly operationId: string;
	readonly plan: Plan;
	readonly who: string;
	readonly startedAt: number;
	readonly steps: readonly StepState[];
	readonly outcome: RunOutcome;
	/** The fetched logs of `repmgr node rejoin`, sanitised. */
	readonly rejoinLogs: readonly { readonly nodeId: number; readonly path: string; readonly text: string }[];
	/** Notes beside the steps, e.g. a host whose lock could not be released. */
	readonly notes: readonly string[];
	/** Of a finished drill. */
	readonly report?: DrillReport;
	/** Of a finished rejoin: what it sets right, before and after. */
	readonly compared?: readonly ComparedRow[];
}

export function beginRun(operationId: string, plan: Plan, who: string, startedAt: number): RunState {
	return {
		operationId,
		plan,
		who,
		startedAt,
		steps: plan.steps.map(waiting),
		outcome: "running",
		rejoinLogs: [],
		notes: [],
	};
}

/** Where it is not called as the operation. */
const MAIN_STEPS: Readonly<Partial<Record<Plan["intent"]["kind"], string>>> = {
	drill: "election",
	clone: "start",
	"clone-host": "start",
};

/** Whether the step that the operation is named for is done, whatever else has failed. */
export function isMainStepDone({ plan: { intent }, steps }: Pick<RunState, "plan" | "steps">): boolean {
	const mainStep = MAIN_STEPS[intent.kind] ?? intent.kind;
	return steps.some(({ step, status }) => step.key === mainStep && status === "done");
}

/** A node's name in quotes, or "node 5" for one that the plan does not list. */
export function nodeNamed({ nodes }: Pick<Plan, "nodes">, id: number): string {
	const node = nodes.find(({ nodeId }) => nodeId === id);
	return node === undefined ? `node ${id}` : quoted(node);
}

export function waiting(step: Step): StepState {
	return {
		step,
		status: "waiting",
		startedAt: null,
		endedAt: null,
		exitCode: null,
		output: "",
		notes: [],
	};
}

export function withStep(run: RunState, key: string, change: Partial<StepState>): RunState {
	return {
		...run,
		steps: run.steps.map((state) => (state.step.key === key ? { ...state, ...change } : state)),
	};
}
