import { beforeAll, expect, test } from "vitest";
import { ACCESS, HOSTS, operate, PATIENT, primaryOf } from "./operating.ts";
import { clusterForFile, eventually, NO_FAILOVER, scalar } from "./support.ts";

/** node1 is the primary. repmgrd's failover would take part otherwise, while the primary is killed. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const PARENT = "/var/lib/postgresql/15";
const DATA = `${PARENT}/main`;

/** Runs sh as root. */
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text])).stdout.trim();

/** All nodes have a tablespace, and node2 has its WAL elsewhere: everything below goes for these, too. */
const [SPACES, WALS] = ["/var/lib/postgresql/spaces", "/var/lib/postgresql/wals"];
const LINKS = `readlink ${DATA}/pg_wal; readlink ${DATA}/pg_tblspc/*`;

beforeAll(async () => {
	await Promise.all(
		HOSTS.map((host) => shell(host, `install -d -o postgres ${SPACES} ${SPACES}/fast ${WALS}`)),
	);
	await cluster.sql("node1", `CREATE TABLESPACE fast LOCATION '${SPACES}/fast'`);
	await cluster.sql("node1", "CREATE TABLE quick TABLESPACE fast AS SELECT generate_series(1, 1000) AS n");
	await cluster.fault("stop-postgres", "node2");
	await shell(
		"node2",
		`mv ${DATA}/pg_wal ${WALS}/main; runuser -u postgres -- ln -s ${WALS}/main ${DATA}/pg_wal`,
	);
	await cluster.heal("stop-postgres", "node2");
	await cluster.waitHealthy(60_000);
});

/** What must not change unless a clone succeeds: directories, checksums, the server's start, slots there and on the primary. */
async function stateOf(host: string): Promise<string> {
	const slots = "SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots";
	return [
		await shell(
			host,
			`ls ${PARENT} ${SPACES} ${WALS}; ${LINKS}; stat -c "%n %i" ${SPACES}/fast/PG_15*/*/*; cd ${DATA}; md5sum PG_VERSION backup_label.old postgresql.auto.conf base/1/1255; ls /tmp ~postgres`,
		),
		await shell(
			host,
			`/usr/lib/postgresql/15/bin/pg_controldata ${DATA} | grep -E 'cluster state|system identifier'`,
		),
		await scalar(cluster, host, "SELECT pg_postmaster_start_time()"),
		await scalar(cluster, "node1", slots),
	].join("\n");
}

const WAIT_FOR_COPY = `n=0; until [ -d ${DATA}.repmgr-console/new/base ]; do n=$((n + 1)); [ $n -lt 400 ]; sleep 0.1; done`;

const slowly = (rate: string): readonly string[] => [
	"clone",
	"node2",
	"--max-rate",
	rate,
	"--yes",
	...ACCESS,
];

/** Begins a slow clone of node2, and does something while it copies. */
async function duringClone(rate: string, meanwhile: () => Promise<unknown>) {
	const going = bastion.run(slowly(rate), PATIENT);
	await shell("node2", WAIT_FOR_COPY);
	await meanwhile();
	return await going;
}

test("the dry run says how long, how much and by which commands, and changes nothing on the hosts", async () => {
	const before = await stateOf("node2");
	const { exitCode, stdout, stderr } = await operate(
		bastion,
		"clone",
		"node2",
		"--max-rate",
		"1M",
		"--dry-run",
	);
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toMatch(/how long the copy will take: About \d+ s for \d+ MB at 1\.0 MB\/s/);
	expect(stdout).toContain(`mv -T ${DATA}.repmgr-console/new ${DATA}`);
	expect(stderr).toContain('all prerequisites for "standby clone" are met');
	expect(await stateOf("node2")).toBe(before);
});

test("is refused while no walsender is free on the upstream, with what to do", async () => {
	// Two of ten are the standbys'.
	await shell(
		"node3",
		`for i in 1 2 3 4 5 6 7 8; do systemd-run -q --uid=postgres --unit=taken-$i sh -c 'sleep 600 | psql "host=node1 user=repmgr replication=1"'; done`,
	);
	await eventually(async () => {
		const { exitCode, stderr } = await operate(bastion, "clone", "node2", "--dry-run");
		expect([exitCode, stderr]).toEqual([
			2,
			expect.stringMatching(/psql says: .*max_wal_senders[\s\S]*HINT:.*End base backups/),
		]);
	});
	await shell("node3", "systemctl stop 'taken-*'");
});

test("a standby is cloned from the primary, and its old directories are kept", async () => {
	const before = await shell(
		"node2",
		`cat ${DATA}/PG_VERSION; stat -c %i ${DATA} ${SPACES}/fast ${WALS}/main`,
	);
	const { exitCode, stdout, stderr } = await operate(bastion, "clone", "node2", "--max-rate", "8M", "--yes");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toMatch(/^ {2}(?:copies|waits for|counts|begins)/m);
	const [fast = "", wal = "", main = "", ...more] = [
		...stdout.matchAll(/the old directory is kept as (\S+)/g),
	].map(([, name = ""]) => name);
	expect(more).toEqual([]);
	expect(main).toMatch(/main\.old-\d{8}T\d{6}Z$/);
	expect(await shell("node2", `cat ${main}/PG_VERSION; stat -c %i ${main} ${fast} ${wal}`)).toBe(before);
	expect(await shell("node2", `${LINKS}; readlink ${main}/pg_wal; readlink ${main}/pg_tblspc/*`)).toBe(
		[`${WALS}/main`, `${SPACES}/fast`, wal, fast].join("\n"),
	);
	expect(await scalar(cluster, "node2", "SELECT count(*) FROM quick")).toBe("1000");
	expect(await shell("node2", `ls ${PARENT} ${SPACES} ${WALS} | grep console || true`)).toBe("");
	expect(
		await scalar(
			cluster,
			"node1",
			"SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots WHERE active",
		),
	).toBe("repmgr_slot_2 repmgr_slot_3");
	await shell("node2", `rm -r ${main} ${fast} ${wal}`);
	await cluster.waitHealthy(60_000);
});

