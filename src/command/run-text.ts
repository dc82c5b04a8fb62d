import {
	hasRecoveryOptions,
	type RecoveryOptions,
	recoveryOptions,
} from "../operation/run/recovery-options.ts";
import { type CopyProgress, nodeNamed, type RunState, type StepState } from "../operation/run/run-state.ts";
import { drillReportText } from "../presentation/drill-report.ts";
import { commandLine } from "../presentation/plan-report.ts";
import {
	comparedLines,
	copyText,
	recoverySource,
	runEnding,
	STALLED,
	savedWal,
	savedWalText,
} from "../presentation/run-report.ts";
import type { Operations, Run, Started } from "../session/session.ts";
import { OPERATION_EXIT } from "./exit-code.ts";
import type { Interaction, Output } from "./terminal.ts";

/**
 * Starts a run. Until it has started, Ctrl-C is ignored and SIGTERM is deferred: the cluster lock may already be taken.
 */
export async function begunRun(start: () => Promise<Started>, interaction: Interaction): Promise<Started> {
	let isTerminated = false;
	const ends = [
		interaction.onInterrupt(() => {}),
		interaction.onTerminate(() => {
			isTerminated = true;
		}),
	];
	const started = await start();
	for (const end of ends) end();
	if (isTerminated) started.run?.detach();
	return started;
}

/** Follows a run to its end and prints its progress and result. @returns the exit code. */
export async function followToTheEnd(
	run: Run,
	operations: Operations,
	isJson: boolean,
	output: Output,
	interaction: Interaction,
): Promise<number> {
	const printer = new RunPrinter(isJson ? () => {} : output.out);
	if (!isJson) output.out(`\noperation ${run.state.operationId}`);
	const stall = new StallPrinter(operations, isJson ? () => {} : output.out);
	const ends = [
		run.subscribe((state) => {
			printer.show(state);
			stall.show(state);
		}),
		interaction.onInterrupt(() => void askWhatThen(run, output, interaction)),
		interaction.onTerminate(() => run.detach()),
	];
	const state = await run.finish();
	for (const end of ends) end();
	// The result is printed even if the cluster can't be read any more.
	const facts = hasRecoveryOptions(state) ? await operations.facts().catch(() => null) : null;
	const recovery = facts && recoveryOptions(state, facts);
	if (isJson)
		output.out(
			JSON.stringify({ schema: 1, run: state, waysOut: recovery, savedWal: savedWal(state) }, null, 2),
		);
	else output.out(resultText(state));
	if (recovery !== null && !isJson) output.out(`\n${recoveryText(recovery)}`);
	for (const note of state.notes) output.err(`WARNING:  ${note}`);
	switch (state.outcome) {
		case "done":
			return OPERATION_EXIT.done;
		case "detached":
		case "running":
			return OPERATION_EXIT.interrupted;
		case "failed":
		case "stopped":
			return OPERATION_EXIT.failed;
	}
}

function recoveryText(options: RecoveryOptions): string {
	const { state, ways } = options;
	return [
		state,
		recoverySource(options),
		...ways.map(({ title, command }) => `  - ${title}: ${command}`),
	].join("\n");
}

async function askWhatThen(run: Run, output: Output, interaction: Interaction): Promise<void> {
	if (!interaction.isInteractive) return run.detach();
	const answer = await interaction.ask(
		"\nStop after this step (s), detach and leave it running (d), or continue (any other key)? ",
	);
	if (answer === null || /^d/i.test(answer)) run.detach();
	else if (/^s/i.test(answer)) run.stopAfterStep();
	else output.out("continuing");
}

/** Warns once per step that the cluster has had no primary for long, and prints the recovery options. */
class StallPrinter {
	readonly #operations: Operations;
	readonly #out: (text: string) => void;
	readonly #warned = new Set<string>();

	constructor(operations: Operations, out: (text: string) => void) {
		this.#operations = operations;
		this.#out = out;
	}

