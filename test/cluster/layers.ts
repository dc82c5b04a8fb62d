import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bastionPublicKey } from "./bastion.ts";
import { run } from "./command.ts";
import type { HostIdentity, Instance } from "./settings.ts";
import { DISK_SIZE, dataDirectory, hostsFile } from "./settings.ts";

/** Where one host's file system lies. `upper` is all it has written, except PGDATA, which is on `disk`. */
export interface HostDirectories {
	readonly upper: string;
	readonly work: string;
	readonly root: string;
	readonly disk: string;
	readonly consoleLog: string;
}

export function hostDirectories(prefix: string, host: string): HostDirectories {
	const base = join(dataDirectory(prefix), "hosts", host);
	const [upper, work, root, disk] = ["upper", "work", "root", "disk"].map((name) => join(base, name)) as [
		string,
		string,
		string,
		string,
	];
	return { upper, work, root, disk, consoleLog: join(base, "console.log") };
}

/** A saved host: copies of its upper directory and of its disk. */
export interface SavedHost {
	readonly upper: string;
	readonly disk: string;
}

/**
 * Mounts a host's file system: fresh, or as it was saved. PGDATA has a disk of its own, as on a real server, and a small one, so
 * that it can be filled; it is memory, so that four servers on one machine do not wait for each other's fsync.
 */
export async function mountHost(instance: Instance, host: HostIdentity, saved?: SavedHost): Promise<void> {
	const { upper, work, root, disk } = hostDirectories(instance.prefix, host.name);
	await rm(upper, { recursive: true, force: true });
	await rm(work, { recursive: true, force: true });
	for (const directory of [upper, work, root, disk]) await mkdir(directory, { recursive: true });
	if (saved) await run(["cp", "-a", `${saved.upper}/.`, upper]);
	const image = join(instance.imageDirectory, instance.bare ? "bare" : "ready");
	const overlay = `lowerdir=${image},upperdir=${upper},workdir=${work}`;
	await run(["mount", "-t", "overlay", `${instance.prefix}-${host.name}`, "-o", overlay, root]);
	if (!instance.bare) {
		const owner = await userOf(root, "postgres");
		const options = `size=${DISK_SIZE},mode=0755,uid=${owner.uid},gid=${owner.gid}`;
		await run(["mount", "-t", "tmpfs", `${instance.prefix}-${host.name}`, "-o", options, disk]);
		if (saved) await run(["cp", "-a", `${saved.disk}/.`, disk]);
	}
	await writeFile(join(root, "etc/hosts"), hostsFile(instance));
	if (!saved) await introduceHost(instance, host, root);
}

/** Gives a fresh host its name, its own ssh key, and the bastion's key for everyone who may log in. */
async function introduceHost(instance: Instance, host: HostIdentity, root: string): Promise<void> {
	await writeFile(join(root, "etc/hostname"), `${host.name}\n`);
	const machineId = await run(["systemd-id128", "new"]);
	await writeFile(join(root, "etc/machine-id"), machineId.stdout);
	// Five processes at each login, for words that nobody reads.
	await rm(join(root, "etc/update-motd.d"), { recursive: true, force: true });
	const hostKey = join(root, "etc/ssh/ssh_host_ed25519_key");
	await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `root@${host.name}`, "-f", hostKey]);
	const bastionKey = await bastionPublicKey(instance.prefix);
	const people = instance.bare ? ["root", "dba", "nosudo"] : ["root", "dba", "nosudo", "postgres"];
	for (const person of people) {
		const { uid, gid, home } = await userOf(root, person);
		const directory = join(root, home, ".ssh");
		await mkdir(directory, { recursive: true, mode: 0o700 });
		await writeFile(join(directory, "authorized_keys"), bastionKey, { mode: 0o600 });
		await run(["chown", "-R", `${uid}:${gid}`, directory]);
	}
}

/** The line for ssh's known_hosts that names this host's key. */
export async function knownHostsLine(prefix: string, host: string): Promise<string> {
	const { root } = hostDirectories(prefix, host);
	const [type, key] = (await readFile(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8")).split(" ");
	return `${host} ${type} ${key}\n`;
}

/** The host's own user database decides about ids, not this machine's. */
async function userOf(
	root: string,
	name: string,
): Promise<{ readonly uid: number; readonly gid: number; readonly home: string }> {
	const line = (await readFile(join(root, "etc/passwd"), "utf8"))
		.split("\n")
		.find((entry) => entry.startsWith(`${name}:`));
	const fields = line?.split(":") ?? [];
	if (fields.length < 6) throw new Error(`no user ${name} in ${root}`);
	return { uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] ?? "/" };
}

/** Unmounts everything at and below a directory, innermost first. Does nothing where nothing is mounted. */
export async function unmountBelow(directory: string): Promise<void> {
	const mounts = (await readFile("/proc/self/mounts", "utf8"))
		.split("\n")
		.map((line) => line.split(" ")[1] ?? "");
	const own = mounts.filter((mount) => mount === directory || mount.startsWith(`${directory}/`));
	for (const mount of own.reverse()) await run(["umount", mount]);
}
