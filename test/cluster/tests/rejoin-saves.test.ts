import { expect, test } from "vitest";
import type { OwnCommits } from "../../../src/model/own-wal.ts";
import { segmentName, segmentNumber } from "../../../src/model/wal-file.ts";
import { expectHealthy, rewound, operate as run } from "./operating.ts";
import { clusterForFile, eventually, scalar } from "./support.ts";

/** node1 is the primary at first. */
const bastion = clusterForFile({ reconnect_attempts: 2, reconnect_interval: 1 });
const { cluster } = bastion;

const operate = (...args: string[]) => run(bastion, ...args);
const DATA = "/var/lib/postgresql/15/main";

/** Runs sh as root. */
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text])).stdout.trim();

async function done(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args);
	expect(exitCode, stdout + stderr).toBe(0);
	return stdout;
}

/** What a refusal or a dry run says that only the node has. */
async function own(...args: string[]): Promise<OwnCommits> {
	const { stdout, stderr } = await operate(...args, "--json");
	const { refusal, plan } = JSON.parse(stdout || stderr);
	return (refusal ?? plan).ownCommits;
}

/** Writes rows, each in a transaction of its own, and records their ids: one of them has two subtransactions, one is rolled back. */
async function write(host: string, table: string, count: number): Promise<readonly number[]> {
	await cluster.sql(host, `CREATE TABLE IF NOT EXISTS ${table} (i int)`, { database: "repmgr" });
	const xids: number[] = [];
	for (let i = 0; i < count; i++) {
		const statement = `WITH w AS (INSERT INTO ${table} VALUES (${i})) SELECT txid_current()`;
		xids.push(Number(await scalar(cluster, host, statement)));
	}
	await cluster.sql(host, `BEGIN; INSERT INTO ${table} VALUES (-1); ROLLBACK`, { database: "repmgr" });
	return xids;
}

/** Those that touched no table of repmgr or the catalogs alone. */
const ofWriter = ({ list }: OwnCommits): readonly number[] =>
	list
		.filter(({ relations }) => relations.some((table) => !/\.(?:pg_catalog|pg_toast|repmgr)\./.test(table)))
		.map(({ xid }) => xid);

