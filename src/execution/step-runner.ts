import type { ClusterSnapshot } from "../model/snapshot.ts";
import { impossibleExpectations, unmetExpectations } from "../operation/plan/expectation.ts";
import type { Step } from "../operation/plan/plan.ts";
import type { RunState, StepState } from "../operation/run/run-state.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { sentence } from "../text/words.ts";
import type { JournalEvent } from "./journal.ts";
import { Outage } from "./outage.ts";
import { waitUntilReachable } from "./reachable.ts";
import { claimRun, followRun, type RemoteRun, type RunEnd, retried, startRun } from "./remote-run.ts";
import type { Begin, RunContext } from "./run-context.ts";

/** Long enough for every node to be read once more before a step counts as not needed. */
const FRESH_LOOK_MS = 4000;

/** After a command that failed, the cluster is given no more than this to show the contrary. */
const FAILED_SETTLE_MS = 8000;

/** Without an answer of its host for so long, a run that was begun is left to itself. */
const PATIENCE_MS = 10 * 60_000;

/** For what is undone in any case: a host that is gone must not keep the others waiting. */
const UNDO_PATIENCE_MS = 20_000;

/** More is not kept of what a command prints. */
const OUTPUT_LIMIT = 200_000;

type Change = (change: Partial<StepState>) => void;
type Write = (event: JournalEvent) => void;

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

	/** @param isLastBegun false: a step after it was begun, so it was found done then, and how the cluster is now tells nothing of it. */
	async run(
		step: Step,
		isLastBegun: boolean,
		change: Change,
		write: Write,
	): Promise<"done" | "failed" | "detached"> {
		const startedAt = Date.now();
		if (step.runs === "always") {
			if (!(await this.#isReachable())) return "detached";
			if (await this.#isSoAlready(step, startedAt)) {
				change({ status: "not needed", startedAt, endedAt: Date.now() });
				write({ event: "not needed", step: step.key, exitCode: null, output: "", notes: [] });
				return "done";
			}
			const notes = impossibleExpectations(step.expects, this.#context.watch.snapshot());
			if (notes.length > 0) {
				change({ status: "failed", startedAt, endedAt: Date.now(), notes });
				write({ event: "failed", step: step.key, exitCode: null, output: "", notes });
				return "failed";
			}
		}
		const { nodeId, user, argv } = step.command;
		change({ status: "running", startedAt });
		write({ event: "started", step: step.key, nodeId, user, argv });

		let output = "";
		const take = (text: string): void => {
			const clean = this.#context.redact(text).split("\n").map(sanitiseText).join("\n");
			output = endOf(`${output}${clean}`);
			change({ output });
		};
		const end = await (step.by === "this console"
			? this.#runHere(step, take)
			: this.#runDetached(step, take, change));
		if (this.#signal.aborted || end.kind === "abandoned") return "detached";
		if (end.kind === "unreachable" && step.runs !== "always") {
			change({ notes: notesOf(end, false) });
			return "detached";
		}
		if (step.runs === "if begun") {
			const status = end.kind === "absent" ? "not needed" : "done";
			const notes = end.kind === "absent" ? [] : notesOf(end, false);
			const exitCode = end.kind === "exit" ? end.exitCode : null;
			change({ status, endedAt: Date.now(), exitCode, notes });
			write({ event: status, step: step.key, exitCode, output, notes });
			return "done";
		}
		const exitCode = end.kind === "exit" ? end.exitCode : null;
		change({ status: "verifying", exitCode });

		const missing = isLastBegun ? await this.#missing(step, exitCode, startedAt, change) : [];
		if (missing === null) return "detached";
		const isDone = !isLastBegun || (step.expects.length === 0 ? exitCode === 0 : missing.length === 0);
		const notes = [...missing, ...notesOf(end, isDone)];
		change({ status: isDone ? "done" : "failed", endedAt: Date.now(), notes });
		write({ event: isDone ? "done" : "failed", step: step.key, exitCode, output, notes });
		return isDone ? "done" : "failed";
	}

	/** What the cluster does not show of what the step was for; null where we are to see no more of it. */
	async #missing(
		step: Step,
		exitCode: number | null,
		startedAt: number,
		change: Change,
	): Promise<readonly string[] | null> {
		if (step.expects.length === 0) return [];
		const began = this.#begin === "resumed" ? this.#resumedFrom : startedAt;
		// What the console itself saw fail is not waited for once more: somebody may be without a primary meanwhile.
		const failedMs = step.by === undefined ? FAILED_SETTLE_MS : 0;
		const settleMs = exitCode === 0 ? step.settleSeconds * 1000 : failedMs;
		const endedAt = Date.now();
		const missingIn = (snapshot: ClusterSnapshot): readonly string[] =>
			unmetExpectations(step.expects, snapshot, endedAt, began);
		const isSo = (snapshot: ClusterSnapshot): boolean => {
			const missing = missingIn(snapshot);
			if (missing.length > 0)
				change({
					waitsFor: { missing, since: endedAt, at: snapshot.takenAt, seconds: Math.round(settleMs / 1000) },
				});
			return missing.length === 0;
		};
		for (let look = 1; ; look++) {
			const snapshot = await this.#until(isSo, settleMs);
			if (this.#signal.aborted) return null;
			const missing = missingIn(snapshot);
			const isBlind = !snapshot.nodes.some(({ observed }) => observed.reachable);
			if (missing.length === 0 || !isBlind || look > 3) return missing;
			// Cut off from the cluster we have seen nothing, neither that it is so nor that it is not.
			const seesAgain = await this.#isReachable();
			if (!seesAgain) return null;
		}
	}

	async #isSoAlready({ expects }: Step, since: number): Promise<boolean> {
		if (expects.length === 0) return false;
		const isFresh = (snapshot: ClusterSnapshot): boolean =>
			unmetExpectations(expects, snapshot, since, 0).length === 0;
		return isFresh(await this.#until(isFresh, FRESH_LOOK_MS)) && !this.#signal.aborted;
	}

	/** As the watch does, but not beyond the wish to leave. */
	async #until(isSo: (snapshot: ClusterSnapshot) => boolean, ms: number): Promise<ClusterSnapshot> {
		return await this.#context.watch.until((snapshot) => this.#signal.aborted || isSo(snapshot), ms);
	}

	/** What the console does itself; where it only watches, what is expected decides. */
	async #runHere({ key }: Step, take: (text: string) => void): Promise<RunEnd> {
		const work = this.#context.localSteps?.own(key);
		const isWell = work === undefined || (await work((line) => take(`${line}\n`), this.#signal));
		return this.#signal.aborted ? { kind: "abandoned" } : { kind: "exit", exitCode: isWell ? 0 : 1 };
	}

	#isReachable(): Promise<boolean> {
		return waitUntilReachable(this.#context, { patienceMs: PATIENCE_MS, signal: this.#signal });
	}

	async #runDetached(step: Step, take: (text: string) => void, change: Change): Promise<RunEnd> {
		const host = this.#context.hosts.find(({ nodeId }) => nodeId === step.command.nodeId);
		if (host === undefined) return { kind: "absent" };
		const run: RemoteRun = { host, operationId: this.#operationId, key: step.key };
		const isUndoing = step.runs === "always";
		const patienceMs = isUndoing ? UNDO_PATIENCE_MS : PATIENCE_MS;
		const patience = { patienceMs, signal: this.#signal };
		// A step that was begun is only looked after; what must not stay is undone by whoever comes.
		if (step.runs === "if begun") {
			const claimed = await claimRun(run, patience);
			if (claimed.fault !== undefined) return { kind: "unreachable", fault: claimed.fault };
			if (claimed.value === "never") return { kind: "absent" };
		} else if (this.#begin === "fresh" || isUndoing) {
			const fault = await this.#startOn(run, step, patience);
			if (fault !== null) return fault;
		}
		const outage = new Outage(this.#context.watch.snapshot());
		return await followRun(run, patience, take, () => {
			if (outage.isTooLong(this.#context.watch.snapshot())) change({ isStalled: true });
		});
	}

	/** Null where it began. */
	async #startOn(
		run: RemoteRun,
		step: Step,
		patience: { readonly patienceMs: number; readonly signal: AbortSignal },
	): Promise<RunEnd | null> {
		if (step.runs === "always") {
			const started = await retried(patience, () => startRun(run, step));
			return started.fault === undefined ? null : { kind: "unreachable", fault: started.fault };
		}
		// Tried once: by the time that a host answers again, what was looked at beforehand may be otherwise.
		const started = await startRun(run, step);
		if (started.fault === undefined) return null;
		const claimed = await claimRun(run, patience);
		if (claimed.fault !== undefined) return { kind: "unreachable", fault: claimed.fault };
		return claimed.value === "begun" ? null : { kind: "not started", fault: started.fault };
	}
}

function notesOf(end: RunEnd, isDone: boolean): readonly string[] {
	switch (end.kind) {
		case "exit":
			return end.exitCode === 0
				? []
				: [
						`the command ended with ${end.exitCode}${isDone ? ", yet the cluster shows what was wanted" : ""}`,
					];
		case "lost":
			return ["the command ended with its host or was killed: how is not known"];
		case "absent":
			return ["the command could not be started"];
		case "not started":
			return [`the command was not started, and will not be: ${sentence(end.fault)}`];
		case "unreachable":
			return [`its host can't be reached: ${sentence(end.fault)}`];
		case "abandoned":
			return [];
	}
}

const LEFT_OUT = "(what came before is left out)\n";

/** The end of an output, in whole lines, if it is too long. */
function endOf(output: string): string {
	if (output.length <= OUTPUT_LIMIT) return output;
	const end = output.slice(-OUTPUT_LIMIT);
	return LEFT_OUT + end.slice(end.indexOf("\n") + 1);
}
