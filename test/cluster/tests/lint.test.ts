import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { LintResult, LintSeverity } from "../../../src/model/lint-result.ts";
import {
	clusterForFile,
	conninfoOf,
	LOG_FILE,
	linesSince,
	type RunOptions,
	restoredForRetries,
} from "./support.ts";

/** The configuration of the second seed as test/cluster makes it, and then real mistakes in it. */
const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

const DATA_NODES = [1, 2, 3];
const POSTGRESQL_CONF = "/etc/postgresql/15/main/postgresql.conf";
const CONF_D = "/etc/postgresql/15/main/conf.d/repmgr.conf";
const AUTO_CONF = "/var/lib/postgresql/15/main/postgresql.auto.conf";
const HBA = "/etc/postgresql/15/main/pg_hba.conf";
const CONF = "/etc/repmgr.conf";
const PASSFILE = "/var/lib/postgresql/.pgpass";

/** A text that occurs nowhere else. */
const PASSWORD = "geheimnis";

interface Linted {
	readonly exitCode: number;
	readonly text: string;
	readonly counts: Readonly<Record<LintSeverity, number>>;
	readonly results: readonly LintResult[];
}

async function lint(
	args: readonly string[] = [],
	user = "repmgr",
	options: RunOptions = {},
): Promise<Linted> {
	const conninfo = `host=node1 user=${user} dbname=repmgr`;
	const { exitCode, stdout, stderr } = await bastion.run(
		["lint", "--json", "-d", conninfo, ...args],
		options,
	);
	expect(stdout, stderr).not.toBe("");
	return { exitCode, text: stdout, ...(JSON.parse(stdout) as Pick<Linted, "counts" | "results">) };
}

/** "warning ARCHIVE_COMMAND_DISCARDS 1 /etc/…:9". */
function inShort({ severity, code, nodeId, where }: LintResult): string {
	return `${severity} ${code} ${nodeId ?? "cluster"} ${where.file}${where.line === null ? "" : `:${where.line}`}`;
}

const each = (text: (nodeId: number) => string): readonly string[] => DATA_NODES.map(text);

/**
 * The results for the test cluster: two placeholders or defaults that the seeds and repmgr's manual leave in place,
 * and three things that PostgreSQL and repmgr do not do by themselves.
 */
const JUSTIFIED = [
	...each((id) => `warning VISIBILITY_CONSENSUS_OFF ${id} ${CONF}`),
	...each((id) => `warning ARCHIVE_COMMAND_DISCARDS ${id} ${CONF_D}:9`),
	...each((id) => `notice NO_FENCING ${id} systemd unit postgresql@15-main.service`),
	...each((id) => `notice NO_WAL_SOURCE ${id} ${POSTGRESQL_CONF}`),
	...each((id) => `notice SLOTS_WITHOUT_LIMIT ${id} ${POSTGRESQL_CONF}`),
];