async function failedOver(to: string): Promise<void> {
	await eventually(async () => expect(await scalar(cluster, to, "SELECT pg_is_in_recovery()")).toBe("f"));
	await eventually(async () =>
		expect(
			await scalar(cluster, to, "SELECT count(*) FROM repmgr.nodes WHERE type = 'primary' AND active"),
		).toBe("1"),
	);
	// The other standby, too, before the old primary is back: it would receive from that again.
	await eventually(async () =>
		expect(
			await scalar(cluster, to, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"),
		).toBe("1"),
	);
}

/** The ids of commits by pg_waldump over a saved directory, by the command that its list names. */
async function replayable(host: string, stdout: string): Promise<readonly number[]> {
	const [, path = ""] = /is saved on "\w+" in (\S+),/.exec(stdout) ?? [];
	const command = await shell(host, `sed -n 's/^# *\\(pg_waldump .*\\)/\\1/p' ${path}/commits.txt`);
	const dump = await shell(host, `cd ${path}; /usr/lib/postgresql/15/bin/${command} 2>/dev/null || true`);
	return [...dump.matchAll(/tx: +(\d+),.* desc: COMMIT /g)].map(([, xid]) => Number(xid));
}

test("after a network cut with commits on both sides, the list is what a writer recorded, and the saved WAL has it", async () => {
	await cluster.fault("cut", "node1");
	const early = await write("node1", "lost", 4);
	await cluster.sql("node1", "SELECT pg_switch_wal()");
	const xids = [...early, ...(await write("node1", "lost", 2))];
	await failedOver("node2");
	await write("node2", "kept", 1);
	await cluster.heal("cut", "node1");

	const running = await own("rejoin", "node1");
	expect(running.unread).toBeNull();
	expect(
		running.list.filter(({ relations }) => relations.includes("repmgr.public.lost")).map(({ xid }) => xid),
	).toEqual(xids);
	await done("stop", "node1", "--yes");
	const commits = await own("rejoin", "node1");
	expect(ofWriter(commits)).toEqual(xids);
	expect(commits.unread).toBeNull();

	// Only the node ever had the file with its last commit.
	const lsn = commits.list.at(-1)?.lsn ?? "";
	const name = segmentName(1, segmentNumber(lsn, 2 ** 24) ?? 0n, 2 ** 24);
	const sums = `cd ${DATA}; find . -type f ! -name ${name} | sort | xargs sha256sum | sha256sum`;
	const before = await shell("node1", sums);
	await shell("node1", `install -d -o postgres /srv/archive; mv ${DATA}/pg_wal/${name} /srv/archive/`);
	const refused = await operate("rejoin", "node1", "--force-rewind", "--yes", "--accept-loss", "unknown");
	expect([refused.exitCode, refused.stderr]).toEqual([
		2,
		expect.stringMatching(new RegExp(`${name} is neither in its pg_wal nor in the archive[^]*clone node1`)),
	]);
	expect(await shell("node1", sums)).toBe(before);
	const conf = "/etc/postgresql/15/main/conf.d/restore.conf";
	await shell("node1", `echo "restore_command = 'cp /srv/archive/%f %p'" > ${conf}`);

	const said = await rewound(bastion, "node1");
	expect(said).toContain(`${name} was fetched: archive`);
	expect(await replayable("node1", said)).toEqual(commits.list.map(({ xid }) => xid));
	expect(await scalar(cluster, "node1", "SELECT to_regclass('lost') IS NULL")).toBe("t");
	await expectHealthy(cluster);
});

test("after a crash, the transactions are known as well, and what recovery removes is put back for pg_rewind", async () => {
	await cluster.fault("kill-postgres", "node2");
	await failedOver("node1");
	// In single-user mode it recovers, writes what no other node has, and is killed.
	await shell(
		"node2",
		`cd /; { for i in 1 2 3; do echo "INSERT INTO kept VALUES ($i)"; done; sleep 5; } | runuser -u postgres -- timeout -s KILL 4 /usr/lib/postgresql/15/bin/postgres --single -D ${DATA} -c config_file=/etc/postgresql/15/main/postgresql.conf repmgr >/dev/null 2>&1 || true`,
	);
	const commits = await own("rejoin", "node2");
	expect(commits.unread).toBeNull();
	expect(ofWriter(commits)).toHaveLength(3);
	const said = await rewound(bastion, "node2", "--dump");
	expect(said).toContain("--single");
	// What the rewind discards is there as SQL, too, for nobody but the owner, and no server is left from that.
	const [, dump = ""] = /dumped into (\S+)/.exec(said) ?? [];
	expect(await shell("node2", `stat -c '%U %a' ${dump}`)).toBe("postgres 600");
	const rows = await shell("node2", `zcat ${dump} | sed -n '/^COPY public.kept /,/^\\\\\\./p'`);
	expect(rows.split("\n").slice(-4)).toEqual(["1", "2", "3", "\\."]);
	expect(
		await shell("node2", "ls -d ~postgres/.local/state/repmgr-console/alone.* 2>/dev/null | wc -l"),
	).toBe("0");
	expect(await replayable("node2", said)).toEqual(commits.list.map(({ xid }) => xid));
	await expectHealthy(cluster);
});

test("a rewind that was killed leaves a directory that no operation starts, and that a finding names", async () => {
	await cluster.fault("cut", "node1");
	await cluster.sql(
		"node1",
		"CREATE TABLE big AS SELECT repeat('x', 1000) t FROM generate_series(1, 30000)",
		{
			database: "repmgr",
		},
	);
	await failedOver("node2");
	await cluster.sql(
		"node2",
		"CREATE TABLE big2 AS SELECT repeat('y', 1000) t FROM generate_series(1, 60000)",
		{
			database: "repmgr",
		},
	);
	await cluster.heal("cut", "node1");
	await done("stop", "node1", "--yes");
	await shell(
		"node1",
		`setsid sh -c 'touch /tmp/before; until pgrep -x pg_rewind >/dev/null && [ -n "$(find ${DATA}/base -newer /tmp/before -type f -size +1000k | head -n 1)" ]; do sleep 0.01; done; pkill -9 -x pg_rewind' >/dev/null 2>&1 &`,
	);
	const again = ["rejoin", "node1", "--force-rewind", "--yes"];
	const [, loss = ""] = /--accept-loss (\w+)/.exec((await operate(...again)).stderr) ?? [];
	const broken = await operate(...again, "--accept-loss", loss);
	expect(broken.exitCode, broken.stdout + broken.stderr).toBe(1);
	expect(broken.stdout).toContain("executing pg_rewind");
	for (const words of [["start"], ["rejoin", "--force-rewind"]]) {
		const [command = "", ...options] = words;
		const refused = await operate(command, "node1", ...options, "--yes");
		expect(refused.exitCode).toBe(2);
		expect(refused.stderr).toMatch(
			/the data directory of "node1" is whole[\s\S]*pages of two servers[\s\S]*clone node1/,
		);
	}
	const status = await operate("status", "--json");
	expect(status.stdout).toContain('"HALF_REWOUND"');
});
