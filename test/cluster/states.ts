import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bastionHome } from "./bastion.ts";
import { inParallel, run } from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { complaints, hostState, waitHealthy } from "./health.ts";
import { bootHost, exec, stopHost } from "./host.ts";
import { hostDirectories } from "./layers.ts";
import { discardHosts, type SavedState, startHosts } from "./lifecycle.ts";
import { resetNetwork } from "./network.ts";
import type { Instance } from "./settings.ts";
import { dataDirectory } from "./settings.ts";
import { stopSlowLinks } from "./slow-link.ts";

interface StateRecord {
	/** Whether the cluster was healthy when it was saved, and so must be healthy again after it was restored. */
	readonly healthy: boolean;
	readonly hosts: readonly string[];
}

/** Where a state lies that an instance saved under a name. It goes when the instance goes. */
export function savedDirectory(prefix: string, name: string): string {
	if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
		throw new ClusterFailure(`invalid name for a state: "${name}"`, {
			detail: "A name consists of lower-case letters, digits and hyphens.",
		});
	}
	return join(dataDirectory(prefix), "saved", name);
}

/** Names of the states that an instance has saved. */
export async function savedNames(prefix: string): Promise<string[]> {
	return await readdir(join(dataDirectory(prefix), "saved")).catch(() => []);
}

/**
 * Stops the cluster cleanly, copies what its hosts have written to `directory`, and starts it again.
 * Nothing in a state names an address, so it fits every instance with as many hosts.
 */
export async function saveState(instance: Instance, directory: string): Promise<void> {
	const healthy = !instance.bare && (await complaints(instance)).length === 0;
	if (!instance.bare) await stopServices(instance);
	await inParallel(instance.hosts, (host) => stopHost(instance.prefix, host.name, { clean: true }));
	const partial = `${directory}.partial`;
	await rm(partial, { recursive: true, force: true });
	await mkdir(join(partial, "home"), { recursive: true });
	for (const host of instance.hosts) {
		const { upper, disk } = hostDirectories(instance.prefix, host.name);
		await mkdir(join(partial, host.name));
		await run(["cp", "-a", upper, disk, join(partial, host.name)]);
	}
	const home = bastionHome(instance.prefix);
	await run(["cp", "-a", join(home, ".ssh"), join(home, ".pgpass"), join(partial, "home")]);
	const record: StateRecord = { healthy, hosts: instance.hosts.map((host) => host.name) };
	await writeFile(join(partial, "state.json"), JSON.stringify(record));
	await rm(directory, { recursive: true, force: true });
	await rename(partial, directory);
	await inParallel(instance.hosts, (host) => bootHost(instance, host));
	if (healthy) await waitHealthy(instance);
}

/** repmgrd first, or it would answer the stop with a failover; then the primary, so that its standbys receive all it wrote. */
async function stopServices(instance: Instance): Promise<void> {
	const stop = async (host: string, unit: string): Promise<void> =>
		void (await exec(instance.prefix, host, ["systemctl", "stop", unit], {
			check: false,
			timeoutMs: 20_000,
		}));
	await inParallel(instance.hosts, (host) => stop(host.name, "repmgrd"));
	const states = await inParallel(instance.hosts, (host) => hostState(instance.prefix, host.name));
	const unit = `postgresql@${instance.postgresVersion}-main`;
	for (const state of states.filter(({ role }) => role === "primary")) await stop(state.name, unit);
	await inParallel(
		states.filter(({ role }) => role !== "primary"),
		(state) => stop(state.name, unit),
	);
}

/** Reads what was saved in `directory`; undefined when nothing was. */
export async function readState(directory: string): Promise<(SavedState & StateRecord) | undefined> {
	const text = await readFile(join(directory, "state.json"), "utf8").catch(() => undefined);
	if (text === undefined) return undefined;
	const record = JSON.parse(text) as StateRecord;
	const savedHosts = new Map(
		record.hosts.map((host) => [
			host,
			{ upper: join(directory, host, "upper"), disk: join(directory, host, "disk") },
		]),
	);
	return { healthy: record.healthy, hosts: record.hosts, savedHosts, home: join(directory, "home") };
}

/** Pulls the plug of all hosts and starts them as they were saved, with a network without faults. */
export async function restoreState(instance: Instance, directory: string): Promise<void> {
	const state = await readState(directory);
	if (!state) {
		throw new ClusterFailure(`nothing was saved in ${directory}`, {
			detail: `The saved states are: ${(await savedNames(instance.prefix)).join(", ") || "none"}.`,
		});
	}
	await discardHosts(instance);
	await stopSlowLinks(instance.prefix);
	await resetNetwork(instance);
	await startHosts(instance, state);
	if (state.healthy) await waitHealthy(instance);
}