describe("lint of the unchanged test cluster", () => {
	test("reports exactly what is true, and leaves no error in the servers' logs", async () => {
		const logged = await linesSince(cluster, ["node1", "node2", "node3", "node4"], LOG_FILE);
		const { exitCode, results, counts } = await lint();
		expect(results.map(inShort)).toEqual(JUSTIFIED);
		expect(counts).toEqual({ error: 0, warning: 6, notice: 9, unknown: 0 });
		expect(exitCode).toBe(1);
		const lines = [...(await logged()).values()].flat();
		expect(lines.filter((line) => /ERROR|FATAL|denied/.test(line))).toEqual([]);
	});

	test("shows only one node's results with --node", async () => {
		const { exitCode, results } = await lint(["--node", "node4"]);
		expect({ exitCode, results }).toEqual({ exitCode: 0, results: [] });
	});

	test("reports the same with a login that may become postgres", async () => {
		const { results } = await lint(["--ssh-user", "dba"]);
		expect(results.map(inShort)).toEqual(JUSTIFIED);
	});

	test("needs only pg_monitor for all but errors in the server's files", async () => {
		const { results } = await lint([], "monitor");
		expect(results.filter(({ severity }) => severity !== "unknown").map(inShort)).toEqual(JUSTIFIED);
		const unknown = results.filter(({ severity }) => severity === "unknown");
		expect(unknown.map(({ nodeId, notChecked }) => [nodeId, notChecked])).toEqual(
			[1, 2, 3, 4].map((id) => [id, ["CONFIG_FILE_ERROR"]]),
		);
	});

	test("uses SQL alone, and leaves the rest unknown, if sudo asks for a password or SSH is off", async () => {
		for (const [args, why] of [
			[["--ssh-user", "nosudo"], /^sudo on "node\d" asks for a password\./],
			[["--no-ssh"], /^SSH is off/],
		] as const) {
			const { exitCode, results } = await lint(args);
			expect(exitCode).toBe(1);
			expect(results.filter(({ severity }) => severity !== "unknown").map(inShort)).toEqual(
				each((id) => `warning ARCHIVE_COMMAND_DISCARDS ${id} ${CONF_D}:9`),
			);
			const unknown = results.filter(({ severity }) => severity === "unknown");
			expect(unknown.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3, 4]);
			for (const result of unknown) {
				expect(result.why).toMatch(why);
				expect(result.notChecked).toEqual(
					expect.arrayContaining(["FAILOVER_MANUAL", "PASSFILE_PERMISSIONS"]),
				);
			}
		}
	});

	test("leaves settings that its role may not read unknown", async () => {
		// A role that may not read repmgr.nodes needs the nodes remembered from the last run.
		const state = await bastion.directory();
		await lint([], "repmgr", { state });
		const { results } = await lint([], "plain", { state });
		const unknown = results.find(({ notChecked }) => notChecked?.includes("NOT_PRELOADED"));
		expect(unknown?.why).toMatch(/^permission denied for configuration settings\./);
	});
});

test("the screen checks with c, opens a result with Enter, and copies its change with y", async () => {
	const terminal = await bastion.terminal(["-d", conninfoOf("node1")]);
	await terminal.waitFor(/^OK {2}primary node1/m, 15_000);
	terminal.press("c");
	await terminal.waitFor(new RegExp(`CONFIGURATION ─+ ${JUSTIFIED.length}, checked now`), 15_000);
	await terminal.waitFor(/▸ ! {2}primary_visibility_consensus is off on "node1" .*VISIBILITY_CONSENSUS_OFF/);
	terminal.press("\r");
	await terminal.waitFor(/ WARNING {2}VISIBILITY_CONSENSUS_OFF {2}node1:\/etc\/repmgr\.conf/);
	terminal.press("y");
	await terminal.waitFor(/copied: primary_visibility_consensus='true' and 1 more/);
	terminal.press("qqq");
	expect((await terminal.exit).exitCode).toBe(0);
});

/** Runs a shell command as root on a host. */
const sh = (host: string, script: string) => cluster.exec(host, ["bash", "-ec", script]);

test("finds a server outside its unit after pg_ctl started it, from a login or by repmgrd", async () => {
	const command = "/usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/main -w -l /tmp/pg_ctl.log";
	const start = `${command} -o "-c config_file=${POSTGRESQL_CONF}" start`;
	const stop = `runuser -u postgres -- ${command} -m fast stop`;
	const dropIn = "/etc/systemd/system/repmgrd.service.d";
	const codes = async () =>
		(await lint(["--node", "node3"])).results
			.map(({ code }) => code)
			.filter((code) => code.startsWith("POSTGRES_") || code.startsWith("SERVICE_COMMANDS"));
	await sh("node3", `cp -p ${CONF} /root/repmgr.conf; systemctl stop postgresql@15-main`);
	try {
		const [file, ...args] = cluster.inBastion(["ssh", "node3", `${start} >/dev/null 2>&1 </dev/null`]);
		await promisify(execFile)(file, args);
		expect(await codes()).toEqual(["POSTGRES_OUTSIDE_SYSTEMD"]);

		// Without service commands repmgr uses pg_ctl, and what repmgrd starts belongs to repmgrd's unit.
		await sh(
			"node3",
			`${stop}; sed -i /^service_/d ${CONF}; mkdir -p ${dropIn}
			printf '%s\\n' '[Service]' 'ExecStartPre=${start}' > ${dropIn}/start.conf
			systemctl daemon-reload; systemctl restart repmgrd`,
		);
		expect(await codes()).toEqual(["POSTGRES_IN_REPMGRD_UNIT"]);
	} finally {
		await sh(
			"node3",
			`rm -rf ${dropIn}; cp -p /root/repmgr.conf ${CONF}; systemctl daemon-reload; ${stop} || true
			systemctl start postgresql@15-main; systemctl restart repmgrd`,
		);
		await cluster.waitHealthy();
	}
});

