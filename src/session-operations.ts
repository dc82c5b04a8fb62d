import { randomBytes } from "node:crypto";
import type { Outcome } from "./cluster/fault.ts";
import type { Intent } from "./cluster/intent.ts";
import { sanitiseText } from "./cluster/sanitise.ts";
import { listed } from "./cluster/words.ts";
import { clusterWatch } from "./cluster-watch.ts";
import type { Companion } from "./execution/companion.ts";
import { isAlive, nameOf, type OperationSummary, operationsOf } from "./execution/history.ts";
import type { Host } from "./execution/host.ts";
import { Journal, type Operator } from "./execution/journal.ts";
import { lockRefusal, releaseLock, takeLock } from "./execution/lock.ts";
import { heldRecords, type OperationRecord, recordOf } from "./execution/operation-record.ts";
import { redactor } from "./execution/redact.ts";
import { resumable } from "./execution/resumable.ts";
import { type Begin, Run } from "./execution/run.ts";
import type { Facts } from "./operation/facts.ts";
import type { Plan, Refusal, Requested } from "./operation/plan.ts";
import { refusalOf } from "./operation/refusal.ts";
import { request } from "./operation/request.ts";
import { resumedPlan, resumedSuffix } from "./operation/resumed-plan.ts";
import { beginRun } from "./operation/run-state.ts";
import { companionOf, type DrillNeeds, resumedCompanion } from "./session-drill.ts";
import { FactFinder, type FactNeeds } from "./session-facts.ts";

export type Started =
	| { readonly run: Run; readonly refusal?: never }
	| { readonly refusal: Refusal; readonly run?: never };

/** What changes a cluster, for those who may: plans are values, and nothing happens before approve() or resume(). */
export interface Operations {
	/** Gathers what matters, on all nodes at once, and says what would be done, or why not. */
	request(intent: Intent): Promise<Requested>;
	/** repmgr's own trial of a plan, where it has one; it changes nothing. Null: it has none. */
	tryOut(plan: Plan): Promise<Outcome<{ readonly exitCode: number | null; readonly text: string }> | null>;
	/** Looks again, refuses where the plan is not what it was, locks the cluster, notes it; then it is for finish(). */
	approve(plan: Plan): Promise<Started>;
	/** This cluster's operations, the newest first: those of the journal, and one that holds the lock on the hosts. */
	runs(): Promise<readonly OperationSummary[]>;
	/** Takes up an interrupted operation: looks after what was begun, undoes what must not stay, begins nothing new. */
	resume(operationId: string): Promise<Started>;
	/** Takes the lock away, whoever holds it. @param clusterName typed by the operator, to be sure. */
	breakLock(clusterName: string): Promise<Refusal | null>;
	/** Facts as of now, for what is to be said of a state. */
	facts(): Promise<Facts>;
	close(): void;
}

export interface OperationsContext extends FactNeeds, Pick<DrillNeeds, "writingQuery" | "targets"> {
	/** Polls every node now. */
	readonly hurry: () => void;
	/** What this console carries out from now on; null: nothing. */
	readonly onRunning: (run: Run | null) => void;
	readonly journalPath: string;
	readonly operator: Operator;
	readonly isReadOnly: boolean;
	/** Passwords that this program knows: none of them may be written down. */
	readonly secrets: readonly string[];
}

/** repmgr connects and logs in to every node, some of them slow. */
const TRIAL_DEADLINE_MS = 120_000;

