import { createStore, type StoreApi } from "zustand/vanilla";
import type { OperationSummary } from "../execution/history.ts";
import type { PastRun } from "../execution/past-run.ts";
import type { Run } from "../execution/run.ts";
import type { Fault, Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan, Refusal } from "../operation/plan/plan.ts";
import {
	hasRecoveryOptions,
	type RecoveryOptions,
	recoveryOptions,
} from "../operation/run/recovery-options.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { Operations, Started } from "./operations.ts";

/** How repmgr's dry run of a plan went; null: the plan has none. */
export type DryRun =
	| { readonly state: "running" }
	| { readonly state: "ended"; readonly exitCode: number | null; readonly text: string }
	| { readonly state: "failed"; readonly fault: Fault }
	| null;

/** An operation that the operator wants, until it is carried out. */
export type PendingOperation =
	| { readonly state: "planning"; readonly intent: Intent }
	/** An interrupted operation is resumed without a plan to approve. */
	| { readonly state: "resuming"; readonly operationId: string }
	/** `intent`: can be planned again; null: nothing can. `wasApproved`: refused after the approval, or instead of being resumed. */
	| {
			readonly state: "refused";
			readonly refusal: Refusal;
			readonly intent: Intent | null;
			readonly wasApproved: boolean;
	  }
	/** starting: approved; planned again, locked and noted. */
	| { readonly state: "planned" | "starting"; readonly plan: Plan; readonly dryRun: DryRun };

/** The newest operation that is pending, and the one that is or was last carried out here. */
export interface OperationsState {
	readonly pending: PendingOperation | null;
	readonly run: RunState | null;
	/** After a failure, or while a run stalls without a primary; once they are known. */
	readonly recoveryOptions: RecoveryOptions | null;
	/** This cluster's operations, the newest first; null until they have been read. */
	readonly runs: readonly OperationSummary[] | null;
	/** Why some or all of them could not be read, or null. */
	readonly runsFault: string | null;
	/** The operation of the history that was opened last; `read` is null until it was read. */
	readonly past: { readonly operationId: string; readonly read: Outcome<PastRun> | null } | null;
}

/** The operations of a session for a screen: never waits, and puts every answer into the state. */
export interface OperationStore {
	readonly store: StoreApi<OperationsState>;
	/** Makes a plan, and starts its dry run by repmgr. Does nothing while an operation is beginning, which stays pending. */
	ask(intent: Intent): void;
	/** Carries out the pending plan. The caller has it confirmed. */
	approve(): void;
	/** Begins no further step; cleanup steps still run. */
	stopAfterStep(): void;
	/** Leaves what runs, or is starting, to be resumed later. Resolves when nothing is starting any more. */
	detach(): Promise<void>;
	/** Resolves when nothing is starting or running any more. */
	settled(): Promise<void>;
	/** Resumes an interrupted operation. Does nothing while one is beginning. */
	resume(operationId: string): void;
	/** Reads this cluster's operations. @param asksHosts false: the journal alone. */
	readRuns(asksHosts?: boolean): void;
	/** Reads one of them from this machine's journal. */
	readPast(operationId: string): void;
}

export const INITIAL_OPERATIONS: OperationsState = {
	pending: null,
	run: null,
	recoveryOptions: null,
	runs: null,
	runsFault: null,
	past: null,
};

/** Approved or resumed, and not yet running: whether it will is not known. */
export function isBeginning(pending: PendingOperation | null): boolean {
	return pending?.state === "starting" || pending?.state === "resuming";
}

