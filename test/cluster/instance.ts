import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterFailure } from "./failure.ts";
import { ensureImages } from "./images.ts";
import { withLock } from "./lock.ts";
import type { Instance } from "./settings.ts";
import { hostIdentities, RUN_DIRECTORY, runDirectory } from "./settings.ts";

const instanceFile = (prefix: string): string => join(runDirectory(prefix), "instance.json");

/** Interface, namespace and machine names carry the prefix; Linux ends interface names at 15 characters. */
export function requirePrefix(prefix: string): void {
	if (/^[a-z][a-z0-9]{0,7}$/.test(prefix)) return;
	throw new ClusterFailure(`invalid prefix "${prefix}"`, {
		detail: "A prefix is one to eight lower-case letters and digits and begins with a letter.",
	});
}

/** The running instance with this prefix, or undefined. */
export async function findInstance(prefix: string): Promise<Instance | undefined> {
	const text = await readFile(instanceFile(prefix), "utf8").catch(() => undefined);
	return text === undefined ? undefined : (JSON.parse(text) as Instance);
}

/** The running instance with this prefix; throws ClusterFailure when there is none. */
export async function requireInstance(prefix: string): Promise<Instance> {
	const instance = await findInstance(prefix);
	if (instance) return instance;
	throw new ClusterFailure(`no test cluster with the prefix "${prefix}" is up`, {
		hint: `Start one with "npm run cluster -- up --prefix ${prefix}".`,
	});
}

/** The prefixes of all instances, also of those that were left half-made. */
export async function listPrefixes(): Promise<string[]> {
	const entries = await readdir(RUN_DIRECTORY, { withFileTypes: true }).catch(() => []);
	return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Claims a prefix and a free network number, makes sure of the images, and records all that for other processes. */
export async function claimInstance(wanted: {
	readonly prefix: string;
	readonly hostCount: number;
	readonly bare: boolean;
	readonly number: number | undefined;
}): Promise<Instance> {
	const { prefix, hostCount, bare } = wanted;
	requirePrefix(prefix);
	return await withLock(join(RUN_DIRECTORY, "claim.lock"), async () => {
		if (await findInstance(prefix)) {
			throw new ClusterFailure(`a test cluster with the prefix "${prefix}" is already up`, {
				hint: `Take it down with "npm run cluster -- down --prefix ${prefix}", or choose another --prefix.`,
			});
		}
		const others = await Promise.all((await listPrefixes()).map(findInstance));
		const used = new Set(others.map((other) => other?.number));
		const number =
			wanted.number ?? Array.from({ length: 254 }, (_, index) => index + 1).find((n) => !used.has(n));
		if (number === undefined || number < 1 || number > 254 || used.has(number)) {
			throw new ClusterFailure(`instance number ${number ?? "(any)"} is not free`, {
				detail: "Numbers from 1 to 254 name the networks, and each belongs to one instance.",
			});
		}
		const images = await ensureImages(others.flatMap((other) => (other ? [other.imageDirectory] : [])));
		const instance: Instance = {
			prefix,
			number,
			bare,
			imageDirectory: images.directory,
			postgresVersion: images.postgresVersion,
			hosts: hostIdentities(number, hostCount),
		};
		await mkdir(runDirectory(prefix), { recursive: true });
		await replaceFile(instanceFile(prefix), JSON.stringify(instance, null, 2));
		return instance;
	});
}

/** Writes a file atomically: another process reads the old text or the new one, never a part. */
export async function replaceFile(path: string, text: string): Promise<void> {
	await writeFile(`${path}.new`, text);
	await rename(`${path}.new`, path);
}