export function openOperations(context: OperationsContext): Operations {
	const { operator, store } = context;
	const watch = clusterWatch(store, context.hurry);
	const redact = redactor(context.secrets);
	const journal = new Journal(context.journalPath, redact);
	const who = nameOf(operator);

	const facts = new FactFinder({ ...context, watch });

	const begin = (
		run: {
			readonly operationId: string;
			readonly plan: Plan;
			readonly startedAt: number;
			readonly companion: Companion | null;
		},
		how: Begin,
	): Run => {
		const ofSteps = run.plan.steps.flatMap(({ command }) => facts.hostOf(command.nodeId) ?? []);
		const before = [...new Set([...facts.hosts(), ...ofSteps])];
		// Also on one that was unregistered meanwhile.
		const all = (): readonly Host[] => [...new Set([...before, ...facts.hosts()])];
		const begun = new Run(
			beginRun(run.operationId, run.plan, who, run.startedAt),
			{
				hosts: before,
				watch,
				journal,
				operator,
				redact,
				release: () => releaseLock(all(), run.plan.systemIdentifier, run.operationId),
				companion: run.companion,
			},
			how,
		);
		context.onRunning(begun);
		begun.subscribe(({ outcome }) => {
			if (outcome !== "running") context.onRunning(null);
		});
		return begun;
	};

	async function lock(
		operationId: string,
		plan: Plan,
		record: OperationRecord,
	): Promise<Refusal | readonly number[]> {
		const snapshot = watch.snapshot();
		const holder = { operationId, operation: plan.title, who, since: Date.now() };
		const locking = await takeLock(
			facts.hosts(snapshot),
			snapshot.nodes.length,
			plan.systemIdentifier,
			holder,
			record,
		);
		return locking.kind === "taken"
			? locking.nodeIds
			: lockRefusal(locking, plan.title, snapshot.nodes.length);
	}

	async function start(
		operationId: string,
		plan: Plan,
		record: OperationRecord,
		how: Begin,
		companion: Companion | null,
	): Promise<Started> {
		const locked = await lock(operationId, plan, record);
		if ("message" in locked) return { refusal: locked };
		const run = begin({ operationId, plan, startedAt: record.startedAt, companion }, how);
		try {
			// On disk before anything is done: what can't be noted is not begun.
			if (how === "fresh") run.write({ event: "approved", plan });
			else run.note({ event: "resumed" });
			run.note({ event: "locked", nodeIds: locked });
		} catch (error) {
			context.onRunning(null);
			await releaseLock(facts.hosts(), plan.systemIdentifier, operationId);
			return {
				refusal: refusalOf(
					"the journal can't be written",
					`${String(error)}.`,
					"Nothing is done that can't be noted.",
				),
			};
		}
		return { run };
	}

	const drillNeeds = { ...context, watch, facts: () => facts.look() };

	return {
		facts: () => facts.look(),
		async request(intent) {
			// Without SSH every check fails for want of it, which is not why nothing may be done here.
			if (context.isReadOnly && store.getState().sshOff !== null) return { refusal: READ_ONLY };
			return request(intent, await facts.look(intent));
		},
		close: () => facts.close(),
		async tryOut(plan) {
			const trial = plan.steps.find(({ key }) => key === "dry-run");
			const host = trial && facts.hostOf(trial.command.nodeId);
			if (!trial || !host) return null;
			if (context.isReadOnly) return { fault: { kind: "permission", ...READ_ONLY } };
			const { argv, user } = trial.command;
			const outcome = await host.shell.run(argv, { user, deadlineMs: TRIAL_DEADLINE_MS });
			if (outcome.fault !== undefined) return outcome;
			const { exitCode, stdout, stderr } = outcome.value;
			return {
				value: { exitCode, text: redact(`${stdout}${stderr}`).split("\n").map(sanitiseText).join("\n") },
			};
		},
		async approve(plan) {
			if (context.isReadOnly) return { refusal: READ_ONLY };
			const again = request(plan.intent, await facts.look(plan.intent));
			if (again.refusal !== undefined) return again;
			if (essenceOf(again.plan) !== essenceOf(plan)) {
				return {
					refusal: refusalOf(
						`${plan.title} is refused: the cluster is not as it was when the plan was made`,
						"The same wish would now be another plan.",
						"Ask for it again, and look at the new plan.",
					),
				};
			}
			const operationId = nameNow(plan.intent.kind);
			return await start(
				operationId,
				again.plan,
				recordOf(operationId, again.plan, who, Date.now()),
				"fresh",
				companionOf(again.plan, drillNeeds),
			);
		},
		async runs() {
			const { systemIdentifier } = watch.snapshot().cluster;
			const own = operationsOf(journal.read()).filter((one) => one.systemIdentifier === systemIdentifier);
			// By the ways that watch them: enough to look.
			const watched = context.targets().flatMap(({ host }) => host ?? []);
			const held = (await heldRecords(watched, systemIdentifier ?? "")).filter(
				({ operationId }) => !own.some((one) => one.operationId === operationId),
			);
			const cluster = watch.snapshot().cluster.name;
			return [
				...held.map((record) => ({
					...record,
					cluster,
					outcome: "interrupted" as const,
					pid: null,
					isAlive: null,
				})),
				...own.map((one) => ({ ...one, isAlive: one.outcome === "interrupted" && isAlive(one) })),
			];
		},
		async resume(operationId) {
			if (context.isReadOnly) return { refusal: READ_ONLY };
			const now = await facts.look();
			const { systemIdentifier } = now.snapshot.cluster;
			if (systemIdentifier === null)
				return { refusal: refusalOf("the cluster's system identifier is not known", "", "") };
			const held = await heldRecords(facts.hosts(now.snapshot), systemIdentifier);
			const found = resumable(operationId, operationsOf(journal.read()), held);
			if ("message" in found) return { refusal: found };
			const { record, isHeld, isOver } = found;
			// What has ended left no more than a lock on a host that could not be reached then.
			const left = isOver ? { ...record, steps: [], pausedBefore: [], drilledNodeId: null } : record;
			const plan = resumedPlan(left, now, systemIdentifier);
			const companion = resumedCompanion(
				left.drilledNodeId,
				left.pausedBefore,
				resumedSuffix(now),
				drillNeeds,
			);
			if (!isHeld) return await start(operationId, plan, record, "resumed", companion);
			const run = begin({ operationId, plan, startedAt: record.startedAt, companion }, "resumed");
			run.note({ event: "resumed" });
			return { run };
		},
		async breakLock(clusterName) {
			if (context.isReadOnly) return READ_ONLY;
			const { cluster } = watch.snapshot();
			if (clusterName !== cluster.name) {
				return refusalOf(
					`the lock is not broken: the cluster's name is "${cluster.name}"`,
					"",
					"Give it exactly.",
				);
			}
			const all = facts.hosts();
			const held = await heldRecords(all, cluster.systemIdentifier ?? "");
			const event = {
				cluster: cluster.name,
				systemIdentifier: cluster.systemIdentifier ?? "",
				who: operator,
			};
			for (const { operationId } of held) journal.write({ ...event, operationId, event: "lock broken" });
			const stuck = await releaseLock(all, cluster.systemIdentifier ?? "", null);
			return stuck.length === 0
				? null
				: refusalOf(
						`the lock could not be taken away on ${listed(stuck.map((id) => `node ${id}`))}`,
						"",
						"Try again.",
					);
		},
	};
}

const READ_ONLY = refusalOf(
	"nothing is changed: this is a read-only session",
	"--read-only was given, or read_only stands in the configuration file.",
	"",
);

/** What makes two plans the same: the commands, and what is put back. That a checkpoint is worth while may change. */
function essenceOf({ steps, pausedBefore }: Plan): string {
	return JSON.stringify([
		steps.filter(({ key }) => key !== "checkpoint").map(({ command }) => command),
		pausedBefore,
	]);
}

/** e.g. "20261123T112439-switchover-1f3a": sorts by time, names a directory, meets no other. */
function nameNow(kind: string): string {
	const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
	return `${time}-${kind}-${randomBytes(2).toString("hex")}`;
}
