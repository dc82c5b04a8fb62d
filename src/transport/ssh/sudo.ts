import { type Fault, type Outcome, SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG } from "../../model/fault.ts";
import type { CommandResult } from "../ports.ts";
import {
	afterGreeting,
	commandLine,
	loginShellFault,
	outputOf,
	sudoCheckLine,
	sudoInput,
	userSwitchFault,
} from "./command.ts";
import type { Connection } from "./connection.ts";

/** One command on an open connection. */
export interface SshRun {
	readonly host: string;
	readonly connection: Connection;
	readonly argv: readonly string[];
	readonly user: string | undefined;
	readonly input: string;
	readonly signal: AbortSignal;
	readonly onOutput: ((piece: string) => void) | undefined;
}

/** Which passwords sudo on one host was given, for which users. */
export class SudoPasswords {
	readonly #host: string;
	readonly #tried = new Map<string, { readonly password: string; readonly answer: Promise<Fault | null> }>();

	constructor(host: string) {
		this.#host = host;
	}

	/** Runs the command; with the password once sudo has asked for it, and has accepted it. */
	async run(run: SshRun, password: string | null): Promise<Outcome<CommandResult>> {
		const { user, connection, signal } = run;
		if (user === undefined || password === null) return await runOnce(run, null);
		if (this.#tried.get(user)?.password !== password) {
			const ended = await runOnce(run, null);
			if (ended.fault?.code !== SUDO_PASSWORD_NEEDED) return ended;
		}
		const wrong = await this.#try(connection, user, password, signal);
		if (wrong !== null) return { fault: wrong };
		const ended = await runOnce(run, password);
		// It was accepted before, and has been changed since: not once more, at each command.
		if (ended.fault?.code === SUDO_PASSWORD_WRONG)
			this.#tried.set(user, { password, answer: Promise.resolve(ended.fault) });
		return ended;
	}

	/** A wrong password is tried once, however many commands wait for it: accounts are locked after some attempts. */
	#try(connection: Connection, user: string, password: string, signal: AbortSignal): Promise<Fault | null> {
		const known = this.#tried.get(user);
		if (known?.password === password) return known.answer;
		const answer = attempt(this.#host, connection, user, password, signal);
		this.#tried.set(user, { password, answer });
		answer.then((fault) => {
			// A connection that breaks says nothing about the password.
			if (fault !== null && fault.kind !== "permission") this.#tried.delete(user);
		});
		return answer;
	}
}

/** Why sudo does not take the password; null: it does. */
async function attempt(
	host: string,
	{ loginUser, execute }: Connection,
	user: string,
	password: string,
	signal: AbortSignal,
): Promise<Fault | null> {
	const ended = await execute(sudoCheckLine(user), {
		input: `${password}\n`,
		...{ signal, onOutput: undefined },
	});
	return ended.fault ?? userSwitchFault(host, loginUser, user, ended.value);
}

async function runOnce(
	{ host, connection, argv, user, input, signal, onOutput }: SshRun,
	password: string | null,
): Promise<Outcome<CommandResult>> {
	const { loginUser, execute } = connection;
	const line = commandLine(argv, loginUser, user, password === null ? "no password" : "password in input");
	if (line.fault) return line;
	const ended = await execute(line.value, {
		input: password === null ? input : sudoInput(password, input),
		...{ signal, onOutput: onOutput && afterGreeting(onOutput) },
	});
	if (ended.fault) return ended;
	const stdout = outputOf(ended.value.stdout);
	if (stdout === null) return { fault: loginShellFault(host, loginUser, ended.value) };
	const result = { ...ended.value, stdout };
	const fault = userSwitchFault(host, loginUser, user, result);
	return fault ? { fault } : { value: result };
}
