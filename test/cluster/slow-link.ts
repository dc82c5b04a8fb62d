import { spawn } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, waitUntil } from "./command.ts";
import { cableName } from "./network.ts";
import { bastionNamespace, type HostIdentity, type Instance, machineName, runDirectory } from "./settings.ts";

const RELAY = join(import.meta.dirname, "slow-link.pl");
const SUFFIX = ".relay";

const pidFile = (prefix: string, host: string): string => join(runDirectory(prefix), host + SUFFIX);
const tag = (prefix: string, host: string): string => `${machineName(prefix, host)}-slow-link`;

/**
 * Puts a relay between the host's cable and the bastion's bridge. `roundTripMs` is what it adds to a round trip, `kbit` its rate
 * in kilobits a second (0: no limit).
 *
 *     host eth0 ── cable ── own bridge ── near tap ── relay ── far tap ── br0
 */
export async function startSlowLink(
	instance: Instance,
	host: HostIdentity,
	{ roundTripMs, kbit }: { readonly roundTripMs: number; readonly kbit: number },
): Promise<void> {
	const { prefix } = instance;
	await stopSlowLink(prefix, host.name);
	const [bridge, near, far] = [`s-${host.name}`, `a-${host.name}`, `b-${host.name}`];
	const namespace = bastionNamespace(prefix);
	const relay = ["perl", RELAY, tag(prefix, host.name), near, far, String(roundTripMs / 2), String(kbit)];
	const child = spawn("ip", ["netns", "exec", namespace, ...relay], {
		detached: true,
		cwd: "/",
		stdio: "ignore",
	});
	child.on("error", () => {}).unref();
	await writeFile(pidFile(prefix, host.name), String(child.pid));
	await waitUntil(
		"the relay's interfaces",
		async () => {
			await run(["ip", "-n", namespace, "link", "show", far]);
			return undefined;
		},
		{ timeoutMs: 5_000, intervalMs: 20 },
	);
	const batch = [
		`link add ${bridge} type bridge`,
		...[near, cableName(host.name)].map((port) => `link set ${port} master ${bridge}`),
		`link set ${far} master br0`,
		...[bridge, near, far].map((device) => `link set ${device} up`),
	];
	await run(["ip", "-n", namespace, "-batch", "-"], { input: `${batch.join("\n")}\n` });
}

/** Removes the relay. Does nothing where there is none. */
export async function stopSlowLink(prefix: string, host: string): Promise<void> {
	const pid = Number(await readFile(pidFile(prefix, host), "utf8").catch(() => "0"));
	if (pid === 0) return;
	const namespace = bastionNamespace(prefix);
	await run(["ip", "-n", namespace, "link", "set", cableName(host), "master", "br0"], { check: false });
	await run(["ip", "-n", namespace, "link", "delete", `s-${host}`], { check: false });
	// The two taps go with the process that holds them. Pids are reused, so check before killing.
	const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
	if (commandLine.split("\0").includes(tag(prefix, host))) process.kill(pid, "SIGKILL");
	await rm(pidFile(prefix, host), { force: true });
}

/** Removes every relay of an instance. */
export async function stopSlowLinks(prefix: string): Promise<void> {
	const names = await readdir(runDirectory(prefix)).catch(() => []);
	for (const name of names.filter((file) => file.endsWith(SUFFIX))) {
		await stopSlowLink(prefix, name.slice(0, -SUFFIX.length));
	}
}
