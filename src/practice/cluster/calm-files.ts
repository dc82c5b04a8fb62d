import { BIN, CONF_FILE, CONFIG, DATA_DIRECTORY, PASSFILE, SSH } from "./host.ts";
import { hostKeyOf, keyOf } from "./host-files.ts";
import type { HostFile } from "./state.ts";

/** A connection to a node of the calm cluster, as its repmgr.conf and its row have it. */
export const conninfoOf = (name: string): string =>
	`host=${name} user=repmgr dbname=repmgr connect_timeout=2`;

/** repmgr.conf as npm's test cluster has it. */
export function confOf(nodeId: number, priority: number): Map<string, string> {
	const systemctl = (verb: string, unit: string): string => `sudo /usr/bin/systemctl ${verb} ${unit}`;
	const repmgr = (words: string): string => `/usr/bin/repmgr ${words} -f ${CONF_FILE} --log-to-file`;
	return new Map([
		["node_id", String(nodeId)],
		["node_name", `node${nodeId}`],
		["conninfo", conninfoOf(`node${nodeId}`)],
		["data_directory", DATA_DIRECTORY],
		["config_directory", "/etc/postgresql/15/main"],
		["pg_bindir", BIN.slice(0, -1)],
		["priority", String(priority)],
		["use_replication_slots", "yes"],
		["location", "default"],
		["failover", "automatic"],
		["promote_command", repmgr("standby promote")],
		["follow_command", `${repmgr("standby follow")} --upstream-node-id=%n`],
		["reconnect_attempts", "3"],
		["reconnect_interval", "2"],
		["monitor_interval_secs", "1"],
		["replication_lag_warning", "10"],
		["replication_lag_critical", "60"],
		["log_file", "/var/log/postgresql/repmgrd.log"],
		["log_level", "INFO"],
		["ssh_options", "-q -o ConnectTimeout=5"],
		["repmgrd_service_start_command", systemctl("start", "repmgrd")],
		["repmgrd_service_stop_command", systemctl("stop", "repmgrd")],
		["service_start_command", systemctl("start", "postgresql@15-main")],
		["service_stop_command", systemctl("stop", "postgresql@15-main")],
		["service_restart_command", systemctl("restart", "postgresql@15-main")],
		["service_reload_command", systemctl("reload", "postgresql@15-main")],
	]);
}

const SETTINGS = [
	"listen_addresses = '*'",
	"shared_preload_libraries = 'repmgr'",
	"wal_level = replica",
	"wal_log_hints = on",
	"hot_standby = on",
	"max_wal_senders = 10",
	"max_replication_slots = 10",
	"archive_mode = on",
	"archive_command = '/bin/true'",
];

const HBA = [
	"local all postgres peer",
	"local all all scram-sha-256",
	"host all all 127.0.0.1/32 scram-sha-256",
	"host all all 192.0.2.0/24 scram-sha-256",
	"host replication repmgr 192.0.2.0/24 scram-sha-256",
];

/** What else lies on each host of a calm cluster of so many nodes. As recorded on the test cluster (test/fixtures/host/setup.txt). */
export function calmFiles(count: number): Map<string, HostFile> {
	const hosts = Array.from({ length: count }, (_, index) => `node${index + 1}`);
	const passwords = hosts.map((host) =>
		["repmgr", "replication"].map((database) => `${host}:5432:${database}:repmgr:secret`),
	);
	const file = (mode: string, owner: string, lines: readonly string[]): HostFile => ({
		...{ mode, owner },
		content: lines.map((line) => `${line}\n`).join(""),
	});
	return new Map([
		[`${CONFIG}/conf.d/repmgr.conf`, file("644", "postgres", SETTINGS)],
		[`${CONFIG}/pg_hba.conf`, file("640", "postgres", HBA)],
		[PASSFILE, file("600", "postgres", passwords.flat())],
		[
			`${SSH}/known_hosts`,
			file(
				"600",
				"postgres",
				hosts.map((host) => `${host} ${hostKeyOf({ host })}`),
			),
		],
		[
			`${SSH}/authorized_keys`,
			file(
				"600",
				"postgres",
				hosts.map((host) => keyOf({ host })),
			),
		],
		[
			"/etc/sudoers.d/postgres",
			file("440", "root", ["postgres ALL=(root) NOPASSWD: /usr/bin/systemctl, /bin/systemctl"]),
		],
		[
			"/etc/systemd/system/repmgrd.service",
			file("644", "root", [
				`ExecStart=${BIN}repmgrd -f ${CONF_FILE} --daemonize=false --pid-file=/run/repmgrd/repmgrd.pid`,
			]),
		],
	]);
}
