import { randomBytes } from "node:crypto";
import { CopyWatch, DirectoryWatch } from "../execution/copy-progress.ts";
import { nameOf } from "../execution/history.ts";
import { Journal } from "../execution/journal.ts";
import { makePassword } from "../execution/new-password.ts";
import { recordOf } from "../execution/operation-record.ts";
import type { PastRun } from "../execution/past-run.ts";
import type { Run } from "../execution/run.ts";
import type { RunContext } from "../execution/run-context.ts";
import type { Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Plan, Requested } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { isWorthWaiting, request } from "../operation/request.ts";
import { resumedPlan, resumedSuffix } from "../operation/run/resumed-plan.ts";
import type { SetupTarget } from "../probe/setup/reader.ts";
import { redactor } from "../text/redact.ts";
import { sanitiseText } from "../text/sanitise.ts";
import type { Query } from "../transport/ports.ts";
import { clusterWatch } from "./cluster-watch.ts";
import { resumedDrillSteps } from "./drill.ts";
import { localSteps } from "./local-steps.ts";
import { type FactSources, OperationFacts } from "./operation-facts.ts";
import { type BrokenLock, type OperationList, OperationRecords, unidentified } from "./operation-records.ts";
import { intentBehind, notResumable } from "./resumption.ts";
import { RunStarter, type Started } from "./run-starter.ts";

export type { OperationList } from "./operation-records.ts";
export type { Started } from "./run-starter.ts";

/** What changes a cluster: plans are values, and nothing happens before approve() or resume(). */
export interface Operations {
	/** Reads all nodes at once, and says what would be done, or why not. */
	request(intent: Intent): Promise<Requested>;
	/** Runs repmgr's dry run of a plan; it changes nothing. Null: the plan has none. */
	dryRun(plan: Plan): Promise<Outcome<{ readonly exitCode: number | null; readonly text: string }> | null>;
	/**
	 * Plans again, refuses if the plan would be another, locks the cluster and notes the operation. finish() carries it out.
	 *
	 * @param newPassword for a plan that changes one; without it one is made, which nobody sees.
	 */
	approve(plan: Plan, newPassword?: string): Promise<Started>;
	/**
	 * This cluster's operations, the newest first: those of the journal, and one that holds the lock on the hosts.
	 *
	 * @param asksHosts false: uses the hosts' last answers.
	 */
	runs(asksHosts?: boolean): Promise<OperationList>;
	/** One operation of this machine's journal, from its plan to its end. */
	past(operationId: string): Outcome<PastRun>;
	/** Resumes an interrupted operation: verifies what was begun, runs cleanup steps, begins nothing else. */
	resume(operationId: string): Promise<Started>;
	/** Breaks the cluster lock, even that of another operator. @param clusterName typed by the operator, to be sure. */
	breakLock(clusterName: string): Promise<BrokenLock>;
	/** Facts as of now. */
	facts(): Promise<Facts>;
	close(): void;
}

export interface OperationsOptions extends Omit<FactSources, "watch"> {
	/** Polls every node now. */
	readonly hurry: () => void;
	/** What this console carries out from now on; null: nothing. */
	readonly onRunning: (run: Run | null) => void;
	readonly journalPath: string;
	readonly isReadOnly: boolean;
	/** Takes secrets out of what is written down or shown. */
	readonly redact: (text: string) => string;
	readonly query: Query;
	/** Opens sessions that may write, for the drill's own table. */
	readonly writingQuery: Query;
	/** The nodes as they are polled. */
	readonly targets: () => readonly SetupTarget[];
}

/** repmgr logs in to every node, some of them slow. */
const DRY_RUN_DEADLINE_MS = 120_000;

/** repmgr's own follow waits for standby_follow_timeout, by default 30 s. */
const WAITING_MS = 40_000;

/** A plan that is no older than this is not made again before it is carried out. */
const JUST_NOW_MS = 2000;

