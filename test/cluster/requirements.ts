import { readFile } from "node:fs/promises";
import { run } from "./command.ts";
import { ClusterFailure } from "./failure.ts";

/** A program that the cluster needs, and the package that contains it. */
const PROGRAMS: Readonly<Record<string, string>> = {
	mmdebstrap: "mmdebstrap",
	"systemd-nspawn": "systemd-container",
	ip: "iproute2",
	ssh: "openssh-client",
	"apt-ftparchive": "apt-utils",
};

/** Names of the release this machine runs: `{ id: "debian", codename: "bookworm" }`. */
export async function release(): Promise<{ readonly id: string; readonly codename: string }> {
	const text = await readFile("/etc/os-release", "utf8").catch(() => "");
	const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
	return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** Throws unless this process is root; everything below needs namespaces and mounts. */
export function requireRoot(): void {
	if (process.getuid?.() !== 0) {
		throw new ClusterFailure("the test cluster needs root", {
			detail: "It makes network namespaces, mounts overlays and boots hosts with systemd-nspawn.",
			hint: "Run it with sudo, or as root in a virtual machine.",
		});
	}
}

/** Makes sure that this machine can run the cluster, and installs missing packages. */
export async function ensureMachine(): Promise<void> {
	requireRoot();
	const { id } = await release();
	if (id !== "debian" && id !== "ubuntu") {
		throw new ClusterFailure("the test cluster needs Debian or Ubuntu", {
			detail: `/etc/os-release names "${id || "nothing"}".`,
			hint: "Run it in a virtual machine with Debian 12.",
		});
	}
	const missing: string[] = [];
	for (const [program, packageName] of Object.entries(PROGRAMS)) {
		const found = await run(["sh", "-c", 'command -v "$1"', "sh", program], { check: false });
		if (found.exitCode !== 0) missing.push(packageName);
	}
	if (missing.length === 0) return;
	process.stderr.write(`installing ${missing.join(", ")}\n`);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	await run(["apt-get", "update", "-q"], { env, timeoutMs: 300_000 });
	await run(["apt-get", "install", "-q", "-y", "--no-install-recommends", ...missing], {
		env,
		timeoutMs: 600_000,
	});
}
