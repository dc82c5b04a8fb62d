import { join } from "node:path";
import { expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import { bootHost } from "../host.ts";
import { setCable } from "../network.ts";
import { bareHostsForFile } from "./support.ts";

const HOSTS = ["node1", "node2"];

const bastion = bareHostsForFile(2);
const { cluster } = bastion;

/** /etc, homes and packages. Not what every change of users or libraries rewrites: /etc/passwd- and the like, ld.so.cache. */
const LISTING = `cd /; exclude='^[^ ]*etc/\\(passwd-\\|group-\\|shadow-\\|gshadow-\\|subuid-\\|subgid-\\|ld.so.cache\\|.pwd.lock\\)'
find etc root home var/lib/postgresql var/log/postgresql -printf '%p %y %m %u %g %l\\n' 2>/dev/null | grep -v "$exclude" | sort
find etc root home -type f -exec md5sum {} + | awk '{print $2, $1}' | grep -v "$exclude" | sort
dpkg-query -W -f='\${db:Status-Abbrev} \${Package} \${Version}\\n'`;

async function listings(): Promise<readonly (readonly string[])[]> {
	const all = await Promise.all(HOSTS.map((host) => cluster.exec(host, ["sh", "-c", LISTING])));
	return all.map(({ stdout }) => stdout.trim().split("\n"));
}

/** A server that runs changes its files: those of the proof's table go with the next checkpoint. */
const withoutData = (lines: readonly string[]): readonly string[] =>
	lines.filter((line) => !line.startsWith("var/lib/postgresql/15/main/"));

/** Packages may be installed meanwhile. */
const LONG_MS = 300_000;

test("a bootstrap that is killed, whose host loses its power, whose network is cut, ends in the cluster; its undo leaves the hosts as they were", async ({
	annotate,
}) => {
	const directory = await bastion.directory();
	const inventory = join(directory, "inventory.yaml");
	const state = await bastion.memory();
	await bastion.run(["bootstrap", "init", ...HOSTS, "--inventory", inventory]);
	const command = ["bootstrap", "--inventory", inventory, "--ssh-user", "root", "--yes"];
	const before = await listings();

	// The console is killed while servers are made.
	const killed = await bastion.follow(command, { state });
	await killed.until(/node1: create PostgreSQL's data directory…/, LONG_MS);
	await killed.killHard();
	const listed = await bastion.run(["runs"], { state });
	expect(listed.stderr).toMatch(
		/bootstrap of "main" was begun on .* has not ended\nHINT: .*--ssh-user root\n/,
	);

	// A host loses its power while it copies the primary.
	const dark = await bastion.follow(command, { state });
	await dark.until(/has not ended/, LONG_MS);
	await dark.until(/node2: copy "node1"…/, LONG_MS);
	await cluster.fault("stop-host", "node2");
	const instance = await cluster.instance();
	const [, node2] = instance.hosts;
	if (node2 === undefined) throw new Error("there is no second host");
	await setCable(instance, node2, "up");
	await bootHost(instance, node2);
	expect(await dark.end(120_000), dark.errors).toBe(1);
	expect(dark.errors).toMatch(
		/node2: copy "node1": FAILED\. (the command was killed or its host went down|Ssh connection to "node2" broke)/,
	);

	// The network of a host is cut for a while: repmgr may be about to connect, which then fails, and is done again.
	const cut = await bastion.follow(command, { state });
	await cut.until(/node2: copy "node1"…/, LONG_MS);
	await cluster.fault("cut", "node2");
	await sleep(12_000);
	await cluster.heal("cut", "node2");
	const hasFailed = (await cut.end(200_000)) !== 0;
	if (hasFailed) expect(cut.errors).toMatch(/FAILED\.[\s\S]*Run the same command again/);
	const last = hasFailed ? await bastion.run(command, { state, timeoutMs: 200_000 }) : null;
	expect(last?.exitCode ?? 0, last?.stderr).toBe(0);
	expect(last?.stdout ?? cut.lines().join("\n")).toContain('  ok      "node2" streams from "node1"');

	// The undo, which is interrupted as well.
	const undo = [...command, "--undo"];
	const made = (await listings()).map(withoutData);
	const planned = await bastion.run([...undo, "--dry-run"], { state, timeoutMs: 60_000 });
	expect(planned.exitCode, planned.stderr).toBe(0);
	expect(planned.stdout).toContain("apt-get purge ");
	const unsure = await bastion.run(undo, { state, timeoutMs: 60_000 });
	expect([unsure.exitCode, unsure.stderr]).toEqual([2, expect.stringContaining("--delete-data main")]);
	expect((await listings()).map(withoutData)).toEqual(made);
	const half = await bastion.follow([...undo, "--delete-data", "main"], { state });
	await half.until(/node1: remove the packages that were installed…/, LONG_MS);
	await half.killHard();
	const undone = await bastion.run([...undo, "--delete-data", "main"], { state, timeoutMs: 200_000 });
	expect(undone.exitCode, undone.stdout + undone.stderr).toBe(0);
	expect(undone.stdout).toContain('  ok      "node2" is as it was before');
	await annotate(`the end of the undo: ${(undone.milliseconds / 1000).toFixed(0)} s`);
	const after = await listings();
	for (const [index, host] of HOSTS.entries()) expect(after[index], host).toEqual(before[index]);
	const nothing = await bastion.run([...undo, "--delete-data", "main"], { state, timeoutMs: 60_000 });
	expect([nothing.exitCode, nothing.stdout], nothing.stderr).toEqual([
		0,
		expect.stringContaining("Nothing is left"),
	]);
});
