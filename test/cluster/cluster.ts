import { join } from "node:path";
import { bastionArgv, bastionHome } from "./bastion.ts";
import { type CommandResult, interruptible } from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { FAULTS, requireFault } from "./faults/index.ts";
import { formCluster, requireFormable } from "./form.ts";
import type { RepmgrParameters } from "./form-files.ts";
import { bringUpFormed } from "./formed.ts";
import { type HostState, hostState, waitHealthy } from "./health.ts";
import { type ExecOptions, enterArgv, exec, hostPid } from "./host.ts";
import { findInstance, listPrefixes, requireInstance, requirePrefix } from "./instance.ts";
import { bringUp, orTakeDown, takeDown } from "./lifecycle.ts";
import { withLock } from "./lock.ts";
import { type HostIdentity, type Instance, runDirectory } from "./settings.ts";
import { type SqlOptions, sql } from "./sql.ts";
import { restoreState, savedDirectory, savedNames, saveState } from "./states.ts";

export { sleep, waitUntil } from "./command.ts";
export { ClusterFailure } from "./failure.ts";
export { FAULTS } from "./faults/index.ts";
export { FORMED } from "./formed.ts";

export interface ClusterOptions {
	/** Names the instance: its hosts, namespaces and directories (default "rc"). One to eight letters and digits. */
	readonly prefix?: string;
	/** How many hosts `up` makes (default 4). */
	readonly hosts?: number;
	/** Hosts without PostgreSQL and repmgr (default false). */
	readonly bare?: boolean;
	/** Network 10.99.N.0/24; by default the first that is free. */
	readonly number?: number;
}

/**
 * One test cluster. It may run already and belong to another process: every method reads the present state, so that several
 * processes can use one cluster at once. Methods throw ClusterFailure when the cluster does not do what they ask.
 */
export class Cluster {
	readonly prefix: string;
	readonly #options: ClusterOptions;

	constructor(options: ClusterOptions) {
		this.prefix = options.prefix ?? "rc";
		this.#options = options;
		requirePrefix(this.prefix);
	}

