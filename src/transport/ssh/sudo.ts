import { type Fault, type Outcome, SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG } from "../../model/fault.ts";
import type { CommandResult, SudoPassword } from "../ports.ts";
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
import { type SudoTrials, trialsOf } from "./sudo-trials.ts";

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

/** A password, and why sudo did not take it. */
interface Refusal {
	readonly password: string;
	readonly fault: Fault;
}

/**
 * Gives sudo on one host the login user's password. Accounts are locked after some wrong attempts: each password is tried by a check of
 * its own, which makes one attempt, one check at a time, right before each command; a wrong one never again. What other hosts have said
 * to the same password counts as well.
 */
export class SudoPasswords {
	readonly #host: string;
	/** The users that sudo asked for a password for. */
	readonly #asksFor = new Set<string>();
	/** Of checks that still run, by user: commands that begin meanwhile wait for the same. */
	readonly #checks = new Map<string, { readonly password: string; readonly answer: Promise<Fault | null> }>();
	#lastCheck: Promise<unknown> = Promise.resolve();
	/** It is no other one for another user: sudo asks for the password of who has logged in. */
	#wrong: Refusal | null = null;
	/** Users that sudo does not let act as, although the password is right. */
	readonly #denied = new Map<string, Refusal>();

	constructor(host: string) {
		this.#host = host;
	}

	/** Runs the command; with the password once sudo has asked for it, and has accepted it. */
	async run(run: SshRun, given: SudoPassword): Promise<Outcome<CommandResult>> {
		const { user } = run;
		const { value: password } = given;
		if (user === undefined || password === null) return await runOnce(run, null);
		if (!this.#asksFor.has(user)) {
			const ended = await runOnce(run, null);
			if (ended.fault?.code !== SUDO_PASSWORD_NEEDED) return ended;
			this.#asksFor.add(user);
		}
		const trials = trialsOf(given);
		const refusal = await this.#check(run, user, password, trials);
		if (refusal !== null) return { fault: refusal };
		const ended = await runOnce(run, password);
		// Changed within this moment.
		if (ended.fault?.code === SUDO_PASSWORD_WRONG) {
			this.#wrong = { password, fault: ended.fault };
			trials.reject(this.#host, password, ended.fault);
		}
		return ended;
	}

	#check(
		{ connection, signal }: SshRun,
		user: string,
		password: string,
		trials: SudoTrials,
	): Promise<Fault | null> {
		const running = this.#checks.get(user);
		if (running?.password === password) return running.answer;
		const answer = this.#lastCheck.then(async () => {
			const known = [this.#wrong, this.#denied.get(user)].find((one) => one?.password === password);
			if (known) return known.fault;
			const fault = await trials.attempt(this.#host, password, signal, () =>
				attempt(this.#host, connection, user, password, signal),
			);
			// A connection that breaks says nothing about the password.
			if (fault?.code === SUDO_PASSWORD_WRONG) this.#wrong = { password, fault };
			else if (fault?.kind === "permission") this.#denied.set(user, { password, fault });
			return fault;
		});
		this.#lastCheck = answer;
		const check = { password, answer };
		this.#checks.set(user, check);
		answer.then(() => {
			if (this.#checks.get(user) === check) this.#checks.delete(user);
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
