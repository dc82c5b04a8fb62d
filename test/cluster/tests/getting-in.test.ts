import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { run } from "../command.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	NO_FAILOVER,
	nodeOf,
	type StatusDocument,
} from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** The default of --wait: no status takes longer, whatever is cut off. */
const WAIT_MS = 10_000;

/** Writes a clusters file with this text; returns its path. */
async function clustersFile(text: string): Promise<string> {
	const path = join(await bastion.directory(), "config.yaml");
	await writeFile(path, text, { mode: 0o600 });
	return path;
}

/** The bastion's home, by the path that programs there use. */
const inHome = (path: string): string => join(userInfo().homedir, path);

describe("the given node is cut off", () => {
	let state = "";

	beforeAll(async () => {
		state = await bastion.directory();
		const first = await bastion.run(["status", "-d", conninfoOf("node1")], { state });
		expect(first.exitCode).toBe(0);
		await cluster.fault("cut", "node1");
		return async () => {
			await cluster.heal("cut", "node1");
			await cluster.waitHealthy();
		};
	});

	/** On a busy machine one status may report that a node was not read in time; the next one must not. */
	const opens = (args: readonly string[], directory?: string): Promise<void> =>
		eventually(async () => await opensAtOnce(args, directory));

	async function opensAtOnce(args: readonly string[], directory?: string): Promise<void> {
		const slackMs = await bastion.slackMs();
		const { exitCode, stdout, stderr, milliseconds } = await bastion.run(
			["status", "--json", ...args],
			directory === undefined ? {} : { state: directory },
		);
		expect(stderr).toBe("");
		// Nothing proves that the primary is down until the standbys' repmgrds miss it, too.
		expect([2, 3]).toContain(exitCode);
		const status = JSON.parse(stdout) as StatusDocument;
		expect(status.nodes.map(({ observed }) => observed.status)).toEqual([
			"unreachable",
			expect.stringMatching(/^(streaming|detached)$/),
			expect.stringMatching(/^(streaming|detached)$/),
			"running",
		]);
		expect(nodeOf(status, "node2").observed).toMatchObject({ role: "standby", timeline: 1, lagBytes: null });
		expect(milliseconds).toBeLessThan(WAIT_MS + slackMs);
	}

	test("finds the other nodes remembered from the last run", async () => {
		await opens(["-d", conninfoOf("node1")], state);
	});

	test("finds remembered nodes when the last run was given another node", async () => {
		const other = await bastion.directory();
		await bastion.run(["status", "-d", conninfoOf("node2")], { state: other });
		await opens(["-d", conninfoOf("node1")], other);
	});

	test("finds the other nodes in the configuration file", async () => {
		const config = await clustersFile(
			`clusters:\n  prod:\n    conninfo: "${conninfoOf("node1")}"\n    nodes:\n      node2: {host: node2}\n      3: {host: node3}\n`,
		);
		await opens(["--config", config, "--cluster", "prod"]);
	});

	test("tries all hosts of the conninfo", async () => {
		await opens(["-d", conninfoOf("node1,node3")]);
		await opens(["-d", "postgresql://repmgr@node1:5432,node2:5432/repmgr"]);
	});

	test("without any other node says what failed and what to check", async () => {
		const slackMs = await bastion.slackMs();
		const { exitCode, stdout, stderr, milliseconds } = await bastion.run([
			"status",
			"-d",
			conninfoOf("node1"),
		]);
		expect(exitCode).toBe(3);
		expect(stdout).toBe("");
		expect(stderr).toMatch(/^repmgr-console: error: (no answer from|no route to) node1:5432$/m);
		expect(stderr).toMatch(/^HINT: {2}Check the address, the network, and firewalls on the way\.$/m);
		expect(milliseconds).toBeLessThan(WAIT_MS + slackMs);
	});
});

interface BadInput {
	readonly name: string;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly exitCode: number;
	readonly message: RegExp;
	readonly hint: RegExp;
}

