import { spawn } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { libpqEnvironment, withoutLibpq } from "../config/environment.ts";
import type { Registration } from "../model/registration.ts";
import type { Session } from "../session/session.ts";
import { systemCode, systemMessage } from "../text/message.ts";
import { type HostRequest, requestArguments, unsafeName } from "../transport/ssh/config.ts";
import type { ProgramName } from "../ui/context.ts";
import { neverWait } from "../ui/terminal/output.ts";

/** A program as it is started; argv has no password: libpq's variables have what the console itself was given. */
interface Start {
	readonly argv: readonly [string, ...string[]];
	readonly env: NodeJS.ProcessEnv;
}

export interface ProgramOptions {
	readonly session: Pick<Session, "parametersOf" | "store">;
	/** Null: the console has no SSH to that node. */
	readonly sshTo: (registration: Registration) => HostRequest | null;
}

/** Runs a program on the terminal, which nobody else uses meanwhile. Gives why it could not be started, or null. */
export async function runProgram(
	program: ProgramName,
	nodeId: number,
	options: ProgramOptions,
): Promise<string | null> {
	const start = await startOf(program, nodeId, options);
	if (typeof start === "string") return start;
	try {
		return await runOnTerminal(program, start);
	} finally {
		// A child that inherits a terminal makes it blocking for all who share it (libuv, uv__process_child_init()).
		neverWait(process.stdout);
	}
}

async function runOnTerminal(program: ProgramName, start: Start): Promise<string | null> {
	await stopReading();
	const modes = await output(["stty", "-g"]);
	process.stdout.write(CLEAR);
	const ending = await ended(start);
	// What it left, even if it was killed: ssh may have been cut off while an editor had the terminal.
	process.stdout.write(RESET);
	if (modes !== "") await ended({ argv: ["stty", modes], env: process.env });
	if (ending === "ENOENT") return `${program} is not installed on this machine`;
	if (typeof ending === "string") return `${program} can't be started: ${ending}`;
	if (ending !== 0) {
		process.stdout.write(
			`\n${program} ended with exit code ${ending}. Press Enter to return to the console.\n`,
		);
		await ended({ argv: ["head", "-n", "1"], env: process.env, isSilent: true });
	}
	return null;
}

/** Home and erase: what was on the normal screen before is of the shell. */
const CLEAR = "\u001b[H\u001b[2J";

/** Attributes, cursor keys, mouse, bracketed paste, alternate screen and keypad as a shell expects them. */
const RESET = "\u001b[m\u001b[?1l\u001b[?1000;1002;1003;1006l\u001b[?2004l\u001b[?1049l\u001b>\u001b[?25h";

/**
 * Ink 8.0.0 only stops listening: Node would go on reading, and take a part of what is typed for the program. A stream can be
 * paused once its listener, removed a moment ago, is forgotten.
 */
async function stopReading(): Promise<void> {
	await setImmediate();
	process.stdin.pause();
	await setImmediate();
}

async function startOf(
	program: ProgramName,
	nodeId: number,
	{ session, sshTo }: ProgramOptions,
): Promise<Start | string> {
	const { registrations, isReadOnly } = session.store.getState();
	const registration = registrations.find((one) => one.nodeId === nodeId);
	if (registration === undefined) return `node ${nodeId} is no longer registered`;
	if (program === "ssh") {
		const request = sshTo(registration);
		if (request === null) return `${program}: the console has no SSH to "${registration.nodeName}"`;
		const unsafe = unsafeName(request);
		return unsafe === null
			? { argv: ["ssh", ...requestArguments(request)], env: withoutLibpq(process.env) }
			: unsafe.message;
	}
	const { value: parameters, fault } = session.parametersOf(nodeId);
	if (parameters === undefined) return `${program}: ${fault?.message}`;
	const env = await libpqEnvironment(parameters, process.env, isReadOnly === true);
	if (program === "psql") return { argv: [program], env };
	// It takes a host of its own if it is given none.
	const { PGHOST = "", PGPORT = "", PGUSER = "", PGDATABASE = "" } = env;
	return { argv: [program, "-h", PGHOST, "-p", PGPORT, "-U", PGUSER, "-d", PGDATABASE], env };
}

/** Its exit code, or why it did not start. Ctrl-C is for the program, and reaches this process as well. */
function ended({
	argv,
	env,
	isSilent = false,
}: Start & { readonly isSilent?: boolean }): Promise<number | string> {
	const [file, ...args] = argv;
	const ignore = (): void => undefined;
	for (const signal of SIGNALS) process.on(signal, ignore);
	return new Promise<number | string>((resolve) => {
		const child = spawn(file, args, { stdio: ["inherit", isSilent ? "ignore" : "inherit", "inherit"], env });
		child.once("error", (error) => resolve(systemCode(error) ?? systemMessage(error)));
		child.once("close", (exitCode) => resolve(exitCode ?? 1));
	}).finally(() => {
		for (const signal of SIGNALS) process.off(signal, ignore);
	});
}

const SIGNALS = ["SIGINT", "SIGQUIT"] as const;

/** What a program prints about the terminal; "" if it fails. */
function output([file, ...args]: readonly [string, ...string[]]): Promise<string> {
	return new Promise((resolve) => {
		const child = spawn(file, args, { stdio: ["inherit", "pipe", "ignore"] });
		let text = "";
		child.stdout.on("data", (piece: Buffer) => {
			text += piece;
		});
		child.once("error", () => resolve(""));
		child.once("close", (exitCode) => resolve(exitCode === 0 ? text.trim() : ""));
	});
}
