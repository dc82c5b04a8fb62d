import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clusterForFile, conninfoOf, eventually, nodeOf, type StatusDocument } from "./support.ts";

const bastion = clusterForFile();
const { cluster } = bastion;

/** Expects four healthy nodes with these arguments and variables. */
function seesAll(
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
	expectedExitCode = 0,
): Promise<void> {
	// On a busy machine one status may report that a node was not read in time.
	return eventually(async () => await seesAllAtOnce(args, env, expectedExitCode));
}

async function seesAllAtOnce(
	args: readonly string[],
	env: Readonly<Record<string, string>>,
	expectedExitCode: number,
): Promise<void> {
	const { exitCode, stdout, stderr } = await bastion.run(["status", "--json", ...args], { env });
	expect(stderr).toBe("");
	const { nodes } = JSON.parse(stdout) as StatusDocument;
	expect(nodes.map(({ observed }) => observed.status)).toEqual([
		"running",
		"streaming",
		"streaming",
		"running",
	]);
	expect(exitCode).toBe(expectedExitCode);
}

async function addressOf(host: string): Promise<string> {
	const found = (await cluster.hosts()).find(({ name }) => name === host);
	return found?.address ?? "";
}

describe("connects as libpq does", () => {
	test("by PG* variables", async () => {
		await seesAll([], { PGHOST: "node2", PGUSER: "repmgr", PGDATABASE: "repmgr" });
	});

	test("by host and hostaddr, with the password of the host's name", async () => {
		await seesAll(["-d", `${conninfoOf("node3")} hostaddr=${await addressOf("node3")}`]);
	});

	test("by hostaddr alone, without the password of the host's name", async () => {
		const { exitCode, stderr } = await bastion.run([
			"status",
			"-d",
			`hostaddr=${await addressOf("node3")} user=repmgr dbname=repmgr`,
		]);
		// ~/.pgpass has only names, and libpq looks up the address.
		expect(stderr).toContain("asks for a password");
		expect(exitCode).toBe(3);
	});

	test("by a service file", async () => {
		const directory = await bastion.directory();
		const file = join(directory, "pg_service.conf");
		await writeFile(file, "[ha]\nhost=node2\nuser=repmgr\ndbname=repmgr\n");
		await seesAll(["-d", "service=ha"], { PGSERVICEFILE: file });
	});

	test("without TLS", async () => {
		await seesAll(["-d", conninfoOf("node1", "sslmode=disable")]);
	});
});

describe("certificates", () => {
	/** node1's self-signed certificate as the authority. */
	async function rootCertificate(): Promise<string> {
		const { stdout } = await cluster.exec("node1", ["cat", "/etc/ssl/certs/ssl-cert-snakeoil.pem"]);
		const file = join(await bastion.directory(), "root.crt");
		await writeFile(file, stdout);
		return file;
	}

	test("verify-ca accepts a known authority", async () => {
		const status = await bastion.status("node1", [
			"-d",
			conninfoOf("node1", `sslmode=verify-ca sslrootcert=${await rootCertificate()}`),
		]);
		expect(nodeOf(status, "node1").observed.status).toBe("running");
	});

	test("verify-full refuses a certificate for another name, and says so", async () => {
		const { exitCode, stderr } = await bastion.run([
			"status",
			"-d",
			conninfoOf("node1", `sslmode=verify-full sslrootcert=${await rootCertificate()}`),
		]);
		expect(stderr).toMatch(/certificate of node1:5432 was not accepted: .*\nHINT: .*sslrootcert/);
		expect(exitCode).toBe(3);
	});

	test("verify-ca refuses an unknown authority", async () => {
		const file = join(await bastion.directory(), "other.crt");
		const { stdout } = await cluster.exec("node1", [
			"openssl",
			"req",
			"-x509",
			"-newkey",
			"rsa:2048",
			"-nodes",
			"-keyout",
			"/dev/null",
			"-subj",
			"/CN=somebody",
			"-days",
			"1",
		]);
		await writeFile(file, stdout);
		const { exitCode, stderr } = await bastion.run([
			"status",
			"-d",
			conninfoOf("node1", `sslmode=verify-ca sslrootcert=${file}`),
		]);
		expect(stderr).toContain("certificate of node1:5432 was not accepted");
		expect(exitCode).toBe(3);
	});
});

describe("connects by files", () => {
	test("by a repmgr.conf", async () => {
		const { stdout } = await cluster.exec("node3", ["cat", "/etc/repmgr.conf"]);
		const file = join(await bastion.directory(), "repmgr.conf");
		await writeFile(file, stdout);
		await seesAll(["-f", file]);
	});

	test("by the clusters file to a node whose registered address does not resolve here", async () => {
		const [[registered = ""] = []] = await cluster.sql(
			"node1",
			"SELECT conninfo FROM repmgr.nodes WHERE node_id = 3",
		);
		const config = join(await bastion.directory(), "config.yaml");
		await mkdir(join(config, ".."), { recursive: true });
		await writeFile(
			config,
			`clusters:\n  prod:\n    conninfo: "${conninfoOf("node1")}"\n    nodes:\n      node3: {host: node3}\n`,
			{ mode: 0o600 },
		);
		await cluster.sql(
			"node1",
			"UPDATE repmgr.nodes SET conninfo = 'host=elsewhere.invalid user=repmgr dbname=repmgr' WHERE node_id = 3",
		);
		try {
			const lost = await bastion.status("node1");
			expect(nodeOf(lost, "node3").observed).toMatchObject({ status: "unresolved", lagBytes: null });
			// The exit code is 1 because the registered conninfo differs from that of repmgr.conf.
			await seesAll(["--config", config, "--cluster", "prod"], {}, 1);
		} finally {
			await cluster.sql("node1", `UPDATE repmgr.nodes SET conninfo = '${registered}' WHERE node_id = 3`);
		}
	});

	test("without any file or name reports which options name a cluster", async () => {
		const { exitCode, stderr } = await bastion.run(["status"]);
		expect(stderr).toMatch(/no cluster was named[\s\S]*HINT: .*--cluster NAME/);
		expect(exitCode).toBe(64);
	});
});
