import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bastionHome, createBastionHome, furnishBastionHome } from "./bastion.ts";
import { inParallel, run, uninterrupted } from "./command.ts";
import { bootHost, forgetHost, startedHosts, stopHost } from "./host.ts";
import { claimInstance } from "./instance.ts";
import { knownHostsLine, mountHost, type SavedHost, unmountBelow } from "./layers.ts";
import { createNetwork, removeNetwork } from "./network.ts";
import { ensureMachine } from "./requirements.ts";
import type { HostIdentity, Instance } from "./settings.ts";
import { DATA_DIRECTORY, dataDirectory, RUN_DIRECTORY, runDirectory } from "./settings.ts";
import { stopSlowLinks } from "./slow-link.ts";

/** What hosts start from: nothing, or their saved state with that of the bastion's home. */
export interface SavedState {
	readonly savedHosts: ReadonlyMap<string, SavedHost>;
	readonly home: string;
}

export interface UpOptions {
	readonly prefix: string;
	readonly hostCount: number;
	readonly bare: boolean;
	readonly number: number | undefined;
	readonly from?: SavedState | undefined;
}

/** Brings up the network, the bastion and all hosts. When it fails or is interrupted it leaves nothing behind. */
export async function bringUp(options: UpOptions): Promise<Instance> {
	await ensureMachine();
	const instance = await claimInstance(options);
	return await orTakeDown(instance.prefix, async () => {
		await mkdir(dataDirectory(instance.prefix), { recursive: true });
		await createNetwork(instance);
		await createBastionHome(instance.prefix);
		if (!options.from) await furnishBastionHome(instance);
		await startHosts(instance, options.from);
		return instance;
	});
}

/** Does `work` on an instance, and takes the instance down when that fails or is interrupted. */
export async function orTakeDown<T>(prefix: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		await uninterrupted(() => takeDown(prefix));
		throw error;
	}
}

/** Mounts and boots all hosts, and adds to the bastion's home what belongs to them. */
export async function startHosts(instance: Instance, from?: SavedState): Promise<void> {
	const home = bastionHome(instance.prefix);
	if (from) await run(["cp", "-a", join(from.home, ".ssh"), join(from.home, ".pgpass"), home]);
	await inParallel(instance.hosts, (host) => mountHost(instance, host, from?.savedHosts.get(host.name)));
	await writeFile(join(home, ".ssh/known_hosts"), await knownHosts(instance));
	await inParallel(instance.hosts, (host) => bootHost(instance, host));
}

/** ssh's known_hosts with every host's key. */
export async function knownHosts(instance: Instance): Promise<string> {
	const lines = await Promise.all(instance.hosts.map((host) => knownHostsLine(instance.prefix, host.name)));
	return lines.join("");
}

/** Stops hosts and unmounts their file systems. Their upper directories keep what they wrote until they are mounted again. */
export async function discardHosts(instance: Instance): Promise<void> {
	await inParallel(instance.hosts, (host: HostIdentity) =>
		stopHost(instance.prefix, host.name, { clean: false }),
	);
	await unmountBelow(join(dataDirectory(instance.prefix), "hosts"));
}

/**
 * Removes an instance without a trace: hosts, mounts, namespaces, files, and its saved states. Works on half-made instances and
 * does nothing where there is nothing.
 */
export async function takeDown(prefix: string): Promise<void> {
	const started = await startedHosts(prefix);
	await inParallel(started, (host) => stopHost(prefix, host, { clean: false }));
	await stopSlowLinks(prefix);
	await removeNetwork(prefix);
	await unmountBelow(dataDirectory(prefix));
	await Promise.all(started.map((host) => forgetHost(prefix, host)));
	await rm(dataDirectory(prefix), { recursive: true, force: true });
	await rm(runDirectory(prefix), { recursive: true, force: true });
	// The last instance removes the directories above, too; this fails while there are others, and must.
	for (const directory of [DATA_DIRECTORY, RUN_DIRECTORY]) await rmdir(directory).catch(() => {});
}