	show(run: RunState): void {
		for (const { step, isStalled, status } of run.steps) {
			if (isStalled !== true || status !== "running" || this.#warned.has(step.key)) continue;
			this.#warned.add(step.key);
			void this.#warn(run);
		}
	}

	async #warn(run: RunState): Promise<void> {
		const recovery = recoveryOptions(run, await this.#operations.facts());
		this.#out(`\nWARNING:  ${STALLED}\n${recoveryText(recovery)}\n`);
	}
}

const SHORT_WAIT_MS = 3000;

/** Between two lines about the same copy. */
const COPY_PAUSE_MS = 5000;

/** Prints the difference between successive states of a run. */
class RunPrinter {
	readonly #out: (text: string) => void;
	readonly #copies = new Map<string, { readonly copied: CopyProgress; readonly at: number }>();
	readonly #waits = new Map<string, string>();
	readonly #shown = new Map<string, { status: StepState["status"]; printed: number }>();

	constructor(out: (text: string) => void) {
		this.#out = out;
	}

	show(run: RunState): void {
		for (const state of run.steps) this.#showStep(state, run);
	}

	/** Only after it has waited longer than a few polls. */
	#showWait({ step, status, waitsFor }: StepState): void {
		if (status !== "verifying" || waitsFor === undefined || waitsFor.at - waitsFor.since < SHORT_WAIT_MS)
			return;
		const said = `  waiting up to ${waitsFor.seconds} s: ${waitsFor.missing.join("; ")}`;
		if (this.#waits.get(step.key) === said) return;
		this.#waits.set(step.key, said);
		this.#out(said);
	}

	#showCopy({ step, status, copied }: StepState): void {
		const last = this.#copies.get(step.key);
		if (status !== "running" || copied === undefined || copied === last?.copied) return;
		const now = Date.now();
		if (last?.copied.phase === copied.phase && now - last.at < COPY_PAUSE_MS) return;
		this.#copies.set(step.key, { copied, at: now });
		this.#out(`  ${copyText(copied)}`);
	}

	#showStep(state: StepState, run: RunState): void {
		const { step, status, output } = state;
		const shown = this.#shown.get(step.key) ?? { status: "waiting", printed: 0 };
		const wasRunning = shown.status === "running";
		// A step whose expectation is impossible fails without running.
		const isOver = ["done", "failed"].includes(status);
		if (status !== shown.status && (status === "running" || (isOver && shown.status === "waiting"))) {
			this.#out(`\n${step.title}`);
			if (step.command.argv.length > 0 || step.by !== undefined)
				this.#out(`  ${commandLine(step, run.plan)}`);
		}
		const end = status === "running" ? output.lastIndexOf("\n") + 1 : output.length;
		if (output.slice(shown.printed, end).trim() !== "") {
			const lines = output.slice(shown.printed, end).trimEnd().split("\n");
			this.#out(lines.map((line) => `  | ${line}`).join("\n"));
		}
		this.#showCopy(state);
		this.#showWait(state);
		if (status !== shown.status && isOver) {
			const seconds = ((state.endedAt ?? 0) - (state.startedAt ?? 0)) / 1000;
			this.#out(
				[`  ${status} after ${seconds.toFixed(1)} s`, ...state.notes.map((note) => `  ${note}`)].join("\n"),
			);
		}
		if (status !== shown.status && status === "skipped" && !wasRunning)
			this.#out(`\n${step.title}: not begun`);
		this.#shown.set(step.key, { status, printed: Math.max(shown.printed, end) });
	}
}

function resultText(run: RunState): string {
	const { outcome, plan, operationId, rejoinLogs, steps, report, compared } = run;
	const logs = rejoinLogs.flatMap(({ nodeId, path, text }) => [
		"",
		`${path} on ${nodeNamed(plan, nodeId)}:`,
		...text
			.trimEnd()
			.split("\n")
			.map((line) => `  | ${line}`),
	]);
	const failed = steps.filter(({ status }) => status === "failed").map(({ step }) => step.title);
	const ending = [
		`${plan.title}: ${runEnding(run).text}`,
		...(outcome === "failed" ? [failed.join("; ")] : []),
	];
	return [
		...logs,
		...(report === undefined ? [] : ["", drillReportText(report)]),
		...(compared === undefined
			? []
			: ["", ...comparedLines(compared, Number.POSITIVE_INFINITY).map((line) => `  ${line}`)]),
		"",
		ending.join(": "),
		...(savedWalText(run) === "" ? [] : [savedWalText(run)]),
		...(outcome === "done" ? (plan.afterwards ?? []) : []),
		...(outcome === "detached" ? [`HINT:  Resume it with "repmgr-console runs resume ${operationId}".`] : []),
	].join("\n");
}
