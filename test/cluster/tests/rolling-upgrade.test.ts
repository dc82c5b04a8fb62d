import { expect, onTestFinished } from "vitest";
import { Writer } from "../writer.ts";
import { ACCESS, ALL, expectHealthy, HOSTS, primaryOf } from "./operating.ts";
import { clusterForFile, eventually, restoredForRetries, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

const bastion = clusterForFile();
const { cluster } = bastion;

/**
 * A package source in the host's own directory: the packages of /var/debs built again under a higher version. Their programs are the
 * same, as after a security rebuild: what runs can be told only by the files that a process has loaded. $1 suffix, then packages.
 */
const REPACK = `set -e
suffix=$1; shift; rm -rf /var/newer; mkdir -p /var/newer/work; cd /var/newer
for name in "$@"; do
  for deb in /var/debs/"$name"_*.deb; do
    old=$(dpkg-deb -f "$deb" Version)
    dpkg-deb -R "$deb" "work/$name"
    sed -i "s/\${old}/\${old}$suffix/g" "work/$name/DEBIAN/control"
    dpkg-deb -Zgzip -z1 --root-owner-group -b "work/$name" "$name.deb" >/dev/null
    { dpkg-deb -f "$name.deb"; echo "Filename: ./$name.deb"; echo "Size: $(stat -c %s "$name.deb")"
      echo "SHA256: $(sha256sum "$name.deb" | cut -d ' ' -f 1)"; echo; } >> Packages
  done
done
rm -rf work
echo 'deb [trusted=yes] file:/var/newer ./' > /etc/apt/sources.list.d/newer.list
apt-get -q update`;

const POSTGRESQL = ["postgresql-15", "postgresql-client-15", "libpq5"];
const REPMGR = ["repmgr", "repmgr-common", "postgresql-15-repmgr"];

async function offer(suffix: string, packages: readonly string[], hosts: readonly string[] = ALL) {
	await Promise.all(
		hosts.map((host) =>
			cluster.exec(host, ["sh", "-c", REPACK, "sh", suffix, ...packages], { timeoutMs: 300_000 }),
		),
	);
}

restoredForRetries(bastion);

const upgrade = (user: string, ...args: string[]) =>
	bastion.run(["rolling", "upgrade", ...args, "--ssh-user", user, ...ACCESS], { timeoutMs: 600_000 });

async function versions(name: string): Promise<readonly string[]> {
	const argv = ["sh", "-c", 'dpkg-query -W "$1" | cut -f 2', "sh", name];
	return await Promise.all(ALL.map(async (host) => (await cluster.exec(host, argv)).stdout.trim()));
}

/** Processes that have loaded a file which is gone, by their names. */
async function staleOn(host: string): Promise<string> {
	const look =
		"for pid in $(pgrep -x 'postgres|repmgrd'); do grep -Eq '/(postgres|repmgrd|repmgr.so) .deleted.$' /proc/$pid/maps && cat /proc/$pid/comm; done; true";
	return (await cluster.exec(host, ["sh", "-c", look])).stdout.trim();
}

const startedAt = (host: string) => scalar(cluster, host, "SELECT pg_postmaster_start_time()");

/** One switchover on a busy machine. */
const OUTAGE_MS = 15_000;

testInTurn(
	"a rebuilt PostgreSQL is installed under load: standbys and witness first, the primary once it is a standby",
	async () => {
		await offer("+rc1", POSTGRESQL);
		const old = await primaryOf(cluster);
		const before = await versions("postgresql-15");

		const planned = await upgrade("root", "--dry-run");
		expect(planned.exitCode, planned.stdout + planned.stderr).toBe(0);
		expect(planned.stdout).toMatch(/postgresql-15 \S+ becomes \S+\+rc1/);
		const refused = await upgrade("dba", "--yes");
		expect(refused.exitCode, refused.stdout + refused.stderr).toBe(2);
		expect(refused.stderr).toMatch(/as root[\s\S]*HINT: .*apt-get .*--only-upgrade install/);
		expect(await versions("postgresql-15")).toEqual(before);

		const writer = await Writer.start(cluster, old, HOSTS);
		onTestFinished(() => writer.end());
		await eventually(async () => expect(writer.count).toBeGreaterThan(50));
		const since = Date.now();
		const { exitCode, stdout, stderr } = await upgrade("root", "--yes");
		expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
		expect(await primaryOf(cluster)).not.toBe(old);
		for (const version of await versions("postgresql-15")) expect(version).toMatch(/\+rc1$/);
		for (const host of ALL) expect(await staleOn(host), host).toBe("");
		const gap = writer.longestGapMs(since);
		await writer.stop();
		expect(gap).toBeLessThan(OUTAGE_MS);
		expect(await writer.lost(await primaryOf(cluster))).toEqual([]);
		await expectHealthy(cluster);

		const times = await Promise.all(ALL.map(startedAt));
		const again = await upgrade("root", "--yes");
		expect(again.exitCode, again.stdout + again.stderr).toBe(2);
		expect(again.stderr).toContain("changes nothing");
		expect(await Promise.all(ALL.map(startedAt))).toEqual(times);
	},
);

testInTurn("a rebuilt repmgr restarts servers, which preload its library, and repmgrd", async () => {
	await offer("+rc2", REPMGR);
	const { exitCode, stdout, stderr } = await upgrade("root", "--yes");
	expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
	for (const version of await versions("postgresql-15-repmgr")) expect(version).toMatch(/\+rc2$/);
	for (const host of ALL) expect(await staleOn(host), host).toBe("");
	await expectHealthy(cluster);
});

testInTurn(
	"packages that were installed by hand, without a restart, need no root: the nodes only restart",
	async () => {
		await offer("+rc3", REPMGR);
		const install = ["sh", "-c", `apt-get -q -y --only-upgrade install ${REPMGR.join(" ")}`];
		for (const host of ALL) await cluster.exec(host, install, { timeoutMs: 120_000 });
		const { exitCode, stdout, stderr } = await upgrade("dba", "--yes");
		expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
		expect(stdout).not.toContain("install the newer packages");
		for (const host of ALL) expect(await staleOn(host), host).toBe("");
		await expectHealthy(cluster);
	},
);
