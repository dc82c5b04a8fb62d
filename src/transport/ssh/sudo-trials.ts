import { type Fault, SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_WRONG } from "../../model/fault.ts";
import { deadlineSignal } from "../deadline.ts";
import type { SudoPassword } from "../ports.ts";
import { orAborted } from "./connection.ts";

/** An attempt that takes longer does not hold up the other hosts. sudo answers a wrong password after about two seconds. */
const PATIENCE_MS = 10_000;

/**
 * What all hosts have said to one password. Its account may be the same one on all of them (LDAP, Active Directory), which is locked by
 * the sum of wrong attempts (pam_faillock(8) counts those of one host only). So until a host has accepted it, it is tried on one host
 * at a time, and one rejection is enough. A host that alone rejects what others have accepted has an account of its own.
 */
export class SudoTrials {
	#password: string | null = null;
	#acceptedBy = new Set<string>();
	#rejection: { readonly host: string; readonly fault: Fault } | null = null;
	#running: Promise<unknown> | null = null;

	/** @param make the attempt: why the host's sudo does not take the password, or null. It is not made after a rejection elsewhere. */
	async attempt(
		host: string,
		password: string,
		signal: AbortSignal,
		make: () => Promise<Fault | null>,
	): Promise<Fault | null> {
		this.#begin(password);
		const isAlone = () => this.#password !== password || this.#acceptedBy.size > 0 || this.#running === null;
		while (!isAlone() && !signal.aborted) {
			const attempt = this.#running;
			if (!(await endsSoon(attempt, signal)) && this.#running === attempt) this.#running = null;
		}
		if (this.#password === password && this.#rejection !== null)
			return this.#rejection.host === host ? this.#rejection.fault : untried(host, this.#rejection.host);
		const made = make();
		this.#running = made;
		const fault = await made;
		if (this.#running === made) this.#running = null;
		if (fault?.code === SUDO_PASSWORD_WRONG) this.reject(host, password, fault);
		else if (fault === null && this.#password === password) this.#acceptedBy.add(host);
		return fault;
	}

	/** After it has accepted the password, a host that rejects it says that it was changed. */
	reject(host: string, password: string, fault: Fault): void {
		if (this.#password !== password) return;
		if (this.#acceptedBy.size === 0 || this.#acceptedBy.has(host)) this.#rejection ??= { host, fault };
	}

	#begin(password: string): void {
		if (this.#password === password) return;
		this.#password = password;
		this.#acceptedBy = new Set();
		this.#rejection = null;
		this.#running = null;
	}
}

const trials = new WeakMap<SudoPassword, SudoTrials>();

/** Of every shell that was given this password. */
export function trialsOf(password: SudoPassword): SudoTrials {
	const known = trials.get(password) ?? new SudoTrials();
	trials.set(password, known);
	return known;
}

function untried(host: string, rejectedBy: string): Fault {
	return {
		kind: "permission",
		message: `sudo on "${host}" was not given the password`,
		detail: `That on "${rejectedBy}" does not accept it, and an account that both share is locked after some wrong attempts.`,
		code: SUDO_PASSWORD_UNTRIED,
	};
}

/** False: the attempt still goes on, or its waiting was given up. */
async function endsSoon(attempt: Promise<unknown> | null, signal: AbortSignal): Promise<boolean> {
	const late = deadlineSignal(PATIENCE_MS);
	const stop = AbortSignal.any([signal, late.signal]);
	const ended = await orAborted(
		Promise.resolve(attempt).then(() => true),
		stop,
		() => false,
	);
	late.cancel();
	return ended;
}