test("a new host gets a copy, its row and a running repmgrd", async () => {
	await cluster.fault("stop-postgres", "node3");
	const gone = await operate(bastion, "unregister", "node3", "--yes");
	expect(gone.exitCode, gone.stdout + gone.stderr).toBe(0);
	await shell("node3", `systemctl stop repmgrd; rm -r ${DATA} ${SPACES}/fast`);
	const { exitCode, stdout, stderr } = await operate(bastion, "clone", "node3", "--yes");
	expect(exitCode, stdout + stderr).toBe(0);
	expect(stdout).toContain('start repmgrd on "node3"');
	expect(await shell("node3", `ls ${PARENT} ${SPACES}/fast`)).toMatch(/main[\s\S]*PG_15/);
	const slots = "SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots WHERE active";
	expect(await scalar(cluster, "node1", slots)).toBe("repmgr_slot_2 repmgr_slot_3");
	await cluster.waitHealthy(60_000);
});

test("a clone whose source is killed leaves the old directory, its server and the slots as they were", async () => {
	const before = await stateOf("node2");
	const { exitCode, stdout, stderr } = await duringClone("512k", async () => {
		await cluster.fault("kill-postgres", "node1");
		await cluster.heal("kill-postgres", "node1");
	});
	expect(exitCode, stdout + stderr).toBe(1);
	expect(stdout).toMatch(/removed \S+repmgr-console/);
	expect(await stateOf("node2")).toBe(before);
	await cluster.waitHealthy(60_000);
});

test("a clone that fills the disk does the same", async () => {
	const before = await stateOf("node2");
	try {
		const { exitCode, stdout, stderr } = await duringClone("512k", () => cluster.fault("fill-disk", "node2"));
		expect(exitCode, stdout + stderr).toBe(1);
		expect(stdout).toContain("No space left on device");
	} finally {
		await cluster.heal("fill-disk", "node2");
	}
	expect(await stateOf("node2")).toBe(before);
});

test("a clone whose console is killed is ended by the next one", async () => {
	const before = await stateOf("node2");
	const console = await bastion.follow(slowly("512k"));
	await shell("node2", WAIT_FOR_COPY);
	await console.killHard();
	const id =
		console
			.lines()
			.find((line) => line.startsWith("operation "))
			?.split(" ")[1] ?? "";
	const { exitCode, stdout, stderr } = await operate(bastion, "runs", "resume", id);
	expect(exitCode, stdout + stderr).not.toBe(0);
	expect(stdout).toContain("ending the copy, which still runs");
	expect(await stateOf("node2")).toBe(before);
	expect(await primaryOf(cluster)).toBe("node1");
});

test("a server that does not start with the copy gets its old directory back, and runs", async () => {
	const before = await stateOf("node2");
	// A setting that no server starts with, in the copy alone.
	const spoil = `until [ -f ${DATA}.repmgr-console/new/standby.signal ]; do sleep 0.05; done; echo "port = x" >> ${DATA}.repmgr-console/new/postgresql.auto.conf`;
	const { exitCode, stdout, stderr } = await duringClone("8M", () => shell("node2", spoil));
	expect(exitCode, stdout + stderr).toBe(1);
	expect(stdout).toContain(`the old directory is back as ${DATA}`);
	await cluster.waitHealthy(60_000);
	const withoutStart = (state: string) => state.replace(/^\d{4}-\d\d-\d\d \d\d:.*$/m, "");
	expect(withoutStart(await stateOf("node2"))).toBe(withoutStart(before));
});

test("a standby is cloned from another one, and follows it", async () => {
	const { exitCode, stdout, stderr } = await operate(
		bastion,
		...["clone", "node2", "--upstream", "node3", "--discard-old", "--yes"],
	);
	expect(exitCode, stdout + stderr).toBe(0);
	expect(await shell("node2", `ls -x ${PARENT} ${SPACES} ${WALS}`)).toBe(
		`${PARENT}:\nmain\n\n${SPACES}:\nfast\n\n${WALS}:\nmain`,
	);
	await eventually(async () => {
		expect(await scalar(cluster, "node3", "SELECT application_name FROM pg_stat_replication")).toBe("node2");
	});
	const slots =
		"SELECT string_agg(slot_name || ' ' || active, ', ' ORDER BY slot_name) FROM pg_replication_slots";
	expect(await scalar(cluster, "node1", slots)).toBe("repmgr_slot_3 true");
	expect(await scalar(cluster, "node3", slots)).toBe("repmgr_slot_2 true");
	expect(await scalar(cluster, "node1", "SELECT upstream_node_id FROM repmgr.nodes WHERE node_id = 2")).toBe(
		"3",
	);
});
