import type { Step } from "../operation/plan/plan.ts";
import { type Ending, type RunState, type StepState, waiting, withStep } from "../operation/run/run-state.ts";
import type { JournalEvent, JournalNote } from "./journal.ts";
import { type LastBegun, lastStepBegun } from "./last-begun.ts";
import { waitUntilReachable } from "./reachable.ts";
import { fetchRejoinLog } from "./rejoin-log.ts";
import type { Begin, RunContext } from "./run-context.ts";
import { StepRunner } from "./step-runner.ts";

/** Without a sight of the cluster for so long, what was to be decided by it is left. */
const PATIENCE_MS = 10 * 60_000;

/** The carrying out of one plan, with its state for everybody who looks. */
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

	/** No further step after the one that runs; what must not stay is undone all the same. */
	stopAfterStep(): void {
		this.#isStopping = true;
	}

	/** Leaves what runs alone, and the lock where it is: `runs resume` takes it up. */
	detach(): void {
		this.#detach.abort();
	}

	/** Carries it out; resolves when nothing is left to be done, or with what is detached. Never rejects. */
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

	/**
	 * Step by step. What is left may become something else on the way.
	 *
	 * @returns null, or where it was detached what is worth knowing.
	 */
	async #carryOut(): Promise<readonly string[] | null> {
		let runner = new StepRunner(this.#state, this.#context, this.#begin, this.#detach.signal);
		const comeTo = await this.#comeTo();
		if (comeTo.fault !== undefined) return [comeTo.fault];
		let lastBegun = comeTo.value;
		let isGoingOn = true;
		let at = 0;
		while (at < this.#state.steps.length) {
			const steps = batchAt(this.#state.steps, at);
			const [step] = steps;
			if (step === undefined) break;
			// What only watches belongs to what was begun before it.
			if (lastBegun !== null && lastBegun >= 0 && at === lastBegun + 1 && step.by === "this console") {
				lastBegun += steps.length;
			}
			const ends = await Promise.all(
				steps.map(async (one, offset) => {
					const isNeverBegun = lastBegun !== null && at + offset > lastBegun;
					if (one.runs === "in order" && (!isGoingOn || this.#isStopping || isNeverBegun)) {
						this.#change(one.key, { status: "skipped" });
						this.note({ event: "skipped", step: one.key, exitCode: null, output: "", notes: [] });
						return "skipped";
					}
					const isLastBegun = lastBegun === null || at + steps.length > lastBegun;
					const ended = await this.#runStep(runner, one, isLastBegun);
					if (ended !== "detached" && one.rejoinLogOn !== null) await this.#fetchRejoinLog(one);
					return ended;
				}),
			);
			if (ends.includes("detached")) return [];
			if (ends.includes("failed") && step.runs === "in order") isGoingOn = false;
			at += steps.length;
			// Who sees nothing of the cluster must not decide how it goes on: it is left to be taken up.
			if (
				step.looksAgain &&
				!(await waitUntilReachable(this.#context, { patienceMs: PATIENCE_MS, signal: this.#detach.signal }))
			) {
				return [];
			}
			if (step.looksAgain && (await this.#lookAgain(at - 1))) {
				// Whatever went before, and whoever began it: from here on it is as a new plan would have it.
				isGoingOn = true;
				this.#isStopping = false;
				lastBegun = null;
				runner = new StepRunner(this.#state, this.#context, "fresh", this.#detach.signal);
			}
			if (this.#detach.signal.aborted) return [];
		}
		return null;
	}

	/** A defect of ours in one step fails that step: what must not stay is still undone, and the lock released. */
	async #runStep(
		runner: StepRunner,
		step: Step,
		isLastBegun: boolean,
	): Promise<"done" | "failed" | "detached"> {
		try {
			return await runner.run(
				step,
				isLastBegun,
				(change) => this.#change(step.key, change),
				(event) => this.note(event),
			);
		} catch (error) {
			const notes = [defectNote(error)];
			this.#change(step.key, { status: "failed", endedAt: Date.now(), notes });
			this.note({ event: "failed", step: step.key, exitCode: null, output: "", notes });
			return "failed";
		}
	}

	/** How far an interrupted operation has come; null: it is this console's own. */
	async #comeTo(): Promise<LastBegun> {
		if (this.#begin === "fresh") return { value: null };
		const steps = this.#state.steps.map(({ step }) => step);
		return await lastStepBegun(steps, this.#state.operationId, this.#context, this.#detach.signal);
	}

	/** What was planned for after this step was a guess. */
	async #lookAgain(at: number): Promise<boolean> {
		const steps = await this.#context.localSteps?.remainder();
		if (steps === undefined || this.#detach.signal.aborted) return false;
		this.note({ event: "looked again", steps });
		this.#set({ ...this.#state, steps: [...this.#state.steps.slice(0, at + 1), ...steps.map(waiting)] });
		return true;
	}

	#leave(notes: readonly string[]): RunState {
		return this.#set({
			...this.#state,
			outcome: "detached",
			notes: [...this.#state.notes, ...notes, ...this.#journalNotes()],
		});
	}

	/** For what is noted before anything is done: throws where it can't be written. */
	write(event: JournalEvent): void {
		this.#context.journal.write(this.#entryOf(event));
	}

	/** The same once something is done: an operation is not dropped for a journal that can't be written. */
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
		let stuck = await this.#context.release();
		// Often it is the way to a host that was broken, and a new one is opened for the second attempt.
		if (stuck.length > 0) stuck = await this.#context.release();
		const outcome = this.#context.endedAs ?? outcomeOf(this.#state);
		const notes = [
			...this.#state.notes,
			...stuck.map((nodeId) => `the lock on node ${nodeId} could not be released`),
		];
		const report = this.#context.localSteps?.report({ ...this.#state, outcome }) ?? null;
		if (report !== null) this.note({ event: "reported", report });
		this.note({ event: "ended", outcome, notes });
		return this.#set({
			...this.#state,
			outcome,
			notes: [...notes, ...this.#journalNotes()],
			...(report !== null && { report }),
		});
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

/** The step at a place, and those after it that are begun at once with it. */
function batchAt(states: readonly StepState[], at: number): readonly Step[] {
	const [first, ...rest] = states.slice(at).map(({ step }) => step);
	if (first === undefined) return [];
	const end = rest.findIndex((step) => !first.together || !step.together || step.runs !== first.runs);
	return [first, ...rest.slice(0, end === -1 ? rest.length : end)];
}

function outcomeOf({ steps }: RunState): Ending {
	if (steps.some(({ status }) => status === "failed")) return "failed";
	return steps.some(({ status }) => status === "skipped") ? "stopped" : "done";
}
