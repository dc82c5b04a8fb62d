import { nameOf } from "../execution/history.ts";
import type { Host } from "../execution/host.ts";
import type { Journal, Operator } from "../execution/journal.ts";
import { lockRefusal, releaseLock, takeLock } from "../execution/lock.ts";
import type { OperationRecord } from "../execution/operation-record.ts";
import { Run } from "../execution/run.ts";
import type { Begin, ClusterWatch, LocalSteps, RunContext } from "../execution/run-context.ts";
import type { Plan, Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { stateAround } from "../operation/rejoin/side-by-side.ts";
import { beginRun, type Ending } from "../operation/run/run-state.ts";
import type { OperationFacts } from "./operation-facts.ts";

export type Started =
	| { readonly run: Run; readonly refusal?: never }
	| { readonly refusal: Refusal; readonly run?: never };

export interface RunStarterContext {
	readonly facts: OperationFacts;
	readonly watch: ClusterWatch;
	readonly journal: Journal;
	readonly operator: Operator;
	readonly redact: (text: string) => string;
	readonly watchCopy: NonNullable<RunContext["watchCopy"]>;
	/** What this console carries out from now on; null: nothing. */
	readonly onRunning: (run: Run | null) => void;
}

/** An operation that is to be carried out. */
export interface OperationToRun {
	readonly plan: Plan;
	/** For the lock, so that any console can resume it. */
	readonly record: OperationRecord;
	readonly localSteps: LocalSteps | null;
	/** For steps that take it. */
	readonly newPassword?: string | null;
}

/** Makes runs of operations: locks the cluster, notes the operation, and leaves the rest to the run's finish(). */
export class RunStarter {
	readonly #context: RunStarterContext;

	constructor(context: RunStarterContext) {
		this.#context = context;
	}

	/** Takes the lock, and notes the operation before anything is done. */
	async start(operation: OperationToRun, begin: Begin): Promise<Started> {
		const { facts, onRunning } = this.#context;
		const { plan, record } = operation;
		const locked = await this.#lock(operation);
		if ("message" in locked) return { refusal: locked };
		const run = this.#run(operation, begin);
		try {
			// On disk before anything is done: what can't be noted is not begun.
			if (begin === "fresh") run.write({ event: "approved", plan });
			else run.note({ event: "resumed" });
			run.note({ event: "locked", nodeIds: locked });
		} catch (error) {
			onRunning(null);
			await releaseLock(facts.hosts(), plan.systemIdentifier, record.operationId);
			return {
				refusal: refusalOf("the journal can't be written", {
					detail: `${String(error)}.`,
					hint: "Nothing is done that can't be noted.",
				}),
			};
		}
		return { run };
	}

	/** Resumes an operation that holds the lock. @param endedAs how it had ended before, if only its lock is left. */
	resumeLocked(operation: OperationToRun, endedAs: Ending | null): Started {
		const run = this.#run(operation, "resumed", endedAs);
		run.note({ event: "resumed" });
		return { run };
	}

	async #lock({ plan, record }: OperationToRun): Promise<Refusal | readonly number[]> {
		const { facts, watch } = this.#context;
		const snapshot = watch.snapshot();
		const nodeCount = snapshot.nodes.length;
		const { operationId } = record;
		const who = nameOf(this.#context.operator);
		const locking = await takeLock({
			hosts: facts.hosts(snapshot),
			nodeCount,
			systemIdentifier: plan.systemIdentifier,
			holder: { operationId, operation: plan.title, who, since: Date.now() },
			record,
		});
		return locking.kind === "taken" ? locking.nodeIds : lockRefusal(locking, plan.title, nodeCount);
	}

	#run(
		{ plan, record, localSteps, newPassword = null }: OperationToRun,
		begin: Begin,
		endedAs: Ending | null = null,
	): Run {
		const { facts, onRunning, watch, journal, operator, redact, watchCopy } = this.#context;
		const { operationId, startedAt } = record;
		const ofSteps = plan.steps.flatMap(({ command }) => facts.hostOf(command.nodeId) ?? []);
		const hosts = [...new Set([...facts.hosts(), ...ofSteps])];
		// The lock may also be on a host that was unregistered meanwhile.
		const locked = (): readonly Host[] => [...new Set([...hosts, ...facts.hosts()])];
		const run = new Run(
			beginRun(operationId, plan, nameOf(operator), startedAt),
			{
				...{ hosts, watch, journal, operator, redact, localSteps, newPassword, endedAs, watchCopy },
				stateNow: async ({ intent }) =>
					intent.kind === "rejoin" ? stateAround(await facts.collect(), intent.nodeId) : [],
				release: () => releaseLock(locked(), plan.systemIdentifier, operationId),
			},
			begin,
		);
		onRunning(run);
		run.subscribe(({ outcome }) => {
			if (outcome !== "running") onRunning(null);
		});
		return run;
	}
}