const MISTAKES: readonly BadInput[] = [
	{
		name: "a host that does not exist",
		args: ["-d", conninfoOf("nosuchhost")],
		exitCode: 3,
		message: /^the name "nosuchhost" is not resolved$/m,
		hint: /getent ahosts nosuchhost/,
	},
	{
		name: "a wrong port",
		args: ["-d", conninfoOf("node1", "port=5433")],
		exitCode: 3,
		message: /^connection to node1:5433 refused$/m,
		hint: /Check that PostgreSQL runs there, its listen_addresses, and the port\./,
	},
	{
		name: "an unused address",
		args: ["-d", conninfoOf("10.99.254.254")],
		exitCode: 3,
		message: /^no (route to|answer from) 10\.99\.254\.254:5432$/m,
		hint: /Check the address/,
	},
	{
		name: "a wrong password",
		args: ["-d", conninfoOf("node1", "password=Wr0ng")],
		exitCode: 3,
		message: /^password authentication failed for user "repmgr"$/m,
		hint: /Check the password in the conninfo/,
	},
	{
		name: "no password",
		args: ["-d", conninfoOf("node1")],
		env: { PGPASSFILE: "/nonexistent" },
		exitCode: 3,
		message: /^server at node1:5432 asks for a password of user "[^"]+", and none is known$/m,
		hint: /looked for in \/nonexistent .*The line it needs: node1:5432:repmgr:repmgr:PASSWORD/,
	},
	{
		name: "a database that does not exist",
		args: ["-d", "host=node1 user=repmgr dbname=nosuchdb"],
		exitCode: 3,
		message: /^database "nosuchdb" does not exist$/m,
		hint: /dbname=/,
	},
	{
		name: "a database without the extension",
		args: ["-d", "host=node1 user=repmgr dbname=postgres"],
		exitCode: 3,
		message: /^database "postgres" has no extension "repmgr"$/m,
		hint: /dbname=.*repmgr primary register/,
	},
	{
		name: "an empty repmgr.nodes",
		args: ["-d", "host=node1 user=repmgr dbname=emptyone"],
		exitCode: 3,
		message: /^repmgr\.nodes in database "emptyone" is empty$/m,
		hint: /repmgr primary register/,
	},
	{
		name: "a user without rights",
		args: ["-d", "host=node1 user=plain dbname=repmgr"],
		exitCode: 3,
		message: /^permission denied for repmgr\.nodes in database "repmgr"$/m,
		hint: /GRANT USAGE ON SCHEMA repmgr/,
	},
	{
		name: "an unknown conninfo keyword",
		args: ["-d", "host=node1 usr=repmgr"],
		exitCode: 64,
		message: /^invalid connection option "usr"$/m,
		hint: /keyword=value/,
	},
	{
		name: "a conninfo that does not end",
		args: ["-d", "host=node1 password='abc"],
		exitCode: 64,
		message: /^unterminated quoted string in connection info string$/m,
		hint: /quote a value/,
	},
	{
		name: "a URI with a wrong port",
		args: ["-d", "postgresql://node1:99999/repmgr"],
		exitCode: 64,
		message: /^invalid port number: "99999"$/m,
		hint: /./,
	},
	{
		name: "no cluster named",
		args: [],
		exitCode: 64,
		message: /^no cluster was named$/m,
		hint: /Give a conninfo of any node/,
	},
	{
		name: "an unknown option",
		args: ["--jason"],
		exitCode: 64,
		message: /^unknown option '--jason'$/m,
		hint: /Did you mean --json\?/,
	},
];

