import type { Step } from "../operation/plan.ts";
import { type RunState, type StepState, withStep } from "../operation/run-state.ts";
import type { Host } from "./host.ts";
import type { Journal, JournalEvent, Operator } from "./journal.ts";
import { fetchRejoinLog } from "./rejoin-log.ts";
import { StepRunner } from "./step-runner.ts";
import type { ClusterWatch } from "./watch.ts";

export interface RunContext {
	readonly hosts: readonly Host[];
	readonly watch: ClusterWatch;
	readonly journal: Journal;
	readonly operator: Operator;
	readonly redact: (text: string) => string;
	/** Releases the lock; gives the nodes where that failed. */
	readonly release: () => Promise<readonly number[]>;
}

/** Does a detached run of a step exist before it is begun? A resumed one may. */
export type Begin = "fresh" | "resumed";

/** The carrying out of one plan, with its state for everybody who looks. */
export class Run {
	#state: RunState;
	readonly #context: RunContext;
	readonly #begin: Begin;
	readonly #listeners = new Set<(state: RunState) => void>();
	readonly #detach = new AbortController();
	#isStopping = false;

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

	/** Carries it out; resolves when nothing is left to be done, or with what is detached. */
	async finish(): Promise<RunState> {
		const runner = new StepRunner(this.#state, this.#context, this.#begin, this.#detach.signal);
		let isGoingOn = true;
		for (const { step } of this.#state.steps) {
			if (step.runs === "in order" && (!isGoingOn || this.#isStopping)) {
				this.#change(step.key, { status: "skipped" });
				this.write({ event: "skipped", step: step.key, exitCode: null, output: "", notes: [] });
				continue;
			}
			const startedAt = Date.now();
			const ended = await runner.run(
				step,
				(change) => this.#change(step.key, change),
				(event) => this.write(event),
			);
			if (ended === "detached") return this.#set({ ...this.#state, outcome: "detached" });
			if (ended !== "done" && step.runs === "in order") isGoingOn = false;
			if (step.rejoinLogOn !== null && ended !== "not begun") await this.#fetchRejoinLog(step, startedAt);
		}
		return await this.#end();
	}

	write(event: JournalEvent): void {
		const { operationId, plan } = this.#state;
		const { journal, operator } = this.#context;
		const { cluster, systemIdentifier } = plan;
		journal.write({ operationId, cluster, systemIdentifier, who: operator, ...event });
	}

	async #end(): Promise<RunState> {
		const stuck = await this.#context.release();
		const outcome = outcomeOf(this.#state);
		const notes = [
			...this.#state.notes,
			...stuck.map((nodeId) => `the lock on node ${nodeId} could not be released`),
		];
		this.write({ event: "ended", outcome, notes });
		return this.#set({ ...this.#state, outcome, notes });
	}

	async #fetchRejoinLog({ rejoinLogOn }: Step, since: number): Promise<void> {
		const host = this.#context.hosts.find(({ nodeId }) => nodeId === rejoinLogOn);
		const log = host && (await fetchRejoinLog(host, since, this.#context.redact));
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

function outcomeOf({ steps }: RunState): "done" | "failed" | "stopped" {
	if (steps.some(({ status }) => status === "failed")) return "failed";
	return steps.some(({ status }) => status === "skipped") ? "stopped" : "done";
}
