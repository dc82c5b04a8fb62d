import { beforeAll, expect, test } from "vitest";
import { barman, installBarman, receiveWal, setUpBarman } from "../barman.ts";
import { ACCESS, HOSTS, operate, rewound } from "./operating.ts";
import { clusterForFile, eventually, NO_FAILOVER, restoredForRetries, scalar } from "./support.ts";

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

async function setUp(): Promise<void> {
	await Promise.all(
		["node1", "node2", "node3"].map((host) => shell(host, `install -d -o postgres ${SPACES} ${SPACES}/fast`)),
	);
	await cluster.sql("node1", `CREATE TABLESPACE fast LOCATION '${SPACES}/fast'`);
	await cluster.sql("node1", "CREATE TABLE quick TABLESPACE fast AS SELECT generate_series(1, 1000) AS n");
	await installBarman(cluster, ["node2", "node3", "node4"]);
	await setUpBarman(cluster, "node4", "node1");
	await barman(cluster, "node4", "backup", "--wait", "--immediate-checkpoint", "pg");
	await writeWal(3);
}

beforeAll(setUp);
restoredForRetries(bastion, setUp);

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

/** In repmgr.conf of node2. */
const nameBarman = () =>
	shell(
		"node2",
		`grep -q barman_host /etc/repmgr.conf || printf '%s\\n' "barman_host='barman@node4'" "barman_server='pg'" "restore_command='${RESTORE}'" >> /etc/repmgr.conf`,
	);

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
	await nameBarman();
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
	await nameBarman();
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
	await nameBarman();
	const { exitCode, stdout, stderr } = await clone("--dry-run");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toContain("which repmgr alone would copy from");
	expect(stdout).toContain("--without-barman");
	expect(stderr).not.toContain("Barman catalogue");
});

/** The first of the files in its pg_wal. */
const oldestOn = (host: string): Promise<string> =>
	scalar(cluster, host, "SELECT min(name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'");

const GONE = /Barman has all from \w+ to (\w+), not (\w+); the oldest in the pg_wal of "node1" is (\w+)\./;

test("WAL since the backup that is nowhere any more is noticed, and a new backup goes onto a new host", async () => {
	await nameBarman();
	await barman(cluster, "node4", "receive-wal", "--stop", "pg");
	await eventually(() => barman(cluster, "node4", "receive-wal", "--drop-slot", "pg"));
	for (let i = 0; i < 3; i++) {
		await cluster.sql("node1", `INSERT INTO written VALUES (${i})`);
		await cluster.sql("node1", "SELECT pg_switch_wal()");
		await cluster.sql("node1", "CHECKPOINT");
	}
	const before = await stateOf("node2");
	const { exitCode, stdout, stderr } = await clone("--method", "barman", "--yes");
	expect(exitCode, stdout + stderr).toBe(2);
	const [, , wanted = "", oldest = ""] = GONE.exec(stderr) ?? [];
	expect(oldest > wanted, stderr).toBe(true);
	expect((await oldestOn("node1")).slice(8)).toBe(oldest);
	expect(await shell("node4", `ls ${WALS}/*`)).not.toContain(wanted);
	expect(stderr).toContain("barman backup --wait pg");
	expect(await stateOf("node2")).toBe(before);

	await barman(cluster, "node4", "receive-wal", "--reset", "pg");
	await receiveWal(cluster, "node4", "node1");
	await barman(cluster, "node4", "backup", "--wait", "--immediate-checkpoint", "pg");
	await cluster.fault("stop-postgres", "node3");
	const gone = await operate(bastion, "unregister", "node3", "--yes");
	expect(gone.exitCode, gone.stdout + gone.stderr).toBe(0);
	await shell("node3", `systemctl stop repmgrd; rm -r ${DATA} ${SPACES}/fast`);
	const made = await bastion.run(["clone", "node3", "--barman", "barman@node4:pg", "--yes", ...ACCESS], {
		timeoutMs: 300_000,
	});
	expect(made.exitCode, made.stdout + made.stderr).toBe(0);
	expect(made.stdout).toMatch(/the copy has all files of backup \d{8}T\d{6}/);
	expect(made.stdout).toContain('start repmgrd on "node3"');
	expect(await scalar(cluster, "node3", "SELECT count(*) FROM quick")).toBe("1000");
	expect(await scalar(cluster, "node3", "SHOW restore_command")).toContain("barman-wal-restore");
	await cluster.waitHealthy(60_000);
});

test("a rejoin fetches the WAL before the fork from Barman, which alone still has it", async () => {
	await nameBarman();
	// The last checkpoint before the fork is in the first of these files.
	await cluster.sql("node1", "CHECKPOINT");
	const wanted = await scalar(
		cluster,
		"node1",
		"SELECT pg_walfile_name(redo_lsn) FROM pg_control_checkpoint()",
	);
	await cluster.sql("node1", "INSERT INTO written VALUES (1)");
	await cluster.sql("node1", "SELECT pg_switch_wal()");
	await cluster.sql("node1", "INSERT INTO written VALUES (2)");
	await cluster.sql("node1", "SELECT pg_switch_wal()");
	await cluster.sql("node2", "ALTER SYSTEM RESET restore_command");
	// Only node2 has the file of the fork on its own timeline: its stop, which switches to another, must not remove it.
	await cluster.sql("node2", "ALTER SYSTEM SET wal_keep_size = '16MB'");
	await cluster.sql("node2", "SELECT pg_reload_conf()");
	await eventually(async () => {
		const waits =
			"SELECT pg_wal_lsn_diff(sent_lsn, replay_lsn) FROM pg_stat_replication WHERE application_name = 'node2'";
		expect(await scalar(cluster, "node1", waits)).toBe("0");
	});
	await cluster.fault("two-primaries", "node2");
	await writeWal(1);
	await eventually(async () => {
		for (const host of HOSTS) {
			await cluster.sql(host, "CHECKPOINT");
			expect((await oldestOn(host)) > wanted, host).toBe(true);
		}
	});
	await cluster.fault("stop-postgres", "node2");
	const said = await rewound(bastion, "node2");
	expect(said).toContain(`${wanted} was fetched: barman`);
	expect(await scalar(cluster, "node2", "SELECT status FROM pg_stat_wal_receiver")).toBe("streaming");
});
