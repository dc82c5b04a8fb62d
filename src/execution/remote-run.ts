import type { Fault, Outcome } from "../cluster/fault.ts";
import type { Step } from "../operation/plan.ts";
import { type Host, runScript } from "./host.ts";
import { pause } from "./pause.ts";
import { CLAIM_SCRIPT, FOLLOW_SCRIPT, RUN_SCRIPT, START_SCRIPT } from "./remote-scripts.ts";

/**
 * How a run ended: `lost` where its host went down with it, `absent` where it never started there, `not started` where it
 * never will, `unreachable` where its host could not be asked for long, though it may go on.
 */
export type RunEnd =
	| { readonly kind: "exit"; readonly exitCode: number }
	| { readonly kind: "lost" | "absent" | "abandoned" }
	| { readonly kind: "unreachable" | "not started"; readonly fault: Fault };

/** A run of a step of an operation on its host. */
export interface RemoteRun {
	readonly host: Host;
	readonly operationId: string;
	readonly key: string;
}

/** How long it is tried to reach a host, and what ends the trying at once. */
export interface Patience {
	readonly patienceMs: number;
	readonly signal: AbortSignal;
}

const RETRY_MS = 1000;

/** Starts the step's command on its host, detached. Starting it again does nothing. */
export async function startRun(
	{ host, operationId }: RemoteRun,
	{ key, command }: Step,
): Promise<Outcome<true>> {
	const words = [RUN_SCRIPT, operationId, key, host.configFile, ...command.argv];
	const share = command.sharesSshTo.map((name) => `${name}\n`).join("");
	const outcome = await runScript(host, START_SCRIPT, words, share);
	return outcome.fault === undefined ? { value: true } : outcome;
}

/** Was a run begun? From the answer on, one that was not never will be. */
export async function claimRun(run: RemoteRun, patience: Patience): Promise<Outcome<"begun" | "never">> {
	const { host, operationId, key } = run;
	const outcome = await retried(patience, () => runScript(host, CLAIM_SCRIPT, [operationId, key]));
	if (outcome.fault !== undefined) return outcome;
	return { value: outcome.value.startsWith("begun") ? "begun" : "never" };
}

/** Tries again until there is no fault, the time is over, or the signal comes. */
export async function retried<T>(
	{ patienceMs, signal }: Patience,
	attempt: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	const from = Date.now();
	for (;;) {
		const outcome = await attempt();
		if (outcome.fault === undefined || signal.aborted || Date.now() - from > patienceMs) return outcome;
		await pause(RETRY_MS, signal);
	}
}

/**
 * Hands on what a run prints until it ends, across broken connections; the signal ends only the following.
 *
 * @param onTurn called every few seconds while it runs.
 */
export async function followRun(
	{ host, operationId, key }: RemoteRun,
	{ patienceMs, signal }: Patience,
	onOutput: (text: string) => void,
	onTurn: () => void,
): Promise<RunEnd> {
	const streams = { stdout: new Stream(), stderr: new Stream() };
	let answeredAt = Date.now();
	while (!signal.aborted) {
		const known = [String(streams.stdout.bytes), String(streams.stderr.bytes)];
		const outcome = await runScript(host, FOLLOW_SCRIPT, [operationId, key, ...known]);
		if (outcome.fault !== undefined) {
			if (Date.now() - answeredAt > patienceMs) return { kind: "unreachable", fault: outcome.fault };
			await pause(RETRY_MS, signal);
			continue;
		}
		answeredAt = Date.now();
		const told = new Map(outcome.value.split("\n").map((line) => splitOnce(line)));
		const texts = [streams.stdout.take(told.get("stdout")), streams.stderr.take(told.get("stderr"))];
		for (const text of texts) if (text !== "") onOutput(text);
		const [state, code] = (told.get("state") ?? "").split(" ");
		const isAllRead = texts.every((text) => text === "");
		if (state === "absent") return { kind: "absent" };
		if (isAllRead && state === "lost") return { kind: "lost" };
		if (isAllRead && state === "exit") return { kind: "exit", exitCode: Number(code) };
		onTurn();
	}
	return { kind: "abandoned" };
}

/** One stream of a run, as far as it is known. */
class Stream {
	bytes = 0;
	readonly #decoder = new TextDecoder();

	take(base64: string | undefined): string {
		const piece = Buffer.from(base64 ?? "", "base64");
		this.bytes += piece.length;
		return this.#decoder.decode(piece, { stream: true });
	}
}

function splitOnce(line: string): [string, string] {
	const at = line.indexOf(" ");
	return at === -1 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