	/** Brings up the hosts (about 2 s, and half a minute more when the images must be built first). */
	async up(): Promise<void> {
		await interruptible(() => bringUp({ ...this.#upOptions(), bare: this.#options.bare ?? false }));
	}

	/**
	 * Makes the second seed's cluster out of the hosts (about 10 s): node1 primary, standbys, the last one witness.
	 * When that fails or is interrupted the instance is taken down.
	 */
	async form(parameters: RepmgrParameters = {}): Promise<void> {
		const instance = await requireInstance(this.prefix);
		await this.#alone(async () => {
			await requireFormable(instance);
			await interruptible(() => orTakeDown(this.prefix, () => formCluster(instance, parameters)));
		});
	}

	/** `up` and `form` together, from a cached state if there is one (about 5 s). */
	async upFormed(parameters: RepmgrParameters = {}): Promise<void> {
		await interruptible(() => bringUpFormed(this.#upOptions(), parameters));
	}

	/** Whether an instance with this prefix exists. */
	async isUp(): Promise<boolean> {
		return (await findInstance(this.prefix)) !== undefined;
	}

	/** Removes the instance and its saved states without a trace. Does nothing when there is none. */
	async down(): Promise<void> {
		await takeDown(this.prefix);
	}

	/** Saves the hosts' present state under a name, until `down`. Restarts the cluster. */
	async save(name: string): Promise<void> {
		const instance = await requireInstance(this.prefix);
		await this.#alone(() => saveState(instance, savedDirectory(this.prefix, name)));
	}

	/** Restores a saved state and waits until the cluster is as healthy as it was then. Ends network faults. */
	async restore(name: string): Promise<void> {
		const instance = await requireInstance(this.prefix);
		await this.#alone(() => restoreState(instance, savedDirectory(this.prefix, name)));
	}

	async savedNames(): Promise<string[]> {
		return await savedNames(this.prefix);
	}

	async instance(): Promise<Instance> {
		return await requireInstance(this.prefix);
	}

	/** The hosts, each with its process 1's pid on this machine (undefined: it is off). */
	async hosts(): Promise<Array<HostIdentity & { readonly pid: number | undefined }>> {
		const { hosts } = await requireInstance(this.prefix);
		return await Promise.all(
			hosts.map(async (host) => ({ ...host, pid: await hostPid(this.prefix, host.name) })),
		);
	}

	/** Runs a command inside a host, as root unless `user` is given. Works without the host's network and sshd. */
	async exec(host: string, argv: readonly string[], options?: ExecOptions): Promise<CommandResult> {
		await this.#host(host);
		return await exec(this.prefix, host, argv, options);
	}

	/** Runs SQL on a host as the superuser through its local socket; returns rows of text. */
	async sql(host: string, query: string, options?: SqlOptions): Promise<string[][]> {
		await this.#host(host);
		return await sql(this.prefix, host, query, options);
	}

	/** What every server does now: role, repmgrd, upstream. */
	async states(): Promise<HostState[]> {
		const { hosts } = await requireInstance(this.prefix);
		return await Promise.all(hosts.map((host) => hostState(this.prefix, host.name)));
	}

	/** Waits until there is one primary, all others follow it, and repmgrd runs everywhere. */
	async waitHealthy(timeoutMs?: number): Promise<void> {
		await waitHealthy(await requireInstance(this.prefix), timeoutMs);
	}

	/** Breaks something; the names are the keys of FAULTS. */
	async fault(name: string, host: string, ...args: readonly string[]): Promise<void> {
		const [instance, identity] = await this.#host(host);
		await requireFault(name).start(instance, identity, args);
	}

	/** Undoes the fault, but not what the cluster did meanwhile, such as a failover. */
	async heal(name: string, host: string, ...args: readonly string[]): Promise<void> {
		const [instance, identity] = await this.#host(host);
		await requireFault(name).heal(instance, identity, args);
	}

	/** The argv that runs a command inside a host, for a caller that lends it a terminal. */
	async enter(host: string, argv: readonly string[], user = "root"): Promise<[string, ...string[]]> {
		await this.#host(host);
		return await enterArgv(this.prefix, host, user, argv);
	}

	/** The argv that runs a command in the bastion: the hosts' network and names, and a home with key, known_hosts, .pgpass. */
	inBastion(argv: readonly string[]): [string, ...string[]] {
		return bastionArgv(this.prefix, argv);
	}

	/** The bastion's home directory as seen from outside. */
	get bastionHome(): string {
		return bastionHome(this.prefix);
	}

	async #host(name: string): Promise<[Instance, HostIdentity]> {
		const instance = await requireInstance(this.prefix);
		const host = instance.hosts.find((candidate) => candidate.name === name);
		if (host) return [instance, host];
		throw new ClusterFailure(`there is no host "${name}"`, {
			detail: `The hosts are: ${instance.hosts.map((candidate) => candidate.name).join(", ")}.`,
		});
	}

	/** Keeps two processes from stopping and starting the same hosts at once. */
	async #alone<T>(work: () => Promise<T>): Promise<T> {
		return await withLock(join(runDirectory(this.prefix), "change.lock"), work, 120_000);
	}

	#upOptions(): { readonly prefix: string; readonly hostCount: number; readonly number: number | undefined } {
		return { prefix: this.prefix, hostCount: this.#options.hosts ?? 4, number: this.#options.number };
	}
}

/** A cluster that is to be brought up, or that runs already. */
export function openCluster(options: ClusterOptions = {}): Cluster {
	return new Cluster(options);
}

/** For tests: a formed, healthy cluster of its own, up in seconds. The caller takes it down. */
export async function formedCluster(
	options: ClusterOptions & { readonly parameters?: RepmgrParameters } = {},
): Promise<Cluster> {
	const cluster = openCluster(options);
	await cluster.upFormed(options.parameters);
	return cluster;
}

/** All instances on this machine. */
export async function runningClusters(): Promise<Cluster[]> {
	return (await listPrefixes()).map((prefix) => openCluster({ prefix }));
}

/** Names of the faults, in the order in which `cluster faults` lists them. */
export const faultNames = (): string[] => Object.keys(FAULTS);
