import { expect, test } from "vitest";
import {
	hbaRule,
	inShort,
	lintOf,
	passfileLine,
	type SetupChange,
	type SetupChanges,
	unit,
} from "../support/setups.ts";

/**
 * Clusters set up word for word as two guides on the web say (Akamai's for two nodes on Ubuntu, and one for three nodes and a
 * witness on CentOS): everything that is said of them is true of them.
 */

const trusted = (line: number, database: string, address: string) =>
	hbaRule(line, {
		databases: [database],
		users: ["repmgr"],
		address: `${address}/32`,
		netmask: null,
		method: "trust",
	});

function ubuntu(nodeId: number): SetupChange {
	const address = `192.0.0.8${nodeId}`;
	const data = "/var/lib/postgresql/16/data";
	return {
		registered: {
			conninfo: `host=${address} user=repmgr dbname=repmgr connect_timeout=2`,
			nodeName: `pg${nodeId}`,
			host: address,
		},
		conf: `node_id=${nodeId}
node_name=pg${nodeId}
conninfo='host=${address} user=repmgr dbname=repmgr connect_timeout=2'
data_directory='${data}'
failover=automatic
promote_command='repmgr -f /etc/repmgr.conf standby promote --log-to-file'
follow_command='repmgr -f /etc/repmgr.conf standby follow --log-to-file'
log_file='/var/log/postgresql/repmgr.log'
`,
		confMode: 0o644,
		settings: {
			archive_command: "/bin/true",
			wal_log_hints: "off",
			wal_keep_size: "0",
			max_slot_wal_keep_size: "-1",
			data_directory: data,
			config_file: "/etc/postgresql/16/main/postgresql.conf",
		},
		hba: ["replication", "repmgr"].flatMap((database, block) => [
			hbaRule(6 + 4 * block, {
				type: "local",
				databases: [database],
				users: ["repmgr"],
				address: null,
				netmask: null,
				method: "trust",
			}),
			trusted(7 + 4 * block, database, "127.0.0.1"),
			trusted(8 + 4 * block, database, "192.0.0.81"),
			trusted(9 + 4 * block, database, "192.0.0.82"),
		]),
		passfile: { file: null, lines: [] },
		sudo: { entries: [], resolved: new Map() },
		// "repmgrd -f /etc/repmgr.conf -d", by hand; the package's service is there, and switched off.
		systemd: {
			postgresUnit: "postgresql@16-main.service",
			repmgrdUnit: null,
			units: [
				unit("postgresql@16-main.service", { fileState: "enabled-runtime" }),
				unit("repmgrd.service", { fileState: "generated", sourcePath: "/etc/init.d/repmgrd" }),
			],
			repmgrdDefaults: { REPMGRD_ENABLED: "no" },
		},
		host: {
			realDataDirectory: data,
			realConfDirectory: data,
			binaryDirectory: "/usr/lib/postgresql/16/bin",
			tools: new Map<string, string | null>([
				["pg_ctl", null],
				["pg_rewind", null],
				["pg_basebackup", "/usr/bin/pg_basebackup"],
				["pg_controldata", null],
				["repmgr", "/usr/bin/repmgr"],
			]),
			addresses: new Map([
				["192.0.0.81", ["192.0.0.81"]],
				["192.0.0.82", ["192.0.0.82"]],
			]),
		},
	};
}

test("the guide for two nodes on Ubuntu", () => {
	expect(inShort(lintOf({ 1: ubuntu(1), 2: ubuntu(2) }, [1, 2]))).toEqual([
		"error TOOLS_NOT_FOUND 1",
		"error TOOLS_NOT_FOUND 2",
		"warning FOLLOW_COMMAND_WITHOUT_UPSTREAM 1:7",
		"warning FOLLOW_COMMAND_WITHOUT_UPSTREAM 2:7",
		"warning TWO_NODES_WITHOUT_WITNESS cluster",
		"warning CONFIG_DIRECTORY 1",
		"warning CONFIG_DIRECTORY 2",
		"warning SERVICE_COMMANDS_UNSET 1",
		"warning SERVICE_COMMANDS_UNSET 2",
		"warning REPMGRD_NOT_ENABLED 1",
		"warning REPMGRD_NOT_ENABLED 2",
		"warning REPMGRD_INIT_SCRIPT 1",
		"warning REPMGRD_INIT_SCRIPT 2",
		"warning NO_WAL_SOURCE 1",
		"warning NO_WAL_SOURCE 2",
		"warning NOT_REWINDABLE 1:24",
		"warning NOT_REWINDABLE 2:24",
		"warning ARCHIVE_COMMAND_DISCARDS 1:1",
		"warning ARCHIVE_COMMAND_DISCARDS 2:1",
		// repmgr is in the PATH of Ubuntu's services.
		"notice FAILOVER_COMMAND_PATH 1:6",
		"notice FAILOVER_COMMAND_PATH 1:7",
		"notice FAILOVER_COMMAND_PATH 2:6",
		"notice FAILOVER_COMMAND_PATH 2:7",
		"notice NO_FENCING 1",
		"notice NO_FENCING 2",
		"notice REPMGRD_COMMANDS_UNSET 1",
		"notice REPMGRD_COMMANDS_UNSET 2",
		"notice HBA_TRUST 1:8",
		"notice HBA_TRUST 2:8",
	]);
});

