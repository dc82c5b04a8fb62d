import type { Fault, Outcome } from "../model/fault.ts";
import type { Step } from "../operation/plan/plan.ts";
import type { RunState } from "../operation/run/run-state.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { wholeNumber } from "../text/whole-number.ts";
import { sentence } from "../text/words.ts";
import { type Host, runScript } from "./host.ts";
import {
	CLAIM_SCRIPT,
	FOLLOW_SCRIPT,
	MOST_LOG_BYTES,
	REJOIN_LOG_SCRIPT,
	RUN_SCRIPT,
	START_SCRIPT,
} from "./remote-scripts.ts";
import { type Patience, pause, RETRY_MS, retried } from "./retry.ts";

/**
 * How a run ended. lost: its host went down, or it was killed. absent: it was never started. not started: it never will be.
 * unreachable: its host has not answered for long, and it may still be running. abandoned: this console stopped following.
 */
export type RunEnd =
	| { readonly kind: "exit"; readonly exitCode: number }
	| { readonly kind: "lost" | "absent" | "abandoned" }
	| { readonly kind: "unreachable" | "not started"; readonly fault: Fault };

/** What an operator should know about an end. @param isDone the cluster shows the step's effect. */
export function notesOfEnd(end: RunEnd, isDone: boolean): readonly string[] {
	switch (end.kind) {
		case "exit":
			return end.exitCode === 0
				? []
				: [
						`the command ended with exit code ${end.exitCode}${isDone ? ", but the cluster is as expected" : ""}`,
					];
		case "lost":
			return ["the command was killed or its host went down; its exit code is not known"];
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

/** The run of one step on its host. */
export interface RemoteRun {
	readonly host: Host;
	readonly operationId: string;
	readonly key: string;
}

const UNREADABLE: Fault = { kind: "protocol", message: "the host's answer about the command can't be read" };

/** Starts the step's command on its host, detached. Does nothing if it was started before. */
export async function startRun(
	{ host, operationId }: RemoteRun,
	{
		key,
		command,
	}: Pick<Step, "key"> & { readonly command: Pick<Step["command"], "argv" | "input" | "sharesSshTo"> },
): Promise<Outcome<true>> {
	const words = [RUN_SCRIPT, operationId, key, host.configFile, ...command.argv];
	const { input = "" } = command;
	const share = command.sharesSshTo.map((name) => `${name}\n`).join("");
	const given = `${Buffer.byteLength(input)}\n${input}${share}`;
	const outcome = await runScript(host, START_SCRIPT, words, given);
	return outcome.fault === undefined ? { value: true } : outcome;
}

/** Was a run begun? If not, it never will be from now on. */
export async function claimRun(run: RemoteRun, patience: Patience): Promise<Outcome<"begun" | "never">> {
	const { host, operationId, key } = run;
	const outcome = await retried(patience, () => runScript(host, CLAIM_SCRIPT, [operationId, key]));
	if (outcome.fault !== undefined) return outcome;
	const [, said] = /^(begun|never)\n$/.exec(outcome.value) ?? [];
	return said === "begun" || said === "never" ? { value: said } : { fault: UNREADABLE };
}

/**
 * Passes on what a run prints until it ends, across broken connections. The signal ends the following, not the run.
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
	const finish = (end: RunEnd): RunEnd => {
		for (const stream of Object.values(streams)) {
			const rest = stream.rest();
			if (rest !== "") onOutput(rest);
		}
		return end;
	};
	let answeredAt = Date.now();
	while (!signal.aborted) {
		const offsets = [String(streams.stdout.bytes), String(streams.stderr.bytes)];
		const outcome = readAnswer(await runScript(host, FOLLOW_SCRIPT, [operationId, key, ...offsets]));
		if (outcome.fault !== undefined) {
			if (Date.now() - answeredAt > patienceMs) return { kind: "unreachable", fault: outcome.fault };
			await pause(RETRY_MS, signal);
			continue;
		}
		answeredAt = Date.now();
		const { state, exitCode } = outcome.value;
		const known = streams.stdout.bytes + streams.stderr.bytes;
		for (const name of ["stdout", "stderr"] as const) {
			const lines = streams[name].take(outcome.value[name]);
			if (lines !== "") onOutput(lines);
		}
		const isAllRead = streams.stdout.bytes + streams.stderr.bytes === known;
		if (state === "absent") return { kind: "absent" };
		if (isAllRead && state === "lost") return finish({ kind: "lost" });
		if (isAllRead && exitCode !== null) return finish({ kind: "exit", exitCode });
		onTurn();
	}
	return { kind: "abandoned" };
}

/** A longer line is cut: no useful line of repmgr or PostgreSQL is as long. */
const LONGEST_LINE = 65_536;
/** Left out before a cut: half a secret can't be recognised as one. */
const CUT_MARGIN = 1024;

/** What was received of one stream of a run; passed on in whole lines, because secrets are recognised in these. */
class Stream {
	bytes = 0;
	#line = "";
	readonly #decoder = new TextDecoder();

	take(base64: string): string {
		const piece = Buffer.from(base64, "base64");
		this.bytes += piece.length;
		const text = this.#line + this.#decoder.decode(piece, { stream: true });
		const end = text.lastIndexOf("\n") + 1;
		// The rest of the line is dropped.
		this.#line = text.slice(end).slice(0, LONGEST_LINE);
		return text.slice(0, end).split("\n").map(cutLine).join("\n");
	}

	/** The last line, if it has no end. */
	rest(): string {
		const line = cutLine(this.#line);
		this.#line = "";
		return line;
	}
}

function cutLine(line: string): string {
	return line.length < LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - CUT_MARGIN)}…`;
}

/** What FOLLOW_SCRIPT prints. */
interface Answer {
	readonly state: string;
	/** Null while it has none. */
	readonly exitCode: number | null;
	/** Both base64. */
	readonly stdout: string;
	readonly stderr: string;
}

/** An answer that can't be read is a fault: it is asked for again, until patience ends. */
function readAnswer(outcome: Outcome<string>): Outcome<Answer> {
	if (outcome.fault !== undefined) return outcome;
	const [, state = "", code, stdout = "", stderr = ""] =
		/^state (running|absent|lost|exit (\d{1,3}))\nstdout (\S*)\nstderr (\S*)\n$/.exec(outcome.value) ??
		/^state (absent)\n$/.exec(outcome.value) ??
		[];
	if (state !== "") return { value: { state, exitCode: wholeNumber(code), stdout, stderr } };
	return { fault: UNREADABLE };
}

const CUT = `(only its first ${MOST_LOG_BYTES} bytes were read)\n`;

/** What `repmgr node rejoin` has logged on the host since the step's command began; null where there is nothing. */
export async function fetchRejoinLog(
	{ host, operationId, key }: RemoteRun,
	redact: (text: string) => string,
): Promise<RunState["rejoinLogs"][number] | null> {
	const outcome = await runScript(host, REJOIN_LOG_SCRIPT, [operationId, key]);
	const [path = "", base64 = ""] = outcome.value?.split("\n") ?? [];
	if (path === "") return null;
	const bytes = Buffer.from(base64, "base64");
	const log = bytes.toString("utf8");
	// Whole lines: half a secret can't be recognised as one.
	const text = redact(log.slice(0, log.lastIndexOf("\n") + 1));
	return {
		nodeId: host.nodeId,
		path: sanitiseText(path),
		text: text.split("\n").map(sanitiseText).join("\n") + (bytes.length < MOST_LOG_BYTES ? "" : CUT),
	};
}