describe("reports an operator's mistake", () => {
	beforeAll(async () => {
		await cluster.sql("node1", "CREATE DATABASE emptyone");
		await cluster.sql("node1", "CREATE EXTENSION repmgr", { database: "emptyone" });
	});

	test.each(MISTAKES)("$name", async ({ args, env = {}, exitCode, message, hint }) => {
		const result = await bastion.run(["status", ...args], { env });
		const lines = result.stderr.replaceAll("repmgr-console: error: ", "");
		expect(lines).toMatch(message);
		expect(lines).toMatch(/^HINT: {2}/m);
		expect(lines).toMatch(hint);
		expect(lines).not.toMatch(/Wr0ng|\bat .*\.mjs|Error:/);
		expect(result.stdout).toBe("");
		expect(result.exitCode).toBe(exitCode);
	});

	test("reports a fault of all nodes once, also when the nodes are remembered", async () => {
		const state = await bastion.directory();
		await eventually(async () => {
			const first = await bastion.run(["status", "-d", conninfoOf("node1")], { state });
			expect(first.exitCode, first.stdout + first.stderr).toBeLessThanOrEqual(1);
		});
		const wrong = await bastion.run(["status", "-d", conninfoOf("node1", "password=Wr0ng")], { state });
		expect(wrong.exitCode, wrong.stderr).toBe(3);
		expect(wrong.stdout, wrong.stderr).toMatch(/^node3: password authentication failed for user "repmgr"$/m);
		expect(wrong.stdout.match(/^HINT: {2}.*Check the password in the conninfo/gm)).toHaveLength(1);
		const database = await bastion.run(["status", "-d", "host=node1 user=repmgr dbname=postgres"], { state });
		expect(database.stdout).toMatch(/^all nodes: .*has no extension "repmgr".*dbname=/m);
		expect(database.stdout).not.toMatch(/grant SELECT/);
	});

	test("does not use a password file that others can read, and says so", async () => {
		const passfile = join(await bastion.directory(), "pgpass");
		await writeFile(passfile, "*:*:*:repmgr:repmgr-secret\n");
		await chmod(passfile, 0o644);
		const args = ["status", "-d", conninfoOf("node1", `passfile=${passfile}`)];
		const refused = await bastion.run(args);
		expect(refused.exitCode).toBe(3);
		expect(refused.stderr).toMatch(/^DETAIL: {2}password file ".*pgpass" has group or world access/m);
		await chmod(passfile, 0o600);
		// repmgrds that hang after a network cut are a warning until they are restarted.
		const used = await bastion.run(args);
		expect([0, 1], used.stderr).toContain(used.exitCode);
	});

	test("a node whose pg_hba.conf rejects the bastion is rejecting us, not down", async () => {
		await cluster.fault("wrong-hba", "node2");
		try {
			const { stdout } = await bastion.run(["status", "-d", conninfoOf("node1")]);
			expect(stdout).toMatch(/node2 +\(standby\) +rejecting /);
			expect(stdout).toMatch(/^node2: pg_hba\.conf rejects connection for host .*repmgr/m);
			expect(stdout).toMatch(/^HINT: {2}.*pg_hba\.conf/m);
			const given = await bastion.run(["status", "-d", conninfoOf("node2")]);
			expect(given.exitCode).toBe(3);
			expect(given.stderr).toMatch(/error: pg_hba\.conf rejects connection for host/);
		} finally {
			await cluster.heal("wrong-hba", "node2");
		}
	});

	test("shows broken YAML, unknown keys and unknown clusters with their line", async () => {
		const broken = await clustersFile("clusters:\n  prod: [\n");
		const check = await bastion.run(["config", "check", "--config", broken]);
		expect(check.exitCode).toBe(78);
		expect(check.stderr).toMatch(/config\.yaml:\d+:\d+: broken YAML: /);
		const status = await bastion.run(["status", "--config", broken, "--cluster", "prod"]);
		expect(status).toMatchObject({ exitCode: 78, stderr: check.stderr });

		const unknown = await clustersFile('clusters:\n  prod:\n    conninfo: "host=node1"\n    nods: {}\n');
		const misspelt = await bastion.run(["status", "--config", unknown, "--cluster", "prod"]);
		expect(misspelt.exitCode).toBe(78);
		expect(misspelt.stderr).toMatch(
			/config\.yaml:4:5: unknown key "nods"\nDETAIL: .*\nHINT: {2}Did you mean "nodes"\?/,
		);

		const fine = await clustersFile(`clusters:\n  prod:\n    conninfo: "${conninfoOf("node1")}"\n`);
		const other = await bastion.run(["status", "--config", fine, "--cluster", "prd"]);
		expect(other.exitCode).toBe(64);
		expect(other.stderr).toMatch(/cluster "prd" is not in configuration file[\s\S]*Did you mean "prod"\?/);
		const right = await bastion.run(["status", "--config", fine, "--cluster", "prod"]);
		expect([0, 1], right.stderr).toContain(right.exitCode);
	});
});

