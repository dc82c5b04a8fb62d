import type { ClusterSnapshot } from "../model/snapshot.ts";
import { impossibleExpectations, unmetExpectations } from "../operation/plan/expectation.ts";
import type { Step } from "../operation/plan/plan.ts";
import type { RunState, StepState } from "../operation/run/run-state.ts";
import { sanitiseText } from "../text/sanitise.ts";
import type { JournalEvent } from "./journal.ts";
import { withNewPassword } from "./new-password.ts";
import { claimRun, followRun, notesOfEnd, type RemoteRun, type RunEnd, startRun } from "./remote-run.ts";
import { type Patience, pause, retried, waitUntilReachable } from "./retry.ts";
import type { Begin, RunContext } from "./run-context.ts";

/** Long enough to read every node once more before a step counts as not needed. */
const FRESH_READING_MS = 4000;

/** How long to wait for the expected effect of a command that failed. */
const FAILED_SETTLE_MS = 8000;

/** How long a host may be silent before the console stops following the step that runs there. */
const PATIENCE_MS = 10 * 60_000;

/** The same for cleanup steps: a host that is gone must not keep the others waiting. */
const CLEANUP_PATIENCE_MS = 20_000;

/** How often it is asked how far a copy has come. */
const COPY_INTERVAL_MS = 2000;

/** Only the end of a longer output is kept. */
const OUTPUT_LIMIT = 200_000;

/** One step to carry out, and where to report. */
export interface StepRun {
	readonly step: Step;
	/** False: a later step was begun, so this one was verified then, and the cluster's present state says nothing about it. */
	readonly isLastBegun: boolean;
	readonly change: (change: Partial<StepState>) => void;
	readonly note: (event: JournalEvent) => void;
}

/** Carries out single steps: journal "started", run, verify from the cluster, journal how it ended. */
export class StepRunner {
	readonly #operationId: string;
	readonly #context: RunContext;
	readonly #begin: Begin;
	/** When the operation was first begun, epoch ms. */
	readonly #resumedFrom: number;
	readonly #signal: AbortSignal;

	constructor(run: RunState, context: RunContext, begin: Begin, signal: AbortSignal) {
		this.#operationId = run.operationId;
		this.#resumedFrom = run.startedAt;
		this.#context = context;
		this.#begin = begin;
		this.#signal = signal;
	}

