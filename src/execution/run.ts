import type { ComparedRow, Step } from "../operation/plan/plan.ts";
import { sideBySide } from "../operation/rejoin/side-by-side.ts";
import { nextAction } from "../operation/run/next-action.ts";
import { type Ending, type RunState, type StepState, waiting, withStep } from "../operation/run/run-state.ts";
import type { JournalEvent, JournalNote } from "./journal.ts";
import { type LastBegun, lastStepBegun } from "./last-begun.ts";
import { fetchRejoinLog } from "./remote-run.ts";
import { waitUntilReachable } from "./retry.ts";
import type { Begin, RunContext } from "./run-context.ts";
import { StepRunner } from "./step-runner.ts";

/** How long a decision waits for an answer of the cluster before it is left to the operator who resumes. */
const PATIENCE_MS = 10 * 60_000;

/** Carries out one plan; its state is a value that anyone may read and subscribe to. */
export class Run {
	#state: RunState;
	readonly #context: RunContext;
	readonly #begin: Begin;
	readonly #listeners = new Set<(state: RunState) => void>();
	readonly #detach = new AbortController();
	#isStopping = false;
	/** Why the journal can't be written at the moment, or null. */
	#journalFault: string | null = null;

	constructor(state: RunState, context: RunContext, begin: Begin) {
		this.#state = state;
		this.#context = context;
		this.#begin = begin;
	}

	get state(): RunState {
		return this.#state;
	}

