import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formCluster } from "./form.ts";
import type { RepmgrParameters } from "./form-files.ts";
import { waitHealthy } from "./health.ts";
import { hashOf, imageDirectory } from "./images.ts";
import { bringUp, orTakeDown, type UpOptions } from "./lifecycle.ts";
import { withLock } from "./lock.ts";
import { CACHE_DIRECTORY, type Instance, RUN_DIRECTORY } from "./settings.ts";
import { readState, savedDirectory, saveState } from "./states.ts";

/** The name under which a formed cluster's first state can be restored; nothing needs to be saved for it. */
export const FORMED = "formed";

const STATES = join(CACHE_DIRECTORY, "states");
const SOURCES = [
	"form.ts",
	"form-files.ts",
	"form-scripts.ts",
	"settings.ts",
	"layers.ts",
	"bastion.ts",
	"states.ts",
] as const;

/**
 * Brings up a formed cluster: from the cache when one was formed before from the same sources, images and parameters (seconds),
 * otherwise by forming it, which also fills the cache. Its state can be restored as FORMED.
 */
export async function bringUpFormed(
	options: Omit<UpOptions, "bare" | "from">,
	parameters: RepmgrParameters,
): Promise<Instance> {
	const texts = await Promise.all(SOURCES.map((name) => readFile(join(import.meta.dirname, name), "utf8")));
	const sources = hashOf([...texts, await imageDirectory()]);
	const name = `${sources}-${hashOf([String(options.hostCount), JSON.stringify(parameters)])}`;
	const directory = join(STATES, name);
	const up = async (): Promise<Instance> => await fromCache(options, directory);
	if (await readState(directory)) return await up();
	// One process forms; the others wait for what it saves.
	return await withLock(join(RUN_DIRECTORY, `${name}.lock`), async () => {
		if (await readState(directory)) return await up();
		const instance = await bringUp({ ...options, bare: false });
		return await orTakeDown(instance.prefix, async () => {
			await formCluster(instance, parameters);
			await removeStale(sources);
			await saveState(instance, directory);
			await nameFormed(instance, directory);
			return instance;
		});
	});
}

async function fromCache(options: Omit<UpOptions, "bare" | "from">, directory: string): Promise<Instance> {
	const instance = await bringUp({ ...options, bare: false, from: await readState(directory) });
	return await orTakeDown(instance.prefix, async () => {
		await nameFormed(instance, directory);
		await waitHealthy(instance);
		return instance;
	});
}

async function nameFormed({ prefix }: Instance, directory: string): Promise<void> {
	const name = savedDirectory(prefix, FORMED);
	await mkdir(dirname(name), { recursive: true });
	await symlink(directory, name);
}

/** States from other sources would pile up, some 300 MB each. */
async function removeStale(sources: string): Promise<void> {
	for (const name of await readdir(STATES).catch(() => [])) {
		if (!name.startsWith(sources)) await rm(join(STATES, name), { recursive: true, force: true });
	}
}