	async run(run: StepRun): Promise<"done" | "failed" | "detached"> {
		const { step, isLastBegun, change, note } = run;
		const startedAt = Date.now();
		if (step.runs === "always") {
			const ended = await this.#endBeforehand(run, startedAt);
			if (ended !== null) return ended;
		}
		const { nodeId, user, argv } = step.command;
		change({ status: "running", startedAt });
		note({ event: "started", step: step.key, nodeId, user, argv });

		let output = "";
		const take = (text: string): void => {
			const clean = this.#context.redact(text).split("\n").map(sanitiseText).join("\n");
			output = endOf(`${output}${clean}`);
			change({ output });
		};
		const end = await (step.by === "this console" ? this.#runHere(step, take) : this.#runDetached(run, take));
		if (this.#signal.aborted || end.kind === "abandoned") return "detached";
		if (end.kind === "unreachable" && step.runs !== "always") {
			change({ notes: notesOfEnd(end, false) });
			return "detached";
		}
		const exitCode = end.kind === "exit" ? end.exitCode : null;
		if (step.runs === "if begun") {
			const status = end.kind === "absent" ? "not needed" : "done";
			const notes = end.kind === "absent" ? [] : notesOfEnd(end, false);
			return finish(run, status, { exitCode, output, notes });
		}
		change({ status: "verifying", exitCode });

		const missing = isLastBegun ? await this.#missing(run, exitCode, startedAt) : [];
		if (missing === null) return "detached";
		const isDone = !isLastBegun || (step.expects.length === 0 ? exitCode === 0 : missing.length === 0);
		const notes = [...missing, ...notesOfEnd(end, isDone)];
		return finish(run, isDone ? "done" : "failed", { exitCode, output, notes });
	}

	/** Ends a cleanup step that is not needed, or impossible; null: it is to be carried out. */
	async #endBeforehand(run: StepRun, startedAt: number): Promise<"done" | "failed" | "detached" | null> {
		const { step, change } = run;
		if (!(await this.#isReachable())) return "detached";
		const isMet = await this.#isMetAlready(step, startedAt);
		const notes = isMet ? [] : impossibleExpectations(step.expects, this.#context.watch.snapshot());
		if (!isMet && notes.length === 0) return null;
		change({ startedAt });
		return finish(run, isMet ? "not needed" : "failed", { exitCode: null, output: "", notes });
	}

	/** The expectations that the cluster does not meet; null: this console leaves, or is cut off. */
	async #missing(
		{ step, change }: StepRun,
		exitCode: number | null,
		startedAt: number,
	): Promise<readonly string[] | null> {
		if (step.expects.length === 0) return [];
		const began = this.#begin === "resumed" ? this.#resumedFrom : startedAt;
		// No waiting for what the console itself saw fail: the cluster may lack a primary meanwhile.
		const failedMs = step.by === undefined ? FAILED_SETTLE_MS : 0;
		const settleMs = exitCode === 0 ? step.settleSeconds * 1000 : failedMs;
		const endedAt = Date.now();
		const missingIn = (snapshot: ClusterSnapshot): readonly string[] =>
			unmetExpectations(step.expects, snapshot, endedAt, began);
		const isMet = (snapshot: ClusterSnapshot): boolean => {
			const missing = missingIn(snapshot);
			if (missing.length > 0)
				change({
					waitsFor: { missing, since: endedAt, at: snapshot.takenAt, seconds: Math.round(settleMs / 1000) },
				});
			return missing.length === 0;
		};
		for (let attempt = 1; ; attempt++) {
			const snapshot = await this.#until(isMet, settleMs);
			if (this.#signal.aborted) return null;
			const missing = missingIn(snapshot);
			// A console that is cut off from the cluster has evidence neither for nor against.
			if (missing.length === 0 || !isBlind(snapshot) || attempt > 3) return missing;
			if (!(await this.#isReachable())) return null;
		}
	}

	async #isMetAlready({ expects }: Step, since: number): Promise<boolean> {
		if (expects.length === 0) return false;
		const isMet = (snapshot: ClusterSnapshot): boolean =>
			unmetExpectations(expects, snapshot, since, 0).length === 0;
		return isMet(await this.#until(isMet, FRESH_READING_MS)) && !this.#signal.aborted;
	}

	/** Waits as the watch does, but no longer once the operator leaves. */
	async #until(isMet: (snapshot: ClusterSnapshot) => boolean, ms: number): Promise<ClusterSnapshot> {
		return await this.#context.watch.until((snapshot) => this.#signal.aborted || isMet(snapshot), ms);
	}

	/** Does what the console does itself; where it only watches, the expectations decide. */
	async #runHere({ key }: Step, take: (text: string) => void): Promise<RunEnd> {
		const work = this.#context.localSteps?.work(key);
		const hasSucceeded = work === undefined || (await work((line) => take(`${line}\n`), this.#signal));
		return this.#signal.aborted ? { kind: "abandoned" } : { kind: "exit", exitCode: hasSucceeded ? 0 : 1 };
	}

	#isReachable(): Promise<boolean> {
		return waitUntilReachable(this.#context, { patienceMs: PATIENCE_MS, signal: this.#signal });
	}

	async #runDetached({ step, change }: StepRun, take: (text: string) => void): Promise<RunEnd> {
		const { watch, hosts } = this.#context;
		const known = hosts.find(({ nodeId }) => nodeId === step.command.nodeId);
		if (known === undefined) return { kind: "absent" };
		// Its run directory is root's, then: nobody else can put a command there.
		const host = step.command.user === "root" ? { ...known, user: "root" } : known;
		const run: RemoteRun = { host, operationId: this.#operationId, key: step.key };
		const isCleanup = step.runs === "always";
		const patience = { patienceMs: isCleanup ? CLEANUP_PATIENCE_MS : PATIENCE_MS, signal: this.#signal };
		// A resumed run follows what was begun and begins nothing, but for cleanup.
		if (step.runs === "if begun") {
			const claimed = await claimRun(run, patience);
			if (claimed.fault !== undefined) return { kind: "unreachable", fault: claimed.fault };
			if (claimed.value === "never") return { kind: "absent" };
		} else if (this.#begin === "fresh" || isCleanup) {
			const failure = await this.#startOn(run, step, patience);
			if (failure !== null) return failure;
		}
		const outage = new Outage(watch.snapshot());
		const end = this.#showCopy(step, change);
		const ended = await followRun(run, patience, take, () => {
			if (outage.isTooLong(watch.snapshot())) change({ isStalled: true });
		});
		end();
		return ended;
	}

	/** Shows how far a copy has come, until the returned function is called. */
	#showCopy({ backup, command }: Step, change: StepRun["change"]): () => void {
		const copy = backup === undefined ? null : (this.#context.watchCopy?.(backup, command) ?? null);
		if (copy === null) return () => {};
		const end = new AbortController();
		const show = async (): Promise<void> => {
			while (!end.signal.aborted) {
				const copied = await copy.read();
				if (copied !== null && !end.signal.aborted) change({ copied });
				await pause(COPY_INTERVAL_MS, end.signal);
			}
			copy.close();
		};
		void show();
		return () => end.abort();
	}

	/** Null if it has begun. */
	async #startOn(run: RemoteRun, step: Step, patience: Patience): Promise<RunEnd | null> {
		const given = withNewPassword(step, this.#context.newPassword ?? null);
		if (step.runs === "always") {
			const started = await retried(patience, () => startRun(run, given));
			return started.fault === undefined ? null : { kind: "unreachable", fault: started.fault };
		}
		// No retry: once the host answers again, the checks of the plan may no longer hold.
		const started = await startRun(run, given);
		if (started.fault === undefined) return null;
		const claimed = await claimRun(run, patience);
		if (claimed.fault !== undefined) return { kind: "unreachable", fault: claimed.fault };
		return claimed.value === "begun" ? null : { kind: "not started", fault: started.fault };
	}
}

/** Shows and notes how a step ended. */
function finish(
	{ step, change, note }: StepRun,
	status: "done" | "failed" | "not needed",
	end: { readonly exitCode: number | null; readonly output: string; readonly notes: readonly string[] },
): "done" | "failed" {
	change({ status, endedAt: Date.now(), exitCode: end.exitCode, notes: end.notes });
	note({ event: status, step: step.key, ...end });
	return status === "failed" ? "failed" : "done";
}

/** Longer than a switchover should keep writers waiting: from then on an operator may want to act. */
const TOO_LONG_MS = 15_000;

/** Tells whether the cluster lost its primary during a command, and for too long. */
class Outage {
	/** Epoch ms; null if there was none when the command began: then the command is not the cause. */
	#primarySeenAt: number | null;

	constructor(snapshot: ClusterSnapshot) {
		this.#primarySeenAt = hasPrimary(snapshot) ? snapshot.takenAt : null;
	}

	isTooLong(snapshot: ClusterSnapshot): boolean {
		if (hasPrimary(snapshot) || isBlind(snapshot)) {
			this.#primarySeenAt = this.#primarySeenAt === null ? null : snapshot.takenAt;
			return false;
		}
		return this.#primarySeenAt !== null && snapshot.takenAt - this.#primarySeenAt > TOO_LONG_MS;
	}
}

function hasPrimary({ nodes }: ClusterSnapshot): boolean {
	return nodes.some(({ observed }) => observed.role === "primary" && observed.reachable);
}

/** No server answers: then it is not known whether there is a primary. */
function isBlind({ nodes }: ClusterSnapshot): boolean {
	return !nodes.some(({ observed }) => observed.reachable);
}

const LEFT_OUT = "(earlier output is left out)\n";

/** Of an output that is too long the last lines. */
function endOf(output: string): string {
	if (output.length <= OUTPUT_LIMIT) return output;
	const end = output.slice(-OUTPUT_LIMIT);
	return LEFT_OUT + end.slice(end.indexOf("\n") + 1);
}