const CENTOS = [101, 102, 103, 104];

function centos(nodeId: number): SetupChange {
	const name = `base-centos-${nodeId - 100}`;
	const data = "/var/lib/pgsql/10/data";
	return {
		registered: {
			conninfo: `host=${name} dbname=repmgr user=repmgr`,
			nodeName: name,
			host: name,
			type: nodeId === 101 ? "primary" : nodeId === 104 ? "witness" : "standby",
			configFile: "/etc/repmgr/10/repmgr.conf",
		},
		conf: `node_id=${nodeId}
node_name='${name}'
conninfo='host=${name} dbname=repmgr user=repmgr'
data_directory='${data}/'
config_directory='${data}'
log_file='/var/log/repmgr.log'
repmgrd_service_start_command = '/usr/pgsql-10/bin/repmgrd -d'
repmgrd_service_stop_command = 'kill \`cat $(/usr/pgsql-10/bin/repmgrd --show-pid-file)\`'
promote_command='repmgr standby promote -f /etc/repmgr.conf --siblings-follow --log-to-file'
follow_command='repmgr standby follow -f /etc/repmgr.conf --log-to-file'
failover=automatic
reconnect_attempts=3
reconnect_interval=5
ssh_options='-q -o StrictHostKeyChecking=no -o ConnectTimeout=10'
`,
		settings: {
			archive_command: `cp -i %p ${data}/archive/%f`,
			wal_log_hints: "off",
			wal_keep_size: undefined,
			wal_keep_segments: "0",
			max_slot_wal_keep_size: undefined,
			archive_library: undefined,
			recovery_target_timeline: undefined,
			restore_command: undefined,
			data_directory: data,
			config_file: `${data}/postgresql.conf`,
		},
		server: { version: 100_023, address: `192.168.56.${nodeId}` },
		hba: ["replication", "repmgr"].flatMap((database, block) =>
			CENTOS.map((id, row) => trusted(1 + 4 * block + row, database, `192.168.56.${id}`)),
		),
		passfile: { file: null, lines: [] },
		sudo: { entries: [], resolved: new Map() },
		systemd: {
			postgresUnit: "postgresql-10.service",
			repmgrdUnit: null,
			units: [unit("postgresql-10.service"), unit("repmgrd.service", { loadState: "not-found" })],
			repmgrdDefaults: null,
		},
		host: {
			userId: 26,
			realDataDirectory: data,
			realConfDirectory: data,
			binaryDirectory: "/usr/pgsql-10/bin",
			repmgrInPath: null,
			tools: new Map<string, string | null>(
				["pg_ctl", "pg_rewind", "pg_basebackup", "pg_controldata", "repmgr"].map((tool) => [tool, null]),
			),
			addresses: new Map(CENTOS.map((id) => [`base-centos-${id - 100}`, [`192.168.56.${id}`]])),
		},
	};
}

test("the guide for three nodes and a witness on CentOS", () => {
	const changes: SetupChanges = Object.fromEntries(CENTOS.map((id) => [id, centos(id)]));
	const results = lintOf(changes, CENTOS);
	const codes = new Map<string, number[]>();
	for (const { severity, code, nodeId } of results)
		codes.set(`${severity} ${code}`, [...(codes.get(`${severity} ${code}`) ?? []), nodeId ?? 0]);
	const [all, data] = [CENTOS, CENTOS.slice(0, 3)];
	const twice = (ids: readonly number[]) => ids.flatMap((id) => [id, id]);
	expect(Object.fromEntries(codes)).toEqual({
		"error PROMOTE_COMMAND_SIBLINGS_FOLLOW": all,
		"error FAILOVER_COMMAND_PATH": twice(all),
		"error TOOLS_NOT_FOUND": data,
		"warning NO_CONNECT_TIMEOUT": all,
		"warning FOLLOW_COMMAND_WITHOUT_UPSTREAM": all,
		"warning VISIBILITY_CONSENSUS_OFF": data,
		"warning SERVICE_COMMANDS_UNSET": all,
		"warning REPMGRD_NOT_ENABLED": all,
		"warning NO_WAL_SOURCE": data,
		"warning NOT_REWINDABLE": data,
		"warning ARCHIVE_IN_DATA_DIRECTORY": data,
		"notice ARCHIVE_COMMAND_OVERWRITES": data,
		"notice NO_FENCING": data,
		"notice HBA_TRUST": all,
		"notice SSH_HOST_KEYS_UNCHECKED": all,
	});
});

test("with passwords instead of trust, reports the missing password files", () => {
	const changes = { 1: ubuntu(1), 2: ubuntu(2) };
	const hba = (changes[1].hba ?? []).map((rule) => ({ ...rule, method: "scram-sha-256" }));
	const codesOf = (lines: ReturnType<typeof passfileLine>[]) =>
		lintOf({ 1: { ...changes[1], hba }, 2: { ...changes[2], hba, passfile: { lines } } }, [1, 2])
			.filter(({ code, nodeId }) => nodeId === 2 && code.startsWith("PASSFILE"))
			.map(({ code }) => code);
	expect(codesOf([])).toEqual(["PASSFILE_LINE_MISSING", "PASSFILE_REPLICATION_LINE_MISSING"]);
	expect(codesOf([passfileLine(1)])).toEqual([]);
});
