import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AptSources, distributionSources } from "./apt-sources.ts";
import { run } from "./command.ts";
import {
	BARE_PACKAGES,
	INSTALL_SCRIPT,
	POSTGRES_SUDOERS,
	REPMGRD_UNIT,
	TRIM_SCRIPT,
} from "./image-recipe.ts";
import { release } from "./requirements.ts";
import { CACHE_DIRECTORY } from "./settings.ts";

/** Base images: `bare`, `ready` (with PostgreSQL and repmgr) and `debs` (the packages between the two), in one directory. */
export interface Images {
	readonly directory: string;
	/** PostgreSQL's major version, for example "15". */
	readonly postgresVersion: string;
}

/** The directory of the images for this machine's release; its name changes with everything they are built from. */
export async function imageDirectory(): Promise<string> {
	const { id, codename } = await release();
	const key = hashOf([
		id,
		codename,
		...BARE_PACKAGES,
		TRIM_SCRIPT,
		INSTALL_SCRIPT,
		REPMGRD_UNIT,
		POSTGRES_SUDOERS,
	]);
	return join(CACHE_DIRECTORY, "images", `${codename}-${key}`);
}

/**
 * The images in the cache, built first if they are missing or their recipe has changed (about half a minute).
 * `inUse` names directories of images that running instances still need; removes other stale ones.
 */
export async function ensureImages(inUse: readonly string[]): Promise<Images> {
	const directory = await imageDirectory();
	const found = await readImages(directory);
	if (found) return found;
	process.stderr.write(`building the base images in ${directory} (once, about half a minute)\n`);
	await removeStale(inUse);
	const partial = `${directory}.partial`;
	try {
		await build(partial, (await release()).codename, await distributionSources());
		await rename(partial, directory);
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
	const built = await readImages(directory);
	if (!built) throw new Error(`no version file in ${directory}`);
	return built;
}

/** A short key for everything that went into something cached. */
export function hashOf(parts: readonly string[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

async function readImages(directory: string): Promise<Images | undefined> {
	const version = await readFile(join(directory, "ready", "postgres-version"), "utf8").catch(() => undefined);
	return version === undefined ? undefined : { directory, postgresVersion: version.trim() };
}

/** Also removes the remains of a killed build. The caller holds the claim lock, so no image is being built now. */
async function removeStale(inUse: readonly string[]): Promise<void> {
	const images = join(CACHE_DIRECTORY, "images");
	for (const name of await readdir(images).catch(() => [])) {
		const directory = join(images, name);
		if (!inUse.includes(directory)) await rm(directory, { recursive: true, force: true });
	}
}

async function build(directory: string, codename: string, sources: AptSources): Promise<void> {
	const [bare, ready, debs] = ["bare", "ready", "debs"].map((name) => join(directory, name)) as [
		string,
		string,
		string,
	];
	await mkdir(directory, { recursive: true });
	// apt recognises the two formats by the file's name.
	const sourceFiles = [join(directory, "apt.sources"), join(directory, "apt.list")] as const;
	await writeFile(sourceFiles[0], sources.deb822);
	await writeFile(sourceFiles[1], sources.oneLine);
	const nonEmpty = sourceFiles.filter((_, index) => [sources.deb822, sources.oneLine][index]?.trim());
	const include = `--include=${BARE_PACKAGES.join(",")}`;
	await run(["mmdebstrap", "--quiet", "--variant=minbase", include, codename, bare, ...nonEmpty], {
		timeoutMs: 600_000,
	});
	await inImage(bare, TRIM_SCRIPT);
	await run(["cp", "-a", bare, ready]);
	await inImage(ready, INSTALL_SCRIPT);
	await rename(join(ready, "debs-out"), debs);
	const index = await run(["apt-ftparchive", "packages", "."], { cwd: debs });
	await writeFile(join(debs, "Packages"), index.stdout);
	await addServices(ready);
	await Promise.all([bare, ready].map(useOfflinePackages));
}

/**
 * Runs a script inside an image, with the machine's network. systemd-nspawn rather than chroot: however it ends,
 * it leaves no mount and no process behind.
 */
export async function inImage(root: string, script: string): Promise<void> {
	const nspawn = [
		"systemd-nspawn",
		"--quiet",
		"--register=no",
		"--keep-unit",
		"--pipe",
		"--resolv-conf=replace-host",
	] as const;
	await run([...nspawn, "--machine", `repmgr-console-image-${process.pid}`, "-D", root, "sh", "-s"], {
		input: script,
		timeoutMs: 600_000,
	});
	await rm(join(root, "etc/resolv.conf"), { force: true });
	await writeFile(join(root, "etc/resolv.conf"), "");
}

async function addServices(root: string): Promise<void> {
	const units = join(root, "etc/systemd/system");
	await writeFile(join(units, "repmgrd.service"), REPMGRD_UNIT);
	await symlink(
		"/etc/systemd/system/repmgrd.service",
		join(units, "multi-user.target.wants/repmgrd.service"),
	);
	await writeFile(join(root, "etc/sudoers.d/postgres"), POSTGRES_SUDOERS, { mode: 0o440 });
}

/** Hosts have no route to the outside, so the packages that they may install are bound into them at /var/debs. */
async function useOfflinePackages(root: string): Promise<void> {
	const apt = join(root, "etc/apt");
	await rm(join(apt, "sources.list.d"), { recursive: true, force: true });
	await mkdir(join(apt, "sources.list.d"));
	await mkdir(join(root, "var/debs"));
	await writeFile(join(apt, "sources.list"), "deb [trusted=yes] file:/var/debs ./\n");
}
