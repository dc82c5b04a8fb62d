import { type ChildProcess, execFile } from "node:child_process";
import { type LookupAddress, lookup as lookUpInProcess } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { childEnvironment } from "../config/environment.ts";
import type { Fault } from "../model/fault.ts";

/** SQL, pings and SSH often resolve the same name at the same time. */
const FRESH_MS = 5_000;

/** How long a lookup waits for a new answer when the last address is known. */
const PATIENCE_MS = 250;

/** The system's resolver may take longer: several name servers, each tried several times. */
const GIVE_UP_MS = 20_000;

/** Lookups at a time: repmgr.nodes can hold any number of names. */
const AT_ONCE = 32;

/** The addresses of a name in the system's order: empty if the name does not exist, null if no name server answered. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[] | null>;

/** A host name could not be resolved, so the host itself was not contacted. */
export class UnresolvedNameError extends Error {
	readonly fault: Fault;

	constructor(fault: Fault) {
		super(fault.message);
		this.fault = fault;
	}
}

/**
 * Resolves host names. A name server that does not answer must not hold up anything else: each name has one lookup at a time,
 * and the last address found stays in use until a lookup finds another.
 */
export class Names {
	readonly #resolve: Resolve;
	readonly #found = new Map<string, { readonly addresses: readonly LookupAddress[]; readonly at: number }>();
	readonly #pending = new Map<string, Promise<readonly LookupAddress[] | null>>();
	readonly #waiting: (() => void)[] = [];
	#running = 0;

	constructor(resolve: Resolve) {
		this.#resolve = resolve;
	}

	/** For net.connect() and Socket.connect(). */
	readonly lookup: LookupFunction = (name, options, callback) => {
		const family = Number(String(options.family ?? 0).replace("IPv", ""));
		this.#addressesOf(name).then((answer) => {
			const addresses = answer?.filter((found) => family === 0 || found.family === family) ?? [];
			const [first] = addresses;
			if (first === undefined) callback(new UnresolvedNameError(unresolved(name, answer !== null)), []);
			else if (options.all) callback(null, [...addresses]);
			else callback(null, first.address, first.family);
		});
	};

	/** Why a connection to a host has not begun: its name has no address yet; null if it has one. */
	pendingFault(host: string): Fault | null {
		return this.#pending.has(host) && !this.#found.has(host) ? unresolved(host, false) : null;
	}

	async #addressesOf(name: string): Promise<readonly LookupAddress[] | null> {
		const found = this.#found.get(name);
		if (found === undefined) return this.#ask(name);
		if (performance.now() - found.at < FRESH_MS) return found.addresses;
		const asked = this.#ask(name);
		await Promise.race([asked, after(PATIENCE_MS, null, { ref: false })]);
		return this.#found.get(name)?.addresses ?? null;
	}

	#ask(name: string): Promise<readonly LookupAddress[] | null> {
		const pending = this.#pending.get(name);
		if (pending !== undefined) return pending;
		const asked = this.#inTurn(name).then((addresses) => {
			this.#pending.delete(name);
			if (addresses !== null && addresses.length > 0)
				this.#found.set(name, { addresses, at: performance.now() });
			return addresses;
		});
		this.#pending.set(name, asked);
		return asked;
	}

	async #inTurn(name: string): Promise<readonly LookupAddress[] | null> {
		if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
		this.#running++;
		try {
			return await this.#resolve(name);
		} catch {
			// For example, no process can be started; the next attempt asks again.
			return null;
		} finally {
			this.#running--;
			this.#waiting.shift()?.();
		}
	}
}

function unresolved(name: string, isAnswered: boolean): Fault {
	return {
		kind: "name",
		message: `the name "${name}" is not resolved`,
		detail: isAnswered
			? "The resolver of this machine knows no address for it."
			: "The resolver of this machine has not answered in time.",
		hint: `Try "getent ahosts ${isPlain(name) ? name : "NAME"}" here, check /etc/resolv.conf and /etc/hosts, or map the node's address in the configuration file.`,
		code: isAnswered ? "ENOTFOUND" : "EAI_AGAIN",
	};
}

function isPlain(name: string): boolean {
	return /^[\w.-]+$/.test(name);
}

const children = new Set<ChildProcess>();
process.once("exit", () => {
	for (const child of children) child.kill();
});

/**
 * getaddrinfo() in a process of its own, getent(1). In this process it would occupy one of libuv's four threads, which also read
 * files, until a name server answers, and exit() would wait for it.
 */
export function resolveBySystem(name: string): Promise<readonly LookupAddress[] | null> {
	return new Promise((resolve) => {
		const options = { timeout: GIVE_UP_MS, killSignal: "SIGKILL", env: childEnvironment() } as const;
		const child = execFile("getent", ["ahosts", "--", name], options, (error, stdout) => {
			children.delete(child);
			if (error?.code === "ENOENT") return resolve(resolveInProcess(name));
			// getent exits with 2 for an unknown name, and also when no name server answers.
			resolve(error === null || (error.code as unknown) === 2 ? parseAddresses(stdout) : null);
		});
		children.add(child);
	});
}

/** For systems without getent. */
function resolveInProcess(name: string): Promise<readonly LookupAddress[] | null> {
	return new Promise((resolve) => {
		lookUpInProcess(name, { all: true, order: "verbatim" }, (error, addresses) =>
			resolve(error === null ? addresses : error.code === "ENOTFOUND" ? [] : null),
		);
	});
}

/** Parses lines of "ADDRESS SOCKETTYPE [NAME]", one for each socket type. */
export function parseAddresses(output: string): readonly LookupAddress[] {
	const addresses = output.split("\n").map((line) => line.split(/\s/)[0] ?? "");
	return [...new Set(addresses)].flatMap((address) => {
		const family = isIP(address);
		return family === 0 ? [] : [{ address, family }];
	});
}

/** Shared by all connections of this process. */
export const names = new Names(resolveBySystem);
