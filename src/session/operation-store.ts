import { createStore, type StoreApi } from "zustand/vanilla";
import type { OperationSummary } from "../execution/history.ts";
import type { Run } from "../execution/run.ts";
import type { Fault } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { Plan, Refusal } from "../operation/plan/plan.ts";
import {
	hasRecoveryOptions,
	type RecoveryOptions,
	recoveryOptions,
} from "../operation/run/recovery-options.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { Operations, Started } from "./operations.ts";

/** How repmgr's own trial of a plan went; null: it has none. */
export type DryRun =
	| { readonly state: "running" }
	| { readonly state: "ended"; readonly exitCode: number | null; readonly text: string }
	| { readonly state: "failed"; readonly fault: Fault }
	| null;

/** Something the operator wants, on its way to being carried out. */
export type Wish =
	| { readonly state: "planning"; readonly intent: Intent }
	/** Taking up an interrupted operation needs no plan of the operator's. */
	| { readonly state: "resuming"; readonly operationId: string }
	/** `intent`: what could be planned again; null: nothing. `wasApproved`: what was planned or begun already is not begun. */
	| {
			readonly state: "refused";
			readonly refusal: Refusal;
			readonly intent: Intent | null;
			readonly wasApproved: boolean;
	  }
	/** starting: approved; looked at again, locked and noted. */
	| { readonly state: "planned" | "starting"; readonly plan: Plan; readonly trial: DryRun };

/** The operation store's present operation: the newest wish, and what is or was last carried out here. */
export interface OperationsState {
	readonly wish: Wish | null;
	readonly run: RunState | null;
	/** Of a run that failed, or stands still while nobody accepts writes; as soon as it is known. */
	readonly recoveryOptions: RecoveryOptions | null;
	/** This cluster's operations, the newest first; null until they were read. */
	readonly runs: readonly OperationSummary[] | null;
	/** Why they, or some of them, could not be read, or null. */
	readonly runsFault: string | null;
}

/** One operator's dealings with the operations of a session: what is asked goes into the state, nothing is waited for. */
export interface OperationStore {
	readonly store: StoreApi<OperationsState>;
	/** Makes a plan, and has repmgr try it. */
	ask(intent: Intent): void;
	/** Carries out the plan that lies there. Its confirmation is the caller's. */
	approve(): void;
	/** No further step after the one that runs. */
	stopAfterStep(): void;
	/** Leaves what runs, or is about to begin, alone; it is to be resumed later. Resolves when nothing is about to begin. */
	detach(): Promise<void>;
	/** Resolves when nothing is about to begin or carried out. */
	settled(): Promise<void>;
	/** Takes up an interrupted operation. */
	resume(operationId: string): void;
	/** Reads this cluster's operations. @param asksHosts false: the journal alone. */
	readRuns(asksHosts?: boolean): void;
}

export const EMPTY_DESK: OperationsState = {
	wish: null,
	run: null,
	recoveryOptions: null,
	runs: null,
	runsFault: null,
};

export function createOperationStore(operations: () => Promise<Operations>): OperationStore {
	const store = createStore<OperationsState>(() => EMPTY_DESK);
	const set = (change: Partial<OperationsState>): void => store.setState(change);
	let run: Run | null = null;
	let isLeaving = false;
	const beginning = new Set<Promise<void>>();
	const carriedOut = new Set<Promise<void>>();

	/** What is under way is in the set for so long. */
	function during(set: Set<Promise<void>>, work: Promise<void>): void {
		set.add(work);
		void work.finally(() => set.delete(work));
	}

	/** What comes of a wish, unless there is another one by then. */
	async function answer(wish: Wish, work: (operations: Operations) => Promise<Wish | null>): Promise<void> {
		set({ wish });
		const answered = await operations()
			.then(work)
			.catch((error: unknown) => refusedWish(wish, unexpected(error)));
		if (store.getState().wish === wish) set({ wish: answered });
	}

	async function dryRun(): Promise<void> {
		const { wish } = store.getState();
		if (wish?.state !== "planned" || !wish.plan.steps.some(({ key }) => key === "dry-run")) return;
		const { plan } = wish;
		const show = (trial: DryRun): void => {
			const now = store.getState().wish;
			if (now?.state === "planned" && now.plan === plan) set({ wish: { ...now, trial } });
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

	function begin(wish: Wish, start: (operations: Operations) => Promise<Started>): void {
		const work = async (all: Operations): Promise<Wish | null> => {
			const { run: begun, refusal } = await start(all);
			if (refusal !== undefined) return refusedWish(wish, refusal);
			during(carriedOut, carryOut(begun, all));
			return null;
		};
		during(beginning, answer(wish, work));
	}

	async function carryOut(begun: Run, all: Operations): Promise<void> {
		run = begun;
		if (isLeaving) run.detach();
		set({ run: begun.state, recoveryOptions: null });
		let isStalled = false;
		const unsubscribe = begun.subscribe((state) => {
			set({ run: state });
			// Nobody accepts writes and the command still runs: what holds it up can be ended.
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
		// How the cluster stands may be beyond telling; what was done is not.
		const facts = hasRecoveryOptions(ended) ? await all.facts().catch(() => null) : null;
		set({ recoveryOptions: facts && recoveryOptions(ended, facts) });
	}

	function readRuns(asksHosts = true): void {
		operations()
			.then((all) => all.runs(asksHosts))
			.then((look) =>
				set(
					look.refusal === undefined
						? { runs: look.runs, runsFault: look.problems.join("; ") || null }
						: { runsFault: [look.refusal.message, look.refusal.detail].join(": ") },
				),
			)
			.catch((error: unknown) => set({ runsFault: String(error) }));
	}

	return {
		store,
		ask(intent) {
			void answer({ state: "planning", intent }, async (all) => {
				const { plan, refusal } = await all.request(intent);
				return refusal === undefined
					? { state: "planned", plan, trial: null }
					: refusedWish({ state: "planning", intent }, refusal);
			}).then(dryRun);
		},
		approve() {
			const { wish } = store.getState();
			if (wish?.state !== "planned") return;
			begin({ ...wish, state: "starting" }, (all) => all.approve(wish.plan));
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
			begin({ state: "resuming", operationId }, (all) => all.resume(operationId));
		},
		readRuns,
	};
}

function refusedWish(wish: Wish, refusal: Refusal): Wish {
	const intent =
		wish.state === "planning" ? wish.intent : wish.state === "starting" ? wish.plan.intent : null;
	return { state: "refused", refusal, intent, wasApproved: wish.state !== "planning" };
}

function unexpected(error: unknown): Refusal {
	return {
		message: "this could not be worked out",
		detail: `${String(error)}.`,
		hint: "Nothing was changed. This is a defect of the console: please report it.",
		prerequisites: [],
	};
}
