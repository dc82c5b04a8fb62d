import { randomBytes } from "node:crypto";
import { isAlive, nameOf, type OperationSummary, operationsOf } from "../execution/history.ts";
import type { Host } from "../execution/host.ts";
import { Journal, type Operator } from "../execution/journal.ts";
import { lockRefusal, releaseLock, takeLock } from "../execution/lock.ts";
import { heldRecords, isBelieved, type OperationRecord, recordOf } from "../execution/operation-record.ts";
import { resumable } from "../execution/resumable.ts";
import { Run } from "../execution/run.ts";
import type { Begin, LocalSteps } from "../execution/run-context.ts";
import type { Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Plan, Refusal, Requested } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { request } from "../operation/request.ts";
import { resumedPlan, resumedSuffix } from "../operation/run/resumed-plan.ts";
import type { Ending } from "../operation/run/run-state.ts";
import { beginRun } from "../operation/run/run-state.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { listed, sentence } from "../text/words.ts";
import { clusterWatch } from "./cluster-watch.ts";
import { type DrillNeeds, localStepsOf, resumedLocalSteps } from "./drill.ts";
import { FactFinder, type FactNeeds } from "./facts.ts";

export type Started =
	| { readonly run: Run; readonly refusal?: never }
	| { readonly refusal: Refusal; readonly run?: never };

/** What is known of a cluster's operations, and what could not be read, so that there may be others; or why nothing is known. */
export type RunsLook =
	| {
			readonly runs: readonly OperationSummary[];
			readonly problems: readonly string[];
			readonly refusal?: never;
	  }
	| { readonly refusal: Refusal; readonly runs?: never; readonly problems?: never };

/** What changes a cluster, for those who may: plans are values, and nothing happens before approve() or resume(). */
export interface Operations {
	/** Gathers what matters, on all nodes at once, and says what would be done, or why not. */
	request(intent: Intent): Promise<Requested>;
	/** repmgr's own trial of a plan, where it has one; it changes nothing. Null: it has none. */
	dryRun(plan: Plan): Promise<Outcome<{ readonly exitCode: number | null; readonly text: string }> | null>;
	/** Looks again, refuses where the plan is not what it was, locks the cluster, notes it; then it is for finish(). */
	approve(plan: Plan): Promise<Started>;
	/**
	 * This cluster's operations, the newest first: those of the journal, and one that holds the lock on the hosts.
	 *
	 * @param asksHosts false: what the hosts told last is taken.
	 */
	runs(asksHosts?: boolean): Promise<RunsLook>;
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
	/** Takes secrets out of what is written down or shown. */
	readonly redact: (text: string) => string;
}

/** repmgr connects and logs in to every node, some of them slow. */
const TRIAL_DEADLINE_MS = 120_000;

/** What was looked at so lately need not be looked at again before it is carried out. */
const JUST_NOW_MS = 2000;

/** Until a server has told its system identifier: on a busy machine that takes a moment. */
const IDENTIFIED_MS = 8000;