export function openOperations(options: OperationsOptions): Operations {
	const { store, operator, isReadOnly, onRunning, writingQuery, targets } = options;
	const newPasswords = new Set<string>();
	const withoutNew = redactor(() => newPasswords);
	const redact = (text: string): string => options.redact(withoutNew(text));
	const watch = clusterWatch(store, options.hurry);
	const journal = new Journal(options.journalPath, redact);
	const facts = new OperationFacts({ ...options, watch });
	const watchCopy: NonNullable<RunContext["watchCopy"]> = (copy, { nodeId, user }) => {
		if ("directories" in copy) {
			const host = facts.hostOf(nodeId);
			return host && new DirectoryWatch(host.shell, user, copy.directories, copy.totalBytes);
		}
		const { fromNodeId, name } = copy;
		const source = targets().find(({ registration }) => registration.nodeId === fromNodeId);
		const unknown = { fault: { kind: "command", message: "the node is not registered" } } as const;
		return new CopyWatch(options.query, source?.parameters ?? unknown, name);
	};
	const starter = new RunStarter({ facts, watch, journal, operator, redact, onRunning, watchCopy });
	const records = new OperationRecords({
		...{ watch, journal, operator },
		polledHosts: () => targets().flatMap(({ host }) => host ?? []),
		hosts: (snapshot) => facts.hosts(snapshot),
	});
	const drill = {
		...{ watch, writingQuery, targets, journalPath: options.journalPath },
		// With what the drilled node alone has: it may have to be rewound.
		facts: (nodeId: number) => facts.collect({ kind: "rejoin", nodeId, forceRewind: true, stopFirst: false }),
		log: () => store.getState().log,
	};

	/** The newest plan, and when it was made. */
	let planned: { readonly plan: Plan; readonly at: number } | null = null;

	return {
		facts: () => facts.collect(),
		close: () => facts.close(),
		async request(intent) {
			// Without SSH every check would fail for that reason, which is not the reason here.
			if (isReadOnly && store.getState().sshOff !== null) return { refusal: READ_ONLY };
			const until = Date.now() + WAITING_MS;
			let known = await facts.collect(intent);
			while (isWorthWaiting(intent, known) && Date.now() < until) known = await facts.collect(intent);
			const requested = request(intent, known);
			if (requested.plan !== undefined) planned = { plan: requested.plan, at: Date.now() };
			return requested;
		},
		async dryRun(plan) {
			const step = plan.steps.find(({ key }) => key === "dry-run");
			const host = step && facts.hostOf(step.command.nodeId);
			if (!step || !host) return null;
			if (isReadOnly) return { fault: { kind: "permission", ...READ_ONLY } };
			const { argv, user } = step.command;
			const outcome = await host.shell.run(argv, { user, deadlineMs: DRY_RUN_DEADLINE_MS });
			if (outcome.fault !== undefined) return outcome;
			const { exitCode, stdout, stderr } = outcome.value;
			return {
				value: { exitCode, text: redact(`${stdout}${stderr}`).split("\n").map(sanitiseText).join("\n") },
			};
		},
		async approve(plan, given) {
			if (isReadOnly) return { refusal: READ_ONLY };
			const newPassword = newPasswordFor(plan, given ?? null);
			if (newPassword !== null) newPasswords.add(newPassword);
			// With --yes a plan is approved at once; a person takes longer.
			const isJustMade = planned?.plan === plan && Date.now() - planned.at < JUST_NOW_MS;
			const again: Requested = isJustMade ? { plan } : request(plan.intent, await facts.collect(plan.intent));
			if (again.refusal !== undefined) return again;
			if (essenceOf(again.plan) !== essenceOf(plan)) {
				return {
					refusal: refusalOf(`${plan.title} is refused: the cluster has changed since the plan was made`, {
						detail: "The plan would now be another.",
						hint: "Request it again, and read the new plan.",
					}),
				};
			}
			const operationId = operationIdNow(plan.intent.kind);
			return await starter.start(
				{
					plan: again.plan,
					record: recordOf(operationId, again.plan, nameOf(operator), Date.now()),
					newPassword,
					localSteps: localSteps(again.plan, operationId, drill, (intent) => facts.collect(intent)),
				},
				"fresh",
			);
		},
		runs: (asksHosts = true) => records.list(asksHosts),
		past: (operationId) => records.past(operationId),
		async resume(operationId) {
			if (isReadOnly) return { refusal: READ_ONLY };
			const read = await facts.collect();
			const { snapshot } = read;
			const { systemIdentifier } = snapshot.cluster;
			if (systemIdentifier === null)
				return { refusal: unidentified(`operation "${operationId}" is not resumed`, snapshot) };
			const found = await records.resumable(operationId, snapshot, systemIdentifier);
			if ("message" in found) return { refusal: found };
			const { record, isHeld, endedAs } = found;
			// For an operation that has ended, only releases its lock and reports again what it left.
			const { clone: _, changesPassword: __, ...rest } = record;
			const left = endedAs === null ? record : { ...rest, steps: [], pausedBefore: [], drilledNodeId: null };
			const again = intentBehind(left);
			const now = again === null ? read : await facts.collect(again);
			const unread = notResumable(left, now);
			if (unread !== null) return { refusal: unread };
			const operation = {
				plan: { ...resumedPlan(left, now, systemIdentifier), pausedBefore: record.pausedBefore },
				record,
				localSteps: resumedDrillSteps(left, resumedSuffix(now), drill),
			};
			return isHeld ? starter.resumeLocked(operation, endedAs) : await starter.start(operation, "resumed");
		},
		breakLock: async (clusterName) =>
			isReadOnly ? { refusal: READ_ONLY } : await records.breakLock(clusterName),
	};
}

const READ_ONLY = refusalOf("nothing is changed: this is a read-only session", {
	detail: "--read-only was given, or read_only stands in the configuration file.",
});

/** Null: the plan takes none. */
function newPasswordFor({ intent }: Plan, given: string | null): string | null {
	if (intent.kind !== "change") return null;
	if (intent.password === "generated") return makePassword();
	if (given === null) throw new Error("the plan is for a given password, and none was given");
	return given;
}

/** Two plans are the same if their commands and what they restore are; a checkpoint may have become worthwhile meanwhile. */
function essenceOf({ steps, pausedBefore }: Plan): string {
	return JSON.stringify([
		steps.filter(({ key }) => key !== "checkpoint").map(({ command }) => command),
		pausedBefore,
	]);
}

/** e.g. "20261123T112439-switchover-1f3a": sorts by time, names a directory, and is unique. */
function operationIdNow(kind: string): string {
	const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
	return `${time}-${kind}-${randomBytes(2).toString("hex")}`;
}