test("finds a repmgrd that was started by hand with another repmgr.conf", async () => {
	const other = "/etc/repmgr-other.conf";
	const pidFile = "/tmp/repmgrd-other.pid";
	const found = async () =>
		(await lint(["--node", "node3"])).results.filter(({ code }) => code === "REPMGRD_OTHER_CONF");
	expect(await found()).toEqual([]);
	try {
		await sh(
			"node3",
			`systemctl stop repmgrd; cp -p ${CONF} ${other}
			runuser -u postgres -- repmgrd -f ${other} --pid-file=${pidFile} >/dev/null 2>&1 </dev/null`,
		);
		expect((await found()).map(({ message }) => message)).toEqual([
			`repmgrd on "node3" runs with another repmgr.conf: ${other}`,
		]);
	} finally {
		await sh(
			"node3",
			`pid=$(cat ${pidFile} || true)
			if [ -n "$pid" ]; then kill $pid || true; while kill -0 $pid 2>/dev/null; do sleep 0.2; done; fi
			rm -f ${other} ${pidFile}; systemctl start repmgrd`,
		);
		await cluster.waitHealthy();
	}
});

describe("lint of a broken configuration", () => {
	test("reports each mistake with file and line, and nothing else", async () => {
		await sh(
			"node1",
			`sed -i '1i host all all 0.0.0.0/0 trust' ${HBA}
			sed -i 's/^wal_level.*/& # geändert/' ${CONF_D}
			chmod 644 ${PASSFILE}
			sed -i 's/^max_wal_senders.*/max_wal_senders = 3/' ${CONF_D}
			systemctl -q disable repmgrd
			sed -i "s/ standby follow / stamdby follow /; s|^service_stop_command=.*|service_stop_command='/opt/scripts/pg_stop.sh'|" ${CONF}
			echo "event_notification_command='/opt/scripts/notify.sh %n %e %d'" >> ${CONF}`,
		);
		await cluster.sql("node1", "ALTER SYSTEM SET archive_command = ''");
		await cluster.sql("node1", "SELECT pg_reload_conf()");
		await sh(
			"node2",
			`sed -i "s/^conninfo=.*/conninfo='host=node2 user=repmgr password=${PASSWORD} dbname=repmgr'/" ${CONF}
			sed -i "/^failover=/d; s/^promote_command='[^']*/& --siblings-follow/; s/ --upstream-node-id=%n//" ${CONF}
			sed -i "s|^data_directory=.*|data_directory='/var/lib/postgresql/15/other'|" ${CONF}
			echo "reconect_attempts=3 # ${PASSWORD}" >> ${CONF}
			echo 'postgres ALL=(root) NOPASSWD: /usr/bin/systemctl start *, /usr/bin/systemctl reload *, PASSWD: /usr/bin/systemctl stop *' > /etc/sudoers.d/postgres`,
		);
		await sh(
			"node3",
			`sed -i "s/^node_id=.*/node_id='2'/; s|^pg_bindir=.*|pg_bindir='/usr/lib/postgresql/14/bin'|" ${CONF}
			sed -i "/^service_restart_command=/s/15-main/14-main/; /^service_stop_command=/d" ${CONF}
			echo "include 'repmgr-more.conf'" >> ${CONF}
			printf '%s\\n' '# more' "ssh_options='-q -o StrictHostKeyChecking=no'" > /etc/repmgr-more.conf
			sed -i '/^host replication/d' ${HBA}
			sed -i '/node2/d' /etc/hosts
			chown root ${AUTO_CONF}; chmod 644 ${AUTO_CONF}
			echo 'wal_keep_size = much' >> ${CONF_D}`,
		);
		await sh(
			"node4",
			`sed -i '/^node2:/d' ${PASSFILE}
			echo 'host all all 10.0.0.0/33 md5' >> ${HBA}
			sed -i "s/^priority=/prioritaet /; s/^location='default'/location=default here/" ${CONF}`,
		);
		const lineOf = async (host: string, text: string, file = CONF): Promise<string> =>
			(await sh(host, `grep -n -m 1 '${text}' ${file} | cut -d: -f1`)).stdout.trim();
		const at = async (host: string, text: string, file = CONF): Promise<string> =>
			`${file}:${await lineOf(host, text, file)}`;

		const { exitCode, text, results } = await lint();
		const found = results.map(inShort).filter((line) => !JUSTIFIED.includes(line));
		expect(found.toSorted()).toEqual(
			[
				`error HBA_TRUST_FROM_ANYWHERE 1 ${HBA}:1`,
				`error PASSFILE_PERMISSIONS 1 ${PASSFILE}`,
				`error ARCHIVE_COMMAND_EMPTY 1 ${await at("node1", "archive_command", AUTO_CONF)}`,
				`warning PENDING_RESTART 1 ${await at("node1", "max_wal_senders", CONF_D)}`,
				"warning REPMGRD_NOT_ENABLED 1 systemd unit repmgrd.service",
				`error FAILOVER_COMMAND_WRONG 1 ${await at("node1", "^follow_command")}`,
				`error COMMAND_PROGRAM 1 ${await at("node1", "^service_stop")}`,
				`unknown SERVICE_COMMAND_NOT_SYSTEMD 1 ${await at("node1", "^service_stop")}`,
				`warning COMMAND_PROGRAM 1 ${await at("node1", "^event_notification")}`,
				`warning EVENT_NOTIFICATION_COMMAND 1 ${await at("node1", "^event_notification")}`,
				`error PASSWORD_IN_CONNINFO 2 ${await at("node2", "conninfo")}`,
				`warning NO_CONNECT_TIMEOUT 2 ${await at("node2", "conninfo")}`,
				`warning FAILOVER_MANUAL 2 ${CONF}`,
				`error PROMOTE_COMMAND_SIBLINGS_FOLLOW 2 ${await at("node2", "promote_command")}`,
				`warning FOLLOW_COMMAND_WITHOUT_UPSTREAM 2 ${await at("node2", "follow_command")}`,
				`error DATA_DIRECTORY_WRONG 2 ${await at("node2", "data_directory")}`,
				`warning REPMGR_CONF_UNKNOWN_PARAMETER 2 ${await at("node2", "reconect")}`,
				`error SUDO_REFUSES 2 ${await at("node2", "^service_restart")}`,
				`error SUDO_REFUSES 2 ${await at("node2", "^service_stop")}`,
				`error SUDO_REFUSES 2 ${await at("node2", "^repmgrd_service_stop")}`,
				`error DUPLICATE_NODE_ID 3 ${CONF}:1`,
				`error TOOLS_NOT_FOUND 3 ${await at("node3", "pg_bindir")}`,
				`error SERVICE_COMMAND_UNIT 3 ${await at("node3", "^service_restart")}`,
				`warning SERVICE_COMMANDS_UNSET 3 ${CONF}`,
				"notice SSH_HOST_KEYS_UNCHECKED 3 /etc/repmgr-more.conf:2",
				`error HBA_REFUSES_REPLICATION 3 ${HBA}`,
				"error HOST_NOT_RESOLVED 3 /etc/hosts",
				`error AUTO_CONF_OWNER 3 ${AUTO_CONF}`,
				`error CONFIG_FILE_ERROR 3 ${await at("node3", "much", CONF_D)}`,
				`error PASSFILE_LINE_MISSING 4 ${PASSFILE}`,
				`error HBA_INVALID 4 ${await at("node4", "/33", HBA)}`,
				`error REPMGR_CONF_INVALID 4 ${await at("node4", "default here")}`,
				`warning REPMGR_CONF_UNKNOWN_PARAMETER 4 ${await at("node4", "prioritaet")}`,
			].toSorted(),
		);
		expect(exitCode).toBe(2);

		// Manual failover needs no consensus.
		expect(results.map(inShort)).not.toContain(`warning VISIBILITY_CONSENSUS_OFF 2 ${CONF}`);
		expect(text).not.toContain(PASSWORD);
		const printed = await bastion.run(["lint", "-d", conninfoOf("node1")]);
		expect(printed.stdout).not.toContain(PASSWORD);
		expect(printed.stdout).toContain("conninfo='host=node2 user=repmgr dbname=repmgr'");
		// Nor passwords from password files.
		expect(printed.stdout).not.toContain("-secret");
	});
});