describe("SSH to the host of a stopped server", () => {
	const home = (path: string): string => join(cluster.bastionHome, path);
	const key = ".ssh/id_ed25519";

	beforeAll(async () => {
		await cluster.waitHealthy();
		await cluster.fault("stop-postgres", "node2");
		return async () => await cluster.heal("stop-postgres", "node2");
	});

	/** The status of node2, and the only notice apart from that about our role. */
	async function look(args: readonly string[] = []): Promise<{ status: string; notice: string }> {
		const status = await bastion.status("node1", args);
		const notices = status.notices.filter((notice) => !notice.includes("superuser"));
		expect(notices.length).toBeLessThanOrEqual(1);
		return { status: nodeOf(status, "node2").observed.status, notice: notices[0] ?? "" };
	}

	/** On a busy machine SSH may answer later than a status waits for it: tries again. */
	async function expectLook(args: readonly string[], wanted: unknown): Promise<void> {
		await eventually(async () => expect(await look(args)).toEqual(wanted));
	}

	async function without(path: string, work: () => Promise<void>): Promise<void> {
		await rename(home(path), home(`${path}.away`));
		try {
			await work();
		} finally {
			await rename(home(`${path}.away`), home(path));
		}
	}

	test("as postgres reads that the server is stopped", async () => {
		await expectLook([], { status: "stopped", notice: "" });
	});

	test("as another user with sudo to postgres reads the same", async () => {
		await expectLook(["--ssh-user", "dba"], { status: "stopped", notice: "" });
	});

	test("reports a sudo that asks for a password", async () => {
		await expectLook(["--ssh-user", "nosudo"], {
			status: "refusing",
			notice: expect.stringMatching(
				/^(?:node2|all nodes): host not read: sudo on (?:it|"node2") asks for a password\. .*nosudo.*NOPASSWD/,
			),
		});
	});

	test("reports a user who may not log in", async () => {
		await expectLook(["--ssh-user", "nobody"], {
			status: "refusing",
			notice: expect.stringMatching(
				/ssh server on (?:it|"node2") does not let "nobody" in\. .*authorized_keys/,
			),
		});
	});

	test("reports a wrong port", async () => {
		await expectLook(["--ssh-port", "2222"], {
			status: "refusing",
			notice: expect.stringMatching(/nothing accepts ssh connections on (?:it|"node2")\. .*--ssh-port/),
		});
	});

	test("reports that sshd does not run", async () => {
		await cluster.fault("reject-ssh", "node2");
		try {
			await expectLook([], {
				status: "refusing",
				notice: expect.stringMatching(
					/nothing accepts ssh connections on (?:it|"node2")\. .*sshd runs there/,
				),
			});
		} finally {
			await cluster.heal("reject-ssh", "node2");
		}
	});

	test("refuses an unknown host key, and accepts it only on request", async () => {
		await without(".ssh/known_hosts", async () => {
			await expectLook([], {
				status: "refusing",
				notice: expect.stringMatching(
					/host key of (?:it|"node2") is not known\. .*SHA256:.*ssh-keyscan .*--accept-new-host-keys/,
				),
			});
			await expectLook(["--accept-new-host-keys"], { status: "stopped", notice: "" });
			await expectLook([], { status: "stopped", notice: "" });
		});
	});

	test("never accepts a changed host key", async () => {
		const other = join(await bastion.directory(), "other");
		await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other]);
		const { stdout } = await run(["ssh-keygen", "-y", "-f", other]);
		await without(".ssh/known_hosts", async () => {
			await writeFile(home(".ssh/known_hosts"), `node2 ${stdout}`);
			await expectLook(["--accept-new-host-keys"], {
				status: "refusing",
				notice: expect.stringMatching(
					/host key of (?:it|"node2") has changed\. .*known_hosts:1.*ssh-keygen -R node2/,
				),
			});
		});
	});

	test("reports a key file that does not exist", async () => {
		await expectLook(["--identity", "/nonexistent/key"], {
			status: "refusing",
			notice: expect.stringMatching(/private key "\/nonexistent\/key" does not exist/),
		});
	});

	test("reports a key file that can't be read", async () => {
		await without(key, async () => {
			// Root may read every file, but can't read a directory as one.
			await mkdir(home(key));
			try {
				await expectLook([], {
					status: "refusing",
					notice: expect.stringMatching(
						/private key ".*id_ed25519" can't be read\. .*Check the owner and the mode/,
					),
				});
			} finally {
				await run(["rmdir", home(key)]);
			}
		});
	});

	test("refuses an encrypted key that no agent holds", async () => {
		await without(key, async () => {
			await run(["cp", home(`${key}.away`), home(key)]);
			await run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", home(key)]);
			await expectLook([], {
				status: "refusing",
				notice: expect.stringMatching(
					new RegExp(`private key "${inHome(key)}" is encrypted\\. .*SSH_AUTH_SOCK.*ssh-add ${inHome(key)}`),
				),
			});
		});
	});

	test("says once that SSH is off, and what stays unknown", async () => {
		await expectLook(["--no-ssh"], {
			status: "refusing",
			notice: "SSH is off: disks, clocks and the cause of a silent server stay unknown",
		});
	});
});
