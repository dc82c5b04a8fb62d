import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "./command.ts";

/**
 * A control group for each host. systemd-nspawn puts all hosts started by one session into the same group, and then every
 * host's systemd counts the others' processes among those of its own services.
 */
const groupName = (machine: string): string => `repmgr-console-test-${machine}`;

/** Where systemd keeps its services: the hierarchy of cgroup v2, v1's named "systemd", or both side by side. */
async function hierarchies(): Promise<string[]> {
	const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" "));
	return mounts.flatMap(([, path = "", type, options = ""]) =>
		type === "cgroup2" || (type === "cgroup" && options.split(",").includes("name=systemd")) ? [path] : [],
	);
}

/** Makes a machine's group in every hierarchy, and returns the directories. */
export async function createGroups(machine: string): Promise<string[]> {
	const groups = (await hierarchies()).map((path) => join(path, groupName(machine)));
	for (const group of groups) await mkdir(group, { recursive: true });
	return groups;
}

/** The argv that enters the groups and then becomes `argv`: the process must be in them before it is systemd-nspawn. */
export function inGroups(groups: readonly string[], argv: readonly string[]): string[] {
	const script = 'for group in $1; do echo $$ > "$group/cgroup.procs"; done; shift; exec "$@"';
	return ["sh", "-ec", script, "sh", groups.join(" "), ...argv];
}

/** Removes a machine's groups. Waits for its last processes, which the kernel may not have reaped yet. */
export async function removeGroups(machine: string): Promise<void> {
	for (const path of await hierarchies()) {
		await waitUntil(
			`the control group of ${machine} to be empty`,
			async () => {
				await removeTree(join(path, groupName(machine)));
				return undefined;
			},
			{ timeoutMs: 5_000, intervalMs: 50 },
		);
	}
}

/** `rm -r` fails here: the files of a cgroup can't be deleted, they disappear with their directory. */
async function removeTree(group: string): Promise<void> {
	const entries = await readdir(group, { withFileTypes: true }).catch(() => undefined);
	if (entries === undefined) return;
	for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
	await rmdir(group);
}
