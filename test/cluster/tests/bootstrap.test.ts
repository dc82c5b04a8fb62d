import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bareHostsForFile } from "./support.ts";

const HOSTS = ["node1", "node2"];
const PASSWORD = "Sesam, öffne dich";

const bastion = bareHostsForFile(2);
const { cluster } = bastion;

beforeAll(async () => {
	for (const host of HOSTS) {
		const script = `echo 'dba ALL=(ALL) ALL' > /etc/sudoers.d/dba; echo 'dba:${PASSWORD}' | chpasswd`;
		await cluster.exec(host, ["sh", "-euc", script]);
	}
});

test("two bare hosts become a cluster through sudo with a password, with TLS, on a port and in a directory of one's own; a second run changes nothing", async () => {
	const directory = await bastion.directory();
	const state = await bastion.memory();
	const [inventory, report, secret] = ["inventory.yaml", "report.md", "secret"].map((name) =>
		join(directory, name),
	) as [string, string, string];
	const places = "postgresql: {port: 5433, data_directory: /var/lib/pgdata/main}\n";
	const written = await bastion.run(["bootstrap", "init", ...HOSTS, "--inventory", inventory]);
	expect(written.exitCode, written.stderr).toBe(0);
	await writeFile(inventory, (await readFile(inventory, "utf8")) + places);
	const words = ["bootstrap", "--inventory", inventory, "--ssh-user", "dba"];

	const beganAt = `@${Math.floor(Date.now() / 1000)}`;
	// A wrong one, typed at the terminal: said once, tried once on one host, and nowhere to be seen.
	const terminal = await bastion.terminal([...words, "--dry-run"], { state });
	await terminal.waitFor('sudo asks for a password on "node1" and "node2":', 60_000);
	terminal.press("open barley\r");
	await terminal.waitFor(/sudo does not accept the password on "node[12]"\n/, 60_000);
	expect((await terminal.exit).exitCode).toBe(2);
	expect(terminal.text()).not.toContain("barley");
	const look = 'journalctl -q -t sudo --since "$1" | grep -c "incorrect password" || true';
	const attempts = await Promise.all(
		HOSTS.map(async (host) => (await cluster.exec(host, ["sh", "-c", look, "sh", beganAt])).stdout.trim()),
	);
	expect(attempts.toSorted()).toEqual(["0", "1"]);

	await writeFile(secret, `${PASSWORD}\n`, { mode: 0o600 });
	const run = (...args: readonly string[]) =>
		bastion.run([...words, "--sudo-password-file", secret, "--yes", ...args], { state, timeoutMs: 300_000 });
	const { exitCode, stdout, stderr } = await run("--report", report);
	expect(exitCode, stdout + stderr).toBe(0);
	for (const proof of [
		'"node2" streams from "node1"',
		'the row is read on "node2"',
		'"node1" takes connections from other hosts only with TLS',
		'"node2" takes connections from other hosts only with TLS',
		"every node reaches every other",
		"configuration has no warning",
	]) {
		expect(stdout).toContain(`  ok      ${proof}`);
	}
	expect(stdout).toMatch(/Watch it: .* --ssh-user dba .*--sudo-password-file /);
	const text = await readFile(report, "utf8");
	expect(text).toContain("- [x] status. OK: ");
	const passfile = (await cluster.exec("node1", ["cat", "/var/lib/postgresql/.pgpass"])).stdout;
	const password = /:console:(\S+)$/m.exec(passfile)?.[1];
	expect(password).toMatch(/^\w{32}$/);
	expect(stdout + stderr).not.toContain(password);
	const journal = await readFile(join(state, "repmgr-console", "journal.jsonl"), "utf8");
	for (const said of [stdout, stderr, text, journal]) expect(said).not.toContain("Sesam");
	for (const host of HOSTS) {
		const where =
			"grep -rlaF Sesam /etc /var/lib/postgresql /var/lib/pgdata /var/log /root /home /run 2>/dev/null";
		expect((await cluster.exec(host, ["sh", "-c", `${where} || true`])).stdout).toBe("");
	}

	// Replication and repmgr itself, as the server sees them.
	const seen = `SELECT DISTINCT coalesce(nullif(application_name, ''), '-'), ssl FROM pg_stat_ssl
		JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL AND usename = 'repmgr' ORDER BY 1`;
	const psql = ["runuser", "-u", "postgres", "--", "psql", "-wXqAt", "-p", "5433", "-c"];
	const connections = (await cluster.exec("node1", [...psql, seen])).stdout;
	expect(connections).toContain("node2|t\n");
	expect(connections).not.toContain("|f");
	const conninfo = (await cluster.exec("node2", [...psql, "SHOW primary_conninfo"])).stdout;
	expect(conninfo).toContain("sslmode=require");
	const plain = "host=node1 port=5433 user=repmgr dbname=repmgr sslmode=disable";
	const asked = await cluster.exec("node2", [
		...["runuser", "-u", "postgres", "--", "sh", "-c", `psql -wXqAt '${plain}' -c 'SELECT 1' 2>&1 || true`],
	]);
	expect(asked.stdout).toMatch(/no pg_hba.conf entry for host .*no encryption/);

	const stateOf = async (host: string): Promise<string> => {
		const files =
			"find /etc /var/lib/postgresql -type f -printf '%p %T@ %m %u\\n' | sort | md5sum; cat /var/lib/pgdata/main/postmaster.pid";
		return (await cluster.exec(host, ["sh", "-euc", files])).stdout;
	};
	const before = [await stateOf("node1"), await stateOf("node2")];
	const again = await run();
	expect(again.exitCode, again.stdout + again.stderr).toBe(0);
	expect(again.stdout).toContain("Nothing is left to be done: no host was changed.");
	expect([await stateOf("node1"), await stateOf("node2")]).toEqual(before);
});
