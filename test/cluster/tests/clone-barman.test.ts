import { beforeAll, expect, test } from "vitest";
import { barman, installBarman, setUpBarman } from "../barman.ts";
import { ACCESS } from "./operating.ts";
import { clusterForFile, eventually, NO_FAILOVER, scalar } from "./support.ts";

/** node1 is the primary, and the host of the witness has Barman. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const PARENT = "/var/lib/postgresql/15";
const DATA = `${PARENT}/main`;
const SPACES = "/var/lib/postgresql/spaces";
const WALS = "/var/lib/barman/pg/wals";

/** Runs sh as root. */
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text])).stdout.trim();

/** Fills WAL files, which Barman then has; the primary recycles its own at the next checkpoint. */
async function writeWal(files: number): Promise<void> {
	await cluster.sql("node1", "CREATE TABLE IF NOT EXISTS written (n int)");
	let last = "";
	for (let i = 0; i < files; i++) {
		await cluster.sql("node1", `INSERT INTO written VALUES (${i})`);
		last = await scalar(cluster, "node1", "SELECT pg_walfile_name(pg_switch_wal())");
	}
	await cluster.sql("node1", "CHECKPOINT");
	await eventually(async () => {
		await barman(cluster, "node4", "archive-wal", "pg");
		expect(await shell("node4", `ls ${WALS}/*`)).toContain(last);
	});
}

const RESTORE = "barman-wal-restore -U barman node4 pg %f %p";

beforeAll(async () => {
	await Promise.all(
		["node1", "node2", "node3"].map((host) => shell(host, `install -d -o postgres ${SPACES} ${SPACES}/fast`)),
	);
	await cluster.sql("node1", `CREATE TABLESPACE fast LOCATION '${SPACES}/fast'`);
	await cluster.sql("node1", "CREATE TABLE quick TABLESPACE fast AS SELECT generate_series(1, 1000) AS n");
	await installBarman(cluster, ["node2", "node4"]);
	await setUpBarman(cluster, "node4", "node1");
	await barman(cluster, "node4", "backup", "--wait", "--immediate-checkpoint", "pg");
	await writeWal(3);
});

/** What must not change unless a clone succeeds. repmgr leaves what its calls of Barman said in /tmp, also after a dry run. */
async function stateOf(host: string): Promise<string> {
	const slots = "SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots";
	return [
		await shell(
			host,
			`ls ${PARENT} ${SPACES}; stat -c "%n %i" ${DATA} ${SPACES}/fast; cd ${DATA}; md5sum PG_VERSION postgresql.auto.conf base/1/1255; ls /tmp ~postgres | grep -v repmgr_command`,
		),
		await scalar(cluster, host, "SELECT pg_postmaster_start_time()"),
		await scalar(cluster, "node1", slots),
		await shell("node4", "ls /var/lib/barman /var/lib/barman/pg /var/lib/barman/pg/base /tmp"),
	].join("\n");
}

/** Python over SSH takes its time on a busy machine, and there is one for each WAL file. */
const clone = (...more: string[]) =>
	bastion.run(["clone", "node2", ...more, ...ACCESS], { timeoutMs: 300_000 });

test("the dry run says what Barman has, and changes nothing there or here", async () => {
	const before = await stateOf("node2");
	const { exitCode, stdout, stderr } = await clone("--barman", "barman@node4:pg", "--dry-run");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toMatch(/its newest backup is complete: \d{8}T\d{6} is DONE/);
	expect(stdout).toMatch(/the WAL since the backup is there without a gap: Barman has all from/);
	expect(stdout).toMatch(/the new server gets "\/usr\/bin\/barman-wal-restore -U barman node4 pg %f %p"/);
	expect(stdout).toContain("barman_host='barman@node4'");
	expect(stdout).not.toContain("--without-barman");
	expect(stderr).toContain('valid backup for server "pg" found in the Barman catalogue');
	expect(stderr).toContain('all prerequisites for "standby clone" are met');
	expect(await stateOf("node2")).toBe(before);
});

test("a standby is cloned from Barman, gets WAL from it, and streams", async () => {
	await shell(
		"node2",
		`printf '%s\\n' "barman_host='barman@node4'" "barman_server='pg'" "restore_command='${RESTORE}'" >> /etc/repmgr.conf`,
	);
	const written = await scalar(cluster, "node1", "SELECT count(*) FROM written");
	const { exitCode, stdout, stderr } = await clone("--method", "barman", "--yes");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toMatch(/the copy has all files of backup \d{8}T\d{6}/);
	expect(stdout).toMatch(/the old directory is kept as \S+main\.old-/);
	expect(await scalar(cluster, "node2", "SHOW restore_command")).toBe(RESTORE);
	expect(await scalar(cluster, "node2", "SELECT count(*) FROM written")).toBe(written);
	expect(await scalar(cluster, "node2", "SELECT count(*) FROM quick")).toBe("1000");
	expect(await shell("node2", `readlink ${DATA}/pg_tblspc/*; ls ${PARENT} | grep console || true`)).toBe(
		`${SPACES}/fast`,
	);
	expect(
		await shell("node2", "grep -c 'restored log file' /var/log/postgresql/postgresql-15-main.log"),
	).not.toBe("0");
	const slots = "SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots WHERE active";
	expect(await scalar(cluster, "node1", slots)).toBe("barman repmgr_slot_2 repmgr_slot_3");
	await shell("node2", `rm -r ${PARENT}/main.old-* ${SPACES}/fast.old-*`);
	await cluster.waitHealthy(60_000);
});

test("a file that rsync could not copy is noticed, although repmgr says that the clone is complete", async () => {
	const before = await stateOf("node2");
	const file = await shell("node4", "ls /var/lib/barman/pg/base/*/data/base/1/1255");
	await shell("node4", `chmod 000 ${file}`);
	const { exitCode, stdout, stderr } = await clone("--method", "barman", "--yes");
	await shell("node4", `chmod 600 ${file}`);
	expect(exitCode, stdout + stderr).toBe(1);
	expect(stdout).toContain("standby clone (from Barman) complete");
	expect(stdout).toContain("rsync has not copied everything: base/1/1255");
	expect(stdout).toMatch(/removed \S+repmgr-console/);
	expect(await stateOf("node2")).toBe(before);
});

test("where repmgr.conf names Barman, pg_basebackup is used unless it is asked for, and the plan says so", async () => {
	const { exitCode, stdout, stderr } = await clone("--dry-run");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toContain("which repmgr alone would copy from");
	expect(stdout).toContain("--without-barman");
	expect(stderr).not.toContain("Barman catalogue");
});