	subscribe(listener: (state: RunState) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Begins no further step; cleanup steps still run. */
	stopAfterStep(): void {
		this.#isStopping = true;
	}

	/** Leaves the running step and the lock to `runs resume`. */
	detach(): void {
		this.#detach.abort();
	}

	/** Carries the plan out; resolves when it has ended or is detached, and never rejects. */
	async finish(): Promise<RunState> {
		try {
			const left = await this.#carryOut();
			return left === null ? await this.#end() : this.#leave(left);
		} catch (error) {
			return this.#leave([defectNote(error)]);
		} finally {
			this.#context.localSteps?.close();
		}
	}

	/** @returns null when nothing is left to be done, or the notes of a run that is left to be resumed. */
	async #carryOut(): Promise<readonly string[] | null> {
		const { signal } = this.#detach;
		let runner = new StepRunner(this.#state, this.#context, this.#begin, signal);
		const reached = await this.#lastBegun();
		if (reached.fault !== undefined) return [reached.fault];
		let lastBegun = reached.value;
		let replannedAt = 0;
		let isDetached = false;
		for (;;) {
			const { steps } = this.#state;
			const action = nextAction({
				steps,
				replannedAt,
				lastBegun,
				isStopping: this.#isStopping,
				isDetached,
			});
			switch (action.kind) {
				case "end":
					return null;
				case "leave":
					return [];
				case "carry out": {
					const { isLastBegun } = action;
					const ends = await Promise.all(
						action.steps.map(async ({ step, isSkipped }) => {
							if (isSkipped) return this.#skip(step);
							const ended = await this.#runStep(runner, step, isLastBegun);
							if (ended !== "detached" && step.rejoinLogOn !== null) await this.#fetchRejoinLog(step);
							return ended;
						}),
					);
					isDetached = signal.aborted || ends.includes("detached");
					break;
				}
				case "replan":
					// A console that is cut off from the cluster must not decide how to go on.
					if (!(await waitUntilReachable(this.#context, { patienceMs: PATIENCE_MS, signal }))) return [];
					await this.#replan(action.kept);
					// From here on this is a plan of its own, whatever failed or was begun before.
					replannedAt = action.kept;
					lastBegun = null;
					this.#isStopping = false;
					runner = new StepRunner(this.#state, this.#context, "fresh", signal);
					isDetached = signal.aborted;
			}
		}
	}

	#skip({ key }: Step): "skipped" {
		this.#change(key, { status: "skipped" });
		this.note({ event: "skipped", step: key, exitCode: null, output: "", notes: [] });
		return "skipped";
	}

	/** A defect in one step fails that step only: cleanup steps still run, and the lock is released. */
	async #runStep(
		runner: StepRunner,
		step: Step,
		isLastBegun: boolean,
	): Promise<"done" | "failed" | "detached"> {
		try {
			return await runner.run({
				step,
				isLastBegun,
				change: (change) => this.#change(step.key, change),
				note: (event) => this.note(event),
			});
		} catch (error) {
			const notes = [defectNote(error)];
			this.#change(step.key, { status: "failed", endedAt: Date.now(), notes });
			this.note({ event: "failed", step: step.key, exitCode: null, output: "", notes });
			return "failed";
		}
	}

	/** How far an interrupted operation has come; null: this console begins the steps itself. */
	async #lastBegun(): Promise<LastBegun> {
		if (this.#begin === "fresh") return { value: null };
		const steps = this.#state.steps.map(({ step }) => step);
		return await lastStepBegun(steps, this.#state.operationId, this.#context, this.#detach.signal);
	}

	/** Replaces what was planned for after the first `kept` steps, which was a guess. */
	async #replan(kept: number): Promise<void> {
		const { localSteps } = this.#context;
		if (localSteps === null) throw new Error("no local steps to replan with");
		const steps = await localSteps.replan();
		if (this.#detach.signal.aborted) return;
		this.note({ event: "looked again", steps });
		this.#set({ ...this.#state, steps: [...this.#state.steps.slice(0, kept), ...steps.map(waiting)] });
	}

	#leave(notes: readonly string[]): RunState {
		return this.#set({
			...this.#state,
			outcome: "detached",
			notes: [...this.#state.notes, ...notes, ...this.#journalNotes()],
		});
	}

	/** Notes what is about to be done; throws if the journal can't be written. */
	write(event: JournalEvent): void {
		this.#context.journal.write(this.#entryOf(event));
	}

	/** Notes what was done; a journal that can't be written does not end the operation. */
	note(event: JournalEvent): void {
		this.#journalFault = this.#context.journal.note(this.#entryOf(event));
	}

	#entryOf(event: JournalEvent): JournalNote {
		const { operationId, plan } = this.#state;
		const { cluster, systemIdentifier } = plan;
		return { operationId, cluster, systemIdentifier, who: this.#context.operator, ...event };
	}

	#journalNotes(): readonly string[] {
		return this.#journalFault === null
			? []
			: [`the journal can't be written, and lacks the end of this operation: ${this.#journalFault}`];
	}

	async #end(): Promise<RunState> {
		// It takes seconds: an operation whose console is killed meanwhile still holds its lock, and can be resumed to its end.
		const compared = await this.#compared();
		let stuck = await this.#context.release();
		// Often only the SSH connection was broken; the second attempt opens a new one.
		if (stuck.length > 0) stuck = await this.#context.release();
		const outcome = this.#context.endedAs ?? outcomeOf(this.#state);
		const notes = [
			...this.#state.notes,
			...stuck.map((nodeId) => `the lock on node ${nodeId} could not be released`),
		];
		const report = this.#context.localSteps?.report({ ...this.#state, outcome }) ?? null;
		if (report !== null) this.note({ event: "reported", report });
		if (compared !== null) this.note({ event: "compared", rows: compared });
		this.note({ event: "ended", outcome, notes });
		return this.#set({
			...this.#state,
			outcome,
			notes: [...notes, ...this.#journalNotes()],
			...(report !== null && { report }),
			...(compared !== null && { compared }),
		});
	}

	/** What the plan sets right, before and after; null: it names nothing. What can't be read now is not known. */
	async #compared(): Promise<readonly ComparedRow[] | null> {
		const { plan } = this.#state;
		const { stateNow } = this.#context;
		if (plan.before === undefined || stateNow === undefined) return null;
		return sideBySide(plan.before, await stateNow(plan).catch(() => null));
	}

	async #fetchRejoinLog({ key, rejoinLogOn }: Step): Promise<void> {
		const { operationId } = this.#state;
		const host = this.#context.hosts.find(({ nodeId }) => nodeId === rejoinLogOn);
		const log = host && (await fetchRejoinLog({ host, operationId, key }, this.#context.redact));
		if (log) this.#set({ ...this.#state, rejoinLogs: [...this.#state.rejoinLogs, log] });
	}

	#change(key: string, change: Partial<StepState>): void {
		this.#set(withStep(this.#state, key, change));
	}

	#set(state: RunState): RunState {
		this.#state = state;
		for (const listener of this.#listeners) listener(state);
		return state;
	}
}

function defectNote(error: unknown): string {
	return `a defect of this console: ${String(error)}`;
}

function outcomeOf({ steps }: RunState): Ending {
	if (steps.some(({ status }) => status === "failed")) return "failed";
	return steps.some(({ status }) => status === "skipped") ? "stopped" : "done";
}
