import type { Step } from "../plan/plan.ts";
import type { StepState } from "./run-state.ts";

/** What decides how a run goes on. */
export interface Progress {
	readonly steps: readonly StepState[];
	/** How many of these steps were there before the newest plan, which replaced the rest. */
	readonly replannedAt: number;
	/** Index of the last step that an earlier console began, -1 if it began none; null: this console begins the steps itself. */
	readonly lastBegun: number | null;
	/** The operator wants no further step. */
	readonly isStopping: boolean;
	/** A step was left to itself, or the operator leaves. */
	readonly isDetached: boolean;
}

export type Action =
	/** Steps that start together. @property isLastBegun false: a later step was begun, so these were verified then. */
	| {
			readonly kind: "carry out";
			readonly steps: readonly { readonly step: Step; readonly isSkipped: boolean }[];
			readonly isLastBegun: boolean;
	  }
	/** Replaces all but the first `kept` steps by what the cluster needs now. */
	| { readonly kind: "replan"; readonly kept: number }
	/** Nothing is left to be done: release the lock. */
	| { readonly kind: "end" }
	/** Leave the run and its lock to `runs resume`. */
	| { readonly kind: "leave" };

/** Decides what a run does next. Steps are carried out in the order of the plan, so the first one that waits is next. */
export function nextAction({ steps, replannedAt, lastBegun, isStopping, isDetached }: Progress): Action {
	if (isDetached) return { kind: "leave" };
	const starts = batchStarts(steps, replannedAt);
	const waiting = steps.findIndex(({ status }) => status === "waiting");
	const at = waiting === -1 ? steps.length : waiting;
	const previous = steps[starts.findLast((start) => start < at) ?? -1];
	if (previous?.step.looksAgain && replannedAt < at) return { kind: "replan", kept: at };
	if (at === steps.length) return { kind: "end" };

	const batch = steps
		.slice(
			at,
			starts.find((start) => start > at),
		)
		.map(({ step }) => step);
	const hasFailed = steps
		.slice(replannedAt)
		.some(({ step, status }) => step.runs === "in order" && status === "failed");
	const last = lastBegun === null ? Number.POSITIVE_INFINITY : withWatchSteps(steps, starts, lastBegun, at);
	return {
		kind: "carry out",
		steps: batch.map((step, offset) => ({
			step,
			isSkipped: step.runs === "in order" && (hasFailed || isStopping || at + offset > last),
		})),
		isLastBegun: lastBegun === null || at + batch.length > last,
	};
}

/** The last step begun, by the time that the steps at `at` are due: a step that only watches belongs to the one before it. */
function withWatchSteps(
	steps: readonly StepState[],
	starts: readonly number[],
	lastBegun: number,
	at: number,
): number {
	let last = lastBegun;
	for (const [index, start] of starts.entries()) {
		const isNext = last >= 0 && start === last + 1 && start <= at;
		if (isNext && steps[start]?.step.by === "this console") last = (starts[index + 1] ?? steps.length) - 1;
	}
	return last;
}

/** The index of each step that does not start together with the one before it. */
function batchStarts(steps: readonly StepState[], replannedAt: number): readonly number[] {
	return [...steps.keys()].filter((index) => {
		const step = steps[index]?.step;
		const before = steps[index - 1]?.step;
		return index === replannedAt || !(step?.together && before?.together && step.runs === before.runs);
	});
}
