import type { HostIdentity, Instance } from "./settings.ts";
import { NETWORK_PREFIX } from "./settings.ts";

export type Role = "primary" | "standby" | "witness";

/** Settings of repmgr.conf that a test may want otherwise, by their names there. */
export type RepmgrParameters = Readonly<Record<string, string | number>>;

/** repmgr.conf's settings that are the same on every node, in the second seed's spirit and with a quicker failover. */
const SHARED: RepmgrParameters = {
	use_replication_slots: "yes",
	location: "default",
	failover: "automatic",
	promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr.conf --log-to-file",
	follow_command: "/usr/bin/repmgr standby follow -f /etc/repmgr.conf --log-to-file --upstream-node-id=%n",
	reconnect_attempts: 3,
	reconnect_interval: 2,
	monitor_interval_secs: 2,
	log_file: "/var/log/postgresql/repmgrd.log",
	log_level: "INFO",
	ssh_options: "-q -o ConnectTimeout=5",
	repmgrd_service_start_command: "sudo /usr/bin/systemctl start repmgrd",
	repmgrd_service_stop_command: "sudo /usr/bin/systemctl stop repmgrd",
};

/** repmgr.conf of one node. `overrides` win over everything. */
export function repmgrConf(
	instance: Instance,
	host: HostIdentity,
	role: Role,
	overrides: RepmgrParameters,
): string {
	const version = instance.postgresVersion;
	const service = (action: string): string => `sudo /usr/bin/systemctl ${action} postgresql@${version}-main`;
	const settings: RepmgrParameters = {
		node_id: host.nodeId,
		node_name: host.name,
		conninfo: `host=${host.name} user=repmgr dbname=repmgr connect_timeout=2`,
		data_directory: `/var/lib/postgresql/${version}/main`,
		config_directory: `/etc/postgresql/${version}/main`,
		pg_bindir: `/usr/lib/postgresql/${version}/bin`,
		priority: role === "witness" ? 0 : host.nodeId <= 2 ? 100 : 90,
		...SHARED,
		service_start_command: service("start"),
		service_stop_command: service("stop"),
		service_restart_command: service("restart"),
		service_reload_command: service("reload"),
		...overrides,
	};
	return Object.entries(settings)
		.map(([name, value]) => `${name}='${value}'\n`)
		.join("");
}

/** conf.d/repmgr.conf: the seed's settings, with what pg_rewind and a small disk need. */
export const POSTGRESQL_CONF = `listen_addresses = '*'
shared_preload_libraries = 'repmgr'
wal_level = replica
wal_log_hints = on
hot_standby = on
max_wal_senders = 10
max_replication_slots = 10
archive_mode = on
archive_command = '/bin/true'
min_wal_size = 32MB
max_wal_size = 128MB
shared_buffers = 32MB
password_encryption = scram-sha-256
log_line_prefix = '%m [%p] %q%u@%d '
`;

export const PG_HBA_CONF = `local all postgres peer
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ${NETWORK_PREFIX}.0.0/16 scram-sha-256
host replication repmgr ${NETWORK_PREFIX}.0.0/16 scram-sha-256
`;