export function openOperations(context: OperationsContext): Operations {
	const { operator, store, redact } = context;
	const watch = clusterWatch(store, context.hurry);
	const journal = new Journal(context.journalPath, redact);
	const who = nameOf(operator);

	const facts = new FactFinder({ ...context, watch });

	const begin = (
		run: {
			readonly operationId: string;
			readonly plan: Plan;
			readonly startedAt: number;
			readonly localSteps: LocalSteps | null;
			readonly endedAs?: Ending | null;
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
				localSteps: run.localSteps,
				endedAs: run.endedAs ?? null,
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
		localSteps: LocalSteps | null,
	): Promise<Started> {
		const locked = await lock(operationId, plan, record);
		if ("message" in locked) return { refusal: locked };
		const run = begin({ operationId, plan, startedAt: record.startedAt, localSteps }, how);
		try {
			// On disk before anything is done: what can't be noted is not begun.
			if (how === "fresh") run.write({ event: "approved", plan });
			else run.note({ event: "resumed" });
			run.note({ event: "locked", nodeIds: locked });
		} catch (error) {
			context.onRunning(null);
			await releaseLock(facts.hosts(), plan.systemIdentifier, operationId);
			return {
				refusal: refusalOf("the journal can't be written", {
					detail: `${String(error)}.`,
					hint: "Nothing is done that can't be noted.",
				}),
			};
		}
		return { run };
	}

	/** As soon as the cluster's system identifier is known, or it will not be for long. */
	const identified = (): Promise<ClusterSnapshot> =>
		watch.until(({ cluster }) => cluster.systemIdentifier !== null, IDENTIFIED_MS);

	/** The newest plan, and when what it was made from was all there. */
	let planned: { readonly plan: Plan; readonly at: number } | null = null;

	let told: Awaited<ReturnType<typeof heldRecords>> | null = null;
	const drillNeeds = { ...context, watch, facts: () => facts.look() };

	return {
		facts: () => facts.look(),
		async request(intent) {
			// Without SSH every check fails for want of it, which is not why nothing may be done here.
			if (context.isReadOnly && store.getState().sshOff !== null) return { refusal: READ_ONLY };
			const requested = request(intent, await facts.look(intent));
			if (requested.plan !== undefined) planned = { plan: requested.plan, at: Date.now() };
			return requested;
		},
		close: () => facts.close(),
		async dryRun(plan) {
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
			// With --yes a plan is approved at once; a person takes longer.
			const isJustMade = planned?.plan === plan && Date.now() - planned.at < JUST_NOW_MS;
			const again: Requested = isJustMade ? { plan } : request(plan.intent, await facts.look(plan.intent));
			if (again.refusal !== undefined) return again;
			if (essenceOf(again.plan) !== essenceOf(plan)) {
				return {
					refusal: refusalOf(
						`${plan.title} is refused: the cluster is not as it was when the plan was made`,
						{
							detail: "The same wish would now be another plan.",
							hint: "Ask for it again, and look at the new plan.",
						},
					),
				};
			}
			const operationId = nameNow(plan.intent.kind);
			return await start(
				operationId,
				again.plan,
				recordOf(operationId, again.plan, who, Date.now()),
				"fresh",
				localStepsOf(again.plan, drillNeeds),
			);
		},
		async runs(asksHosts = true) {
			const snapshot = await identified();
			const { systemIdentifier, name } = snapshot.cluster;
			if (systemIdentifier === null)
				return { refusal: unidentified("the operations are not known", snapshot) };
			const { entries, problem } = journal.read();
			const own = operationsOf(entries).filter((one) => one.systemIdentifier === systemIdentifier);
			// By the ways that watch them: enough to look.
			const watched = context.targets().flatMap(({ host }) => host ?? []);
			if (asksHosts || told === null) told = await heldRecords(watched, systemIdentifier);
			const { held, faults } = told;
			const nameOfNode = (nodeId: number): string =>
				`"${snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? nodeId}"`;
			const others = held
				.filter(({ record }) => !own.some((one) => one.operationId === record.operationId))
				.map((one): OperationSummary => {
					const { operationId, title, who: by, startedAt } = one.record;
					const said = isBelieved(one, snapshot.nodes.length)
						? title
						: `${title} (so says only ${listed(one.nodeIds.map(nameOfNode))})`;
					const summary = {
						operationId,
						title: said,
						cluster: name,
						who: by,
						startedAt,
						kind: null,
						reason: null,
					};
					return { ...summary, outcome: "interrupted", pid: null, isAlive: null };
				});
			const unasked = snapshot.nodes.filter(({ nodeId }) => !watched.some((host) => host.nodeId === nodeId));
			return {
				runs: [
					...others,
					...own.map((one) => ({ ...one, isAlive: one.outcome === "interrupted" && isAlive(one) })),
				],
				problems: [
					...(problem === null ? [] : [problem]),
					...[...faults].map(
						([nodeId, fault]) =>
							`whether an operation holds the lock on ${nameOfNode(nodeId)} is not known: ${sentence(fault)}`,
					),
					...(unasked.length === 0
						? []
						: [
								`whether an operation holds the lock on ${listed(unasked.map(({ nodeName }) => `"${nodeName}"`))} is not known: there is no SSH to it`,
							]),
				],
			};
		},
		async resume(operationId) {
			if (context.isReadOnly) return { refusal: READ_ONLY };
			const now = await facts.look();
			const { systemIdentifier } = now.snapshot.cluster;
			if (systemIdentifier === null)
				return { refusal: unidentified(`operation "${operationId}" is not resumed`, now.snapshot) };
			const { held } = await heldRecords(facts.hosts(now.snapshot), systemIdentifier);
			const own = operationsOf(journal.read().entries);
			const found = resumable(operationId, own, held, now.snapshot.nodes.length);
			if ("message" in found) return { refusal: found };
			const { record, isHeld, endedAs } = found;
			// Of what has ended nothing is done but that its lock is released; what it left is told once more.
			const left =
				endedAs === null ? record : { ...record, steps: [], pausedBefore: [], drilledNodeId: null };
			const plan = {
				...resumedPlan(left, now, systemIdentifier),
				pausedBefore: record.pausedBefore,
			};
			const localSteps = resumedLocalSteps(
				left.drilledNodeId,
				left.pausedBefore,
				resumedSuffix(now),
				drillNeeds,
			);
			if (!isHeld) return await start(operationId, plan, record, "resumed", localSteps);
			const run = begin({ operationId, plan, startedAt: record.startedAt, localSteps, endedAs }, "resumed");
			run.note({ event: "resumed" });
			return { run };
		},
		async breakLock(clusterName) {
			if (context.isReadOnly) return READ_ONLY;
			const snapshot = await identified();
			const { name, systemIdentifier } = snapshot.cluster;
			if (clusterName !== name) {
				return refusalOf(`the lock is not broken: the cluster's name is "${name}"`, {
					hint: "Give it exactly.",
				});
			}
			if (systemIdentifier === null) return unidentified("the lock is not broken", snapshot);
			const all = facts.hosts(snapshot);
			const { held } = await heldRecords(all, systemIdentifier);
			const event = { cluster: name, systemIdentifier, who: operator, event: "lock broken" } as const;
			// A full disk is no reason to leave a lock where it is.
			const unwritten = [...new Set(held.map(({ record }) => record.operationId))].map((operationId) =>
				journal.note({ ...event, operationId }),
			);
			const released = await releaseLock(all, systemIdentifier, null);
			const unasked = snapshot.nodes.filter(({ nodeId }) => !all.some((host) => host.nodeId === nodeId));
			const stuck = [...released, ...unasked.map(({ nodeId }) => nodeId)];
			if (stuck.length === 0) return null;
			return refusalOf(`the lock could not be taken away on ${listed(stuck.map((id) => `node ${id}`))}`, {
				detail: unwritten.some((fault) => fault !== null)
					? "That it was broken is not in the journal, either."
					: "",
				hint: "Try again, with SSH to every host.",
			});
		},
	};
}

/** The lock's name has the system identifier: without it neither a lock nor its absence can be told. */
function unidentified(message: string, { nodes }: ClusterSnapshot): Refusal {
	return refusalOf(message, {
		detail: "The cluster's system identifier could not be read.",
		hint: nodes.some(({ observed }) => observed.reachable)
			? "EXECUTE on pg_control_system() is needed on a server that answers; try again."
			: "No server of it answers; try again.",
	});
}

const READ_ONLY = refusalOf("nothing is changed: this is a read-only session", {
	detail: "--read-only was given, or read_only stands in the configuration file.",
});

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
