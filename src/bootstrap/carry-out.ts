import { type Host, runScript } from "../execution/host.ts";
import type { JournalEvent, Operator } from "../execution/journal.ts";
import { followRun, notesOfEnd, startRun } from "../execution/remote-run.ts";
import type { Fault } from "../model/fault.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Message } from "../text/message.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { sentence } from "../text/words.ts";
import type { BootstrapPlan } from "./plan.ts";
import { onHost, WRITE_SCRIPT } from "./scripts.ts";
import { nodeOf, type Shells, type Situation } from "./situation.ts";
import type { BootstrapStep, CommandWork, FileWork } from "./step.ts";
import type { Surveyed } from "./survey.ts";

/** What happens, for whoever watches. */
export type Progress =
	| { readonly kind: "begun" | "done"; readonly step: BootstrapStep; readonly milliseconds: number }
	| {
			readonly kind: "failed";
			readonly step: BootstrapStep;
			readonly reason: string;
			readonly output: string;
	  }
	| { readonly kind: "output"; readonly step: BootstrapStep; readonly line: string }
	/** A host can't be read again, or something has come between. */
	| { readonly kind: "refused"; readonly refusal: Message }
	/** All hosts were read again; so many steps are left. */
	| { readonly kind: "surveyed"; readonly left: number };

export interface CarryOutContext {
	readonly operationId: string;
	readonly inventory: Inventory;
	readonly shells: Shells;
	readonly note: (event: JournalEvent) => void;
	readonly operator: Operator;
	readonly redact: (text: string) => string;
	readonly tell: (progress: Progress) => void;
	/** Ends the following; what runs on a host goes on. */
	readonly signal: AbortSignal;
}

/** What is to be so, and how to see whether it is. */
export interface Goal<S extends Situation> {
	readonly planOf: (situation: S) => BootstrapPlan;
	readonly survey: () => Promise<Surveyed<S>>;
}

/** The host was not heard of for so long while one of its steps ran. */
const PATIENCE_MS = 300_000;
/** Keys of SSH are known only after the first round; more are needed only where something has changed meanwhile. */
const MOST_ROUNDS = 4;

/**
 * Makes it so: carries out what a survey says is missing, each host's steps in their order and the hosts at once, surveys again,
 * and so on until nothing is missing. So each step is verified by what is then found, and an interrupted bootstrap is simply begun
 * again.
 *
 * @returns the last situation, with nothing left to be done; null: a step has failed, or it was interrupted.
 */
export async function carryOut<S extends Situation>(
	first: S,
	{ planOf, survey }: Goal<S>,
	context: CarryOutContext,
): Promise<S | null> {
	let situation = first;
	for (let round = 1; round <= MOST_ROUNDS; round += 1) {
		const plan = planOf(situation);
		if (isDone(plan)) return situation;
		if (!(await runSteps(plan, round, context))) return null;
		const again = await survey();
		if (again.refusals !== undefined) {
			for (const refusal of again.refusals) context.tell({ kind: "refused", refusal });
			return null;
		}
		situation = again.situation;
		context.tell({ kind: "surveyed", left: left(planOf(situation)).length });
	}
	const plan = planOf(situation);
	if (isDone(plan)) return situation;
	for (const step of left(plan)) {
		context.tell({
			kind: "failed",
			step,
			reason: "its command has ended, but the next survey does not find it done",
			output: "",
		});
	}
	return null;
}

export function left({ steps }: BootstrapPlan): readonly BootstrapStep[] {
	return steps.filter((step) => !step.isDone);
}

export function isDone(plan: BootstrapPlan): boolean {
	return left(plan).length === 0;
}

/** A step begins when all before it are done; after a failure only what does not need it. */
async function runSteps(plan: BootstrapPlan, round: number, context: CarryOutContext): Promise<boolean> {
	const results = new Map<string, Promise<boolean>>();
	const resultOf = (step: BootstrapStep): Promise<boolean> => {
		const known = results.get(step.key);
		if (known !== undefined) return known;
		const result = (async () => {
			const before = plan.steps.filter(({ key }) => step.after.includes(key)).map(resultOf);
			if ((await Promise.all(before)).includes(false)) return false;
			if (step.isDone) return true;
			// Left for the next round.
			if (step.work.kind === "file" && step.work.content === null) return true;
			if (context.signal.aborted) return false;
			return await runStep(step, round, context);
		})();
		results.set(step.key, result);
		return result;
	};
	return !(await Promise.all(plan.steps.map(resultOf))).includes(false);
}

async function runStep(step: BootstrapStep, round: number, context: CarryOutContext): Promise<boolean> {
	const { inventory, shells, redact, tell, operationId, note } = context;
	const { id } = nodeOf(inventory, step.node);
	const shell = shells.get(step.node);
	if (shell === undefined) throw new Error(`no connection to "${step.node}"`);
	const host: Host = { nodeId: id, shell, user: "root", configFile: "" };
	const key = `${step.key}-${round}`;
	const begunAt = Date.now();
	note({
		...{ event: "started", step: key, nodeId: id, user: "root" },
		argv: step.work.kind === "file" ? ["write", step.work.path] : ["sh", "-c", step.work.shown.join("; ")],
	});
	tell({ kind: "begun", step, milliseconds: 0 });
	const lines: string[] = [];
	const take = (text: string): void => {
		for (const line of redact(text).split("\n").map(sanitiseText)) {
			if (line.trim() === "") continue;
			lines.push(line);
			tell({ kind: "output", step, line });
		}
	};
	const reason =
		step.work.kind === "file"
			? await writeFile(host, step.work)
			: await runCommand(host, operationId, key, step.work, take, context.signal);
	const output = lines.slice(-40).join("\n");
	const ended = { step: key, exitCode: null, output, notes: reason === null ? [] : [reason] };
	note({ event: reason === null ? "done" : "failed", ...ended });
	if (reason === null) tell({ kind: "done", step, milliseconds: Date.now() - begunAt });
	else tell({ kind: "failed", step, reason: redact(reason), output });
	return reason === null;
}

/** @returns why it failed, or null. */
async function writeFile(host: Host, work: FileWork): Promise<string | null> {
	const content = work.content ?? "";
	const { path, mode, owner, part, check } = work;
	const words = [path, mode, owner, part, String(Buffer.byteLength(content)), check ?? ""];
	const written = await runScript(host, WRITE_SCRIPT, words, content);
	return written.fault === undefined ? null : reasonOf(written.fault);
}

async function runCommand(
	host: Host,
	operationId: string,
	key: string,
	{ script, words }: CommandWork,
	take: (text: string) => void,
	signal: AbortSignal,
): Promise<string | null> {
	const run = { host, operationId, key };
	const started = await startRun(run, { key, command: { argv: onHost(script, words), sharesSshTo: [] } });
	if (started.fault !== undefined) return reasonOf(started.fault);
	const end = await followRun(run, { patienceMs: PATIENCE_MS, signal }, take, () => {});
	if (end.kind === "exit" && end.exitCode === 0) return null;
	if (end.kind === "abandoned") return "it was interrupted here; what runs on the host goes on";
	return notesOfEnd(end, false).join("; ");
}

function reasonOf(fault: Fault): string {
	return sentence(fault);
}
