import { mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inParallel, run } from "./command.ts";
import type { HostIdentity, Instance } from "./settings.ts";
import { bastionAddress, bastionNamespace, hostsFile, machineName } from "./settings.ts";

/** The end of the host's cable at the bastion's bridge. The other end is eth0 in the host. */
export const cableName = (host: string): string => `v-${host}`;

/** `ip netns exec` binds the files of this directory over those in /etc. */
const namespaceFiles = (prefix: string): string => join("/etc/netns", bastionNamespace(prefix));

/**
 * One namespace for the bastion, with a bridge, and one for every host, with a cable into that bridge.
 * Nothing is added to the machine's own network, and there is no route from one to the other.
 */
export async function createNetwork(instance: Instance): Promise<void> {
	const bastion = bastionNamespace(instance.prefix);
	await mkdir(namespaceFiles(instance.prefix), { recursive: true });
	await writeFile(join(namespaceFiles(instance.prefix), "hosts"), hostsFile(instance));
	await run(["ip", "netns", "add", bastion]);
	await ipBatch(bastion, [
		"link set lo up",
		"link add br0 type bridge",
		`address add ${bastionAddress(instance)}/24 dev br0`,
		"link set br0 up",
	]);
	await inParallel(instance.hosts, (host) => connectHost(instance, host));
}

async function connectHost(instance: Instance, host: HostIdentity): Promise<void> {
	const bastion = bastionNamespace(instance.prefix);
	const namespace = machineName(instance.prefix, host.name);
	const cable = cableName(host.name);
	await run(["ip", "netns", "add", namespace]);
	await run([
		"ip",
		"link",
		"add",
		cable,
		"netns",
		bastion,
		"type",
		"veth",
		"peer",
		"name",
		"eth0",
		"netns",
		namespace,
	]);
	await ipBatch(bastion, [`link set ${cable} master br0`, `link set ${cable} up`]);
	await ipBatch(namespace, ["link set lo up", `address add ${host.address}/24 dev eth0`, "link set eth0 up"]);
}

async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
	await run(["ip", "-n", namespace, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** Removes the namespaces and with them their interfaces. Does nothing where there is nothing. */
export async function removeNetwork(prefix: string): Promise<void> {
	const { stdout } = await run(["ip", "netns", "list"]);
	const names = stdout.split("\n").map((line) => line.split(" ")[0] ?? "");
	const own = new RegExp(`^${prefix}-(bastion|node\\d+)$`);
	for (const name of names.filter((name) => own.test(name))) await run(["ip", "netns", "delete", name]);
	await rm(namespaceFiles(prefix), { recursive: true, force: true });
	await rmdir(dirname(namespaceFiles(prefix))).catch(() => {});
}

/** Plugs or unplugs a host: unplugged, it is a black hole for everyone. */
export async function setCable(instance: Instance, host: HostIdentity, state: "up" | "down"): Promise<void> {
	await run(["ip", "-n", bastionNamespace(instance.prefix), "link", "set", cableName(host.name), state]);
}

/** An address that no interface has: frames to it are lost without an answer. */
const NOWHERE = "02:00:00:00:00:01";

/** Hides two hosts from each other, or lets them see each other again. All others reach both all the time. */
export async function setPair(
	instance: Instance,
	pair: readonly [HostIdentity, HostIdentity],
	state: "cut" | "whole",
): Promise<void> {
	for (const [from, to] of [pair, pair.toReversed() as [HostIdentity, HostIdentity]]) {
		const entry = [to.address, "dev", "eth0"];
		const change =
			state === "cut" ? ["replace", ...entry, "lladdr", NOWHERE, "nud", "permanent"] : ["delete", ...entry];
		// Deleting an entry that is not there is an error for ip, but not here.
		await run(["ip", "-n", machineName(instance.prefix, from.name), "neigh", ...change], {
			check: state === "cut",
		});
	}
}

/** Hides a host from the bastion, or lets the bastion see it again. The hosts see each other all the time. */
export async function setBastionSight(
	instance: Instance,
	host: HostIdentity,
	state: "cut" | "whole",
): Promise<void> {
	const entry = [host.address, "dev", "br0"];
	const change =
		state === "cut" ? ["replace", ...entry, "lladdr", NOWHERE, "nud", "permanent"] : ["delete", ...entry];
	await run(["ip", "-n", bastionNamespace(instance.prefix), "neigh", ...change], { check: state === "cut" });
}

/** Undoes unplugged cables and hidden pairs. */
export async function resetNetwork(instance: Instance): Promise<void> {
	await inParallel(instance.hosts, async (host) => {
		await setCable(instance, host, "up");
		await setBastionSight(instance, host, "whole");
		await run([
			"ip",
			"-n",
			machineName(instance.prefix, host.name),
			"neigh",
			"flush",
			"dev",
			"eth0",
			"nud",
			"permanent",
		]);
	});
}