export function createOperationStore(operations: () => Promise<Operations>): OperationStore {
	const store = createStore<OperationsState>(() => INITIAL_OPERATIONS);
	const set = (change: Partial<OperationsState>): void => store.setState(change);
	let run: Run | null = null;
	let isLeaving = false;
	const beginning = new Set<Promise<void>>();
	const carriedOut = new Set<Promise<void>>();

	/** Keeps work in the set until it ends. */
	function during(set: Set<Promise<void>>, work: Promise<void>): void {
		set.add(work);
		void work.finally(() => set.delete(work));
	}

	/** Replaces a pending operation by the result of `work`, unless another one is pending by then. */
	async function answer(
		pending: PendingOperation,
		work: (operations: Operations) => Promise<PendingOperation | null>,
	): Promise<void> {
		set({ pending });
		const answered = await operations()
			.then(work)
			.catch((error: unknown) => refused(pending, unexpected(error)));
		if (store.getState().pending === pending) set({ pending: answered });
	}

	async function dryRun(): Promise<void> {
		const { pending } = store.getState();
		if (pending?.state !== "planned" || !pending.plan.steps.some(({ key }) => key === "dry-run")) return;
		const { plan } = pending;
		const show = (dryRun: DryRun): void => {
			const now = store.getState().pending;
			if (now?.state === "planned" && now.plan === plan) set({ pending: { ...now, dryRun } });
		};
		show({ state: "running" });
		try {
			const tried = await (await operations()).dryRun(plan);
			if (tried === null) show(null);
			else
				show(
					tried.fault === undefined
						? { state: "ended", ...tried.value }
						: { state: "failed", fault: tried.fault },
				);
		} catch (error) {
			show({ state: "failed", fault: { kind: "command", message: String(error) } });
		}
	}

	function begin(pending: PendingOperation, start: (operations: Operations) => Promise<Started>): void {
		const work = async (all: Operations): Promise<PendingOperation | null> => {
			const { run: begun, refusal } = await start(all);
			if (refusal !== undefined) return refused(pending, refusal);
			during(carriedOut, carryOut(begun, all));
			return null;
		};
		during(beginning, answer(pending, work));
	}

	async function carryOut(begun: Run, all: Operations): Promise<void> {
		run = begun;
		if (isLeaving) run.detach();
		set({ run: begun.state, recoveryOptions: null });
		let isStalled = false;
		const unsubscribe = begun.subscribe((state) => {
			set({ run: state });
			// No server accepts writes while the command runs: say what holds it up.
			if (isStalled || !state.steps.some((step) => step.isStalled)) return;
			isStalled = true;
			void all.facts().then((facts) => {
				if (run === begun && begun.state.outcome === "running")
					set({ recoveryOptions: recoveryOptions(begun.state, facts) });
			});
		});
		const ended = await begun.finish();
		unsubscribe();
		run = null;
		readRuns();
		// Even if the cluster can't be read any more, what was done is known.
		const facts = hasRecoveryOptions(ended) ? await all.facts().catch(() => null) : null;
		set({ recoveryOptions: facts && recoveryOptions(ended, facts) });
	}

	function readRuns(asksHosts = true): void {
		operations()
			.then((all) => all.runs(asksHosts))
			.then((list) =>
				set(
					list.refusal === undefined
						? { runs: list.runs, runsFault: list.problems.join("; ") || null }
						: { runsFault: [list.refusal.message, list.refusal.detail].join(": ") },
				),
			)
			.catch((error: unknown) => set({ runsFault: String(error) }));
	}

	return {
		store,
		ask(intent) {
			if (isBeginning(store.getState().pending)) return;
			void answer({ state: "planning", intent }, async (all) => {
				const { plan, refusal } = await all.request(intent);
				return refusal === undefined
					? { state: "planned", plan, dryRun: null }
					: refused({ state: "planning", intent }, refusal);
			}).then(dryRun);
		},
		approve() {
			const { pending } = store.getState();
			if (pending?.state !== "planned") return;
			begin({ ...pending, state: "starting" }, (all) => all.approve(pending.plan));
		},
		stopAfterStep: () => run?.stopAfterStep(),
		async detach() {
			isLeaving = true;
			run?.detach();
			await Promise.all(beginning);
		},
		async settled() {
			await Promise.all(beginning);
			await Promise.all(carriedOut);
		},
		resume(operationId) {
			if (isBeginning(store.getState().pending)) return;
			begin({ state: "resuming", operationId }, (all) => all.resume(operationId));
		},
		readRuns,
		readPast(operationId) {
			set({ past: { operationId, read: null } });
			operations()
				.then((all) => all.past(operationId))
				.catch((error: unknown): Outcome<PastRun> => ({ fault: { kind: "command", message: String(error) } }))
				.then((read) => {
					if (store.getState().past?.operationId === operationId) set({ past: { operationId, read } });
				});
		},
	};
}

function refused(pending: PendingOperation, refusal: Refusal): PendingOperation {
	const intent =
		pending.state === "planning" ? pending.intent : pending.state === "starting" ? pending.plan.intent : null;
	return { state: "refused", refusal, intent, wasApproved: pending.state !== "planning" };
}

function unexpected(error: unknown): Refusal {
	return {
		message: "the request failed",
		detail: `${String(error)}.`,
		hint: "Nothing was changed. This is a defect of the console: please report it.",
		prerequisites: [],
	};
}
