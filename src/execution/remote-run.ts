import type { Fault, Outcome } from "../cluster/fault.ts";
import type { Step } from "../operation/plan.ts";
import { type Host, runScript } from "./host.ts";
import { pause } from "./pause.ts";
import { FOLLOW_SCRIPT, RUN_SCRIPT, START_SCRIPT } from "./remote-scripts.ts";

/**
 * How a run ended: `lost` where its host went down with it, `absent` where it never started there, `unreachable` where its
 * host could not be asked for long, though it may go on.
 */
export type RunEnd =
	| { readonly kind: "exit"; readonly exitCode: number }
	| { readonly kind: "lost" | "absent" | "abandoned" }
	| { readonly kind: "unreachable"; readonly fault: Fault };

/** Without an answer of the host for so long, following is given up; the run itself goes on. */
const PATIENCE_MS = 10 * 60_000;
const RETRY_MS = 1000;

/** Starts the step's command on its host, detached. Starting it again does nothing. */
export async function startRun(
	host: Host,
	operationId: string,
	{ key, command }: Step,
): Promise<Outcome<true>> {
	const words = [RUN_SCRIPT, operationId, key, host.configFile, ...command.argv];
	const share = command.sharesSshTo.map((name) => `${name}\n`).join("");
	const outcome = await runScript(host, START_SCRIPT, words, share);
	return outcome.fault === undefined ? { value: true } : outcome;
}

/**
 * Hands on what a run prints until it ends, across broken connections; `signal` ends only the following. With `claim` a run
 * that has not begun never will.
 */
export async function followRun(
	host: Host,
	operationId: string,
	key: string,
	claim: boolean,
	onOutput: (text: string) => void,
	signal: AbortSignal,
): Promise<RunEnd> {
	const streams = { stdout: new Stream(), stderr: new Stream() };
	let answeredAt = Date.now();
	while (!signal.aborted) {
		const known = [String(streams.stdout.bytes), String(streams.stderr.bytes)];
		const outcome = await runScript(host, FOLLOW_SCRIPT, [operationId, key, ...known, claim ? "claim" : ""]);
		if (outcome.fault !== undefined) {
			if (Date.now() - answeredAt > PATIENCE_MS) return { kind: "unreachable", fault: outcome.fault };
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
