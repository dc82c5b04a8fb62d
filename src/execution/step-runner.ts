import { sanitiseText } from "../cluster/sanitise.ts";
import { sentence } from "../cluster/words.ts";
import { unmet } from "../operation/expectation.ts";
import type { Step } from "../operation/plan.ts";
import type { RunState, StepState } from "../operation/run-state.ts";
import type { JournalEvent } from "./journal.ts";
import { followRun, type RunEnd, startRun } from "./remote-run.ts";
import type { Begin, RunContext } from "./run.ts";

/** Until every node was read anew, and a little more, before it is said that something is so already. */
const FRESH_LOOK_MS = 4000;

/** After a command that failed, the cluster is given no more than this to show the contrary. */
const FAILED_SETTLE_MS = 8000;

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

	async run(step: Step, change: Change, write: Write): Promise<"done" | "failed" | "not begun" | "detached"> {
		const { watch } = this.#context;
		const startedAt = Date.now();
		if (step.runs === "always" && (await this.#isSoAlready(step, startedAt))) {
			change({ status: "not needed", startedAt, endedAt: Date.now() });
			write({ event: "not needed", step: step.key, exitCode: null, output: "", notes: [] });
			return "done";
		}
		const { nodeId, user, argv } = step.command;
		change({ status: "running", startedAt });
		write({ event: "started", step: step.key, nodeId, user, argv });

		let output = "";
		const take = (text: string): void => {
			const clean = this.#context.redact(text).split("\n").map(sanitiseText).join("\n");
			output = `${output}${clean}`.slice(-OUTPUT_LIMIT);
			change({ output });
		};
		const end = await (step.by === "this console"
			? this.#runHere(step, take)
			: this.#runDetached(step, take));
		if (end.kind === "abandoned" || end.kind === "unreachable") return "detached";
		if (step.runs === "if begun") {
			const status = end.kind === "absent" ? "not needed" : "done";
			const notes = end.kind === "absent" ? [] : notesOf(end, false);
			const exitCode = end.kind === "exit" ? end.exitCode : null;
			change({ status, endedAt: Date.now(), exitCode, notes });
			write({ event: status, step: step.key, exitCode, output, notes });
			return "done";
		}
		if (end.kind === "absent" && this.#begin === "resumed" && step.runs === "in order") {
			change({ status: "skipped", endedAt: Date.now(), notes: [] });
			write({ event: "skipped", step: step.key, exitCode: null, output: "", notes: [] });
			return "not begun";
		}
		const exitCode = end.kind === "exit" ? end.exitCode : null;
		change({ status: "verifying", exitCode });

		const began = this.#begin === "resumed" ? this.#resumedFrom : startedAt;
		const settleMs = exitCode === 0 ? step.settleSeconds * 1000 : FAILED_SETTLE_MS;
		const endedAt = Date.now();
		const isSo = (snapshot: ReturnType<typeof watch.snapshot>): boolean =>
			unmet(step.expects, snapshot, endedAt, began).length === 0;
		const snapshot = await watch.until(isSo, step.expects.length === 0 ? 0 : settleMs);
		if (this.#signal.aborted) return "detached";
		const missing = unmet(step.expects, snapshot, endedAt, began);
		const isDone = step.expects.length === 0 ? exitCode === 0 : missing.length === 0;
		const notes = [...missing, ...notesOf(end, isDone)];
		change({ status: isDone ? "done" : "failed", endedAt: Date.now(), notes });
		write({ event: isDone ? "done" : "failed", step: step.key, exitCode, output, notes });
		return isDone ? "done" : "failed";
	}

	async #isSoAlready({ expects }: Step, since: number): Promise<boolean> {
		if (expects.length === 0) return false;
		const isFresh = (snapshot: ReturnType<RunContext["watch"]["snapshot"]>): boolean =>
			unmet(expects, snapshot, since, 0).length === 0;
		return isFresh(await this.#context.watch.until(isFresh, FRESH_LOOK_MS));
	}

	/** What the console does itself; where it only watches, what is expected decides. */
	async #runHere({ key }: Step, take: (text: string) => void): Promise<RunEnd> {
		const work = this.#context.companion?.own(key);
		const isWell = work === undefined || (await work((line) => take(`${line}\n`), this.#signal));
		return this.#signal.aborted ? { kind: "abandoned" } : { kind: "exit", exitCode: isWell ? 0 : 1 };
	}

	async #runDetached(step: Step, take: (text: string) => void): Promise<RunEnd> {
		const host = this.#context.hosts.find(({ nodeId }) => nodeId === step.command.nodeId);
		if (host === undefined) return { kind: "absent" };
		// A step that was begun is only looked after; what must not stay is undone by whoever comes.
		const isFollowedOnly = this.#begin === "resumed" && step.runs !== "always";
		if (!isFollowedOnly) {
			const started = await startRun(host, this.#operationId, step);
			// It may have begun all the same: following finds out.
			if (started.fault !== undefined) take(`${sentence(started.fault)}\n`);
		}
		return await followRun(host, this.#operationId, step.key, isFollowedOnly, take, this.#signal);
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
		default:
			return [];
	}
}
