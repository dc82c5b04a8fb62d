import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bareHostsForFile } from "./support.ts";

const bastion = bareHostsForFile(2);
const { cluster } = bastion;

beforeAll(async () => {
	for (const host of ["node1", "node2"]) {
		const rule = "echo 'dba ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/dba";
		await cluster.exec(host, ["sh", "-euc", rule]);
	}
});

test("two bare hosts become a cluster through sudo, on a port and in a directory of one's own; a second run changes nothing", async () => {
	const directory = await bastion.directory();
	const [inventory, report] = [join(directory, "inventory.yaml"), join(directory, "report.md")];
	const places = "postgresql: {port: 5433, data_directory: /var/lib/pgdata/main}\n";
	const written = await bastion.run(["bootstrap", "init", "node1", "node2", "--inventory", inventory]);
	expect(written.exitCode, written.stderr).toBe(0);
	await writeFile(inventory, (await readFile(inventory, "utf8")) + places);
	const run = (...args: readonly string[]) =>
		bastion.run(["bootstrap", "--inventory", inventory, "--ssh-user", "dba", "--yes", ...args], {
			timeoutMs: 240_000,
		});

	const { exitCode, stdout, stderr } = await run("--report", report);
	expect(exitCode, stdout + stderr).toBe(0);
	for (const proof of [
		'"node2" streams from "node1"',
		'the row is read on "node2"',
		"every node reaches every other",
		"configuration has no warning",
	]) {
		expect(stdout).toContain(`  ok      ${proof}`);
	}
	expect(await readFile(report, "utf8")).toContain("- [x] status. OK: ");
	const password = /:console:(\S+)$/m.exec(
		(await cluster.exec("node1", ["cat", "/var/lib/postgresql/.pgpass"])).stdout,
	);
	expect(password?.[1]).toMatch(/^\w{32}$/);
	expect(stdout + stderr).not.toContain(password?.[1]);

	const state = async (host: string): Promise<string> => {
		const files =
			"find /etc /var/lib/postgresql -type f -printf '%p %T@ %m %u\\n' | sort | md5sum; cat /var/lib/pgdata/main/postmaster.pid";
		return (await cluster.exec(host, ["sh", "-euc", files])).stdout;
	};
	const before = [await state("node1"), await state("node2")];
	const again = await run();
	expect(again.exitCode, again.stdout + again.stderr).toBe(0);
	expect(again.stdout).toContain("Nothing is left to be done: no host was changed.");
	expect([await state("node1"), await state("node2")]).toEqual(before);
});
