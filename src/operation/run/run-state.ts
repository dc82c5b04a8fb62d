import { quoted } from "../../text/words.ts";
import type { DrillReport } from "../drill/report.ts";
import type { Plan, Step } from "../plan/plan.ts";

/** How one step fares. */
export interface StepState {
	readonly step: Step;
	/**
	 * not needed: an "always" step whose effect was there already. skipped: something before it had failed, or the operator
	 * stopped.
	 */
	readonly status: "waiting" | "running" | "verifying" | "done" | "failed" | "not needed" | "skipped";
	/** Epoch ms. */
	readonly startedAt: number | null;
	readonly endedAt: number | null;
	readonly exitCode: number | null;
	/** Both streams as they came, sanitised and without secrets. */
	readonly output: string;
	/** Nobody has accepted writes for long, and the command still runs. */
	readonly isStalled?: boolean;
	/** While it is verified: what the cluster does not show yet, at which moment (epoch ms), and how long it is waited for. */
	readonly waitsFor?: {
		readonly missing: readonly string[];
		readonly since: number;
		readonly at: number;
		readonly seconds: number;
	};
	/** Why it failed, or what is worth knowing, in words; empty where all went well. */
	readonly notes: readonly string[];
}

/** stopped: the operator wanted no further step. */
export type Ending = "done" | "failed" | "stopped";

/** detached: it goes on without us. */
export type RunOutcome = Ending | "running" | "detached";

/** One carrying out of a plan, as far as it has come: a value for screens, commands and the journal's reader. */
export interface RunState {
	readonly operationId: string;
	readonly plan: Plan;
	readonly who: string;
	readonly startedAt: number;
	readonly steps: readonly StepState[];
	readonly outcome: RunOutcome;
	/** The logs of `repmgr node rejoin` that were fetched, sanitised. */
	readonly rejoinLogs: readonly { readonly nodeId: number; readonly path: string; readonly text: string }[];
	/** What is worth knowing beyond the steps, e.g. a host whose lock could not be released. */
	readonly notes: readonly string[];
	/** Of a drill that has ended. */
	readonly report?: DrillReport;
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

/** Has what the operation is named for happened, whatever else has failed? */
export function isNamesakeDone({ plan: { intent }, steps }: Pick<RunState, "plan" | "steps">): boolean {
	const namesake = intent.kind === "drill" ? "election" : intent.kind;
	return steps.some(({ step, status }) => step.key === namesake && status === "done");
}

/** As it is quoted everywhere; a node that the plan does not know by its number. */
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

/** With one step faring otherwise. */
export function withStep(run: RunState, key: string, change: Partial<StepState>): RunState {
	return {
		...run,
		steps: run.steps.map((state) => (state.step.key === key ? { ...state, ...change } : state)),
	};
}
