import { EXIT_CODE, OPERATION_EXIT } from "../command/exit-code.ts";
import { asPlugin } from "../command/nagios.ts";
import { errorText, type Interaction, type Output } from "../command/terminal.ts";
import { thisClient } from "../config/paths.ts";
import { isOutOfFiles, outOfFilesFault } from "../model/fault.ts";
import type { RunState } from "../operation/run/run-state.ts";
import { unfitRecord } from "../record/unfit.ts";
import type { Session } from "../session/session.ts";
import { type Problem, systemCode, systemMessage } from "../text/message.ts";
import { sanitiseText } from "../text/sanitise.ts";
import type { OpenScreen } from "../ui/open-screen.tsx";
import { capabilitiesOf } from "../ui/terminal/capabilities.ts";
import { neverWait } from "../ui/terminal/output.ts";
import { asciiText } from "../ui/text/ascii-text.ts";

/** This process: its output, its terminal, and what has to be told before it ends. */
interface Program {
	/** Called when the terminal or the reader of the output goes away; null: this program ends. */
	onTerminalGone: (() => void) | null;
	/** The words after Node's own of the console that replaces this one; null: this one ends. */
	next: readonly string[] | null;
	/** What a defect has to report or restore before this program ends. */
	session: Session | null;
	screen: OpenScreen | null;
	/** The record that is shown: it may hold anything. Null: none is. */
	record: string | null;
}

/** Time to restore a terminal that is still there. */
export const HANG_UP_MS = 1000;

export const program: Program = {
	onTerminalGone: null,
	next: null,
	session: null,
	screen: null,
	record: null,
};

const standard: Output = {
	out: (text) => process.stdout.write(`${text}\n`),
	err: (text) => process.stderr.write(`${text}\n`),
};
/** Also of a wrong usage of `status --nagios` a check plugin's line and exit code must tell. */
const isPlugin = process.argv.includes("status") && process.argv.includes("--nagios");
const plugin = isPlugin ? asPlugin(standard) : null;
export const output = plugin ?? standard;

export const client = thisClient();
export const capabilities = capabilitiesOf(process.env, process.stdout.isTTY && process.stdin.isTTY);
/** For people: output for programs is never turned into ASCII. */
export const textOutput: Output = capabilities.isUnicode
	? output
	: { ...output, out: (text) => output.out(asciiText(text)) };

/** Aborted with the reason when output can't be written; printing stops then. */
const unwritten = new AbortController();
for (const stream of [process.stdout, process.stderr, process.stdin]) {
	stream.on("error", (error: NodeJS.ErrnoException) => {
		const { onTerminalGone } = program;
		if (onTerminalGone !== null) onTerminalGone();
		// `repmgr-console status | head`: a closed pipe is no error.
		else if (error.code === "EPIPE") process.exit(EXIT_CODE.ok);
		else if (stream === process.stdin) throw error;
		const isGone = error.code === "EPIPE" || error.code === "EIO";
		if (onTerminalGone === null || !isGone) unwritten.abort(error);
	});
}

/** A check plugin has exit codes of its own. */
export function ended(exitCode: number): number {
	return plugin?.end(exitCode) ?? exitCode;
}

/** Success counts only if all output was written. */
export function exitCodeAfter(exitCode: number): number {
	if (!unwritten.signal.aborted) return exitCode;
	output.err(
		errorText({
			message: `could not write to standard output: ${systemMessage(unwritten.signal.reason)}`,
			detail: "The output is incomplete.",
		}),
	);
	return exitCode === EXIT_CODE.ok ? (isPlugin ? EXIT_CODE.unknown : EXIT_CODE.output) : exitCode;
}

/** Reports an unexpected error; a running operation goes on without this console. @returns the exit code. */
export function defect(error: unknown): number {
	try {
		program.screen?.close();
	} catch {
		// The screen itself may be broken.
	}
	const state = program.session?.running?.state;
	const code = systemCode(error);
	if (isOutOfFiles(code)) {
		output.err(errorText(outOfFilesFault(code)));
		return state === undefined ? EXIT_CODE.system : left(state);
	}
	if (program.record !== null) return refused([unfitRecord(program.record, error)]);
	const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
	output.err(
		[
			`repmgr-console: internal error: ${sanitiseText(message)}`,
			"DETAIL:  This is a bug in the console.",
			"HINT:  Please report it with the following stack trace.",
			...stack.split("\n").slice(1).map(sanitiseText),
		].join("\n"),
	);
	return state === undefined ? EXIT_CODE.software : left(state);
}

/** An operation goes on without this console. @returns the exit code. */
export function left({ plan, operationId }: RunState): number {
	output.err(
		`${plan.title} continues without this console.\nHINT:  Resume it with "repmgr-console runs resume ${operationId}", here or on another bastion.`,
	);
	return OPERATION_EXIT.interrupted;
}

export function warn(text: string): void {
	output.err(`repmgr-console: warning: ${text}`);
}

export function refused(problems: readonly Problem[]): number {
	output.err(errorText(...problems));
	return problems[0]?.exitCode ?? EXIT_CODE.configuration;
}

/** Keeps an operation running when the terminal closes; `runs` shows it afterwards. */
export function outliveTerminal(): void {
	program.onTerminalGone = () => {};
	process.on("SIGHUP", program.onTerminalGone);
	for (const terminal of [process.stdout, process.stderr]) neverWait(terminal);
}

/** Prompts and signals of the terminal, if there is one. */
export function terminalInteraction(): Interaction {
	const on = (signals: readonly NodeJS.Signals[], listener: () => void): (() => void) => {
		for (const signal of signals) process.on(signal, listener);
		return () => {
			for (const signal of signals) process.off(signal, listener);
		};
	};
	return {
		isInteractive: process.stdin.isTTY && process.stderr.isTTY,
		async ask(question, echo) {
			const { createInterface } = await import("node:readline");
			const { Writable } = await import("node:stream");
			const isHidden = echo === "hidden";
			// readline itself echoes on a terminal, to its output.
			const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
			if (isHidden) process.stderr.write(question);
			const lines = createInterface({
				input: process.stdin,
				...(isHidden ? { output: nowhere, terminal: true } : { output: process.stderr }),
			});
			return await new Promise((resolve) => {
				lines.once("close", () => {
					if (isHidden) process.stderr.write("\n");
					resolve(null);
				});
				lines.question(isHidden ? "" : question, (answer) => {
					resolve(answer);
					lines.close();
				});
			});
		},
		onInterrupt: (listener) => on(["SIGINT"], listener),
		onTerminate: (listener) => on(["SIGTERM"], listener),
	};
}

/** Aborted by Ctrl-C, SIGTERM, a closed terminal, or output that can't be written. */
export function interrupted(): AbortSignal {
	const controller = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => controller.abort());
	return AbortSignal.any([controller.signal, unwritten.signal]);
}
