import { waitUntil } from "../command.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import { findPrimary, inHost, requireStandby, script } from "./server.ts";
import { changeSetting, restoreSetting } from "./settings.ts";

/** Starts a command as postgres in a unit of this name; it outlives this process. */
async function inBackground(
	instance: Instance,
	host: HostIdentity,
	unit: string,
	argv: readonly string[],
): Promise<void> {
	const run = ["systemd-run", "--quiet", "--collect", `--unit=${unit}`, "--uid=postgres", "--"];
	await inHost(instance, host, [...run, ...argv]);
}

async function endInBackground(instance: Instance, host: HostIdentity, unit: string): Promise<void> {
	await inHost(instance, host, ["systemctl", "stop", unit], { check: false });
}

const psql = (...commands: readonly string[]): readonly string[] => [
	"psql",
	"-Xq",
	"-d",
	"repmgr",
	...commands.flatMap((command) => ["-c", command]),
];

/** Kills the command that the archiver waits for: it would go on waiting after a change of archive_command. */
const END_ARCHIVING = 'pkill -P "$(pgrep -f "^postgres: .*archiver")" || true';

const END_SESSIONS =
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'";

/** Somewhat more than the default of archive_ready_warning. */
const SEGMENTS = 18;

/** A transaction that blocks replay of the primary's changes to the table. */
const HOLD = [
	"BEGIN ISOLATION LEVEL REPEATABLE READ",
	"SELECT count(*) FROM fault_replay",
	"SELECT pg_sleep(3600)",
] as const;

const END_HOLD =
	"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'fault_replay'::regclass AND pid <> pg_backend_pid()";

/** Faults made by load: sessions, WAL, waiting commits. */
export const loadFaults: Faults = {
	"full-connections": {
		about: "All connections that ordinary users may have are taken; those reserved for superusers are left.",
		start: async (instance, host) => {
			const free = `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
				- count(*) + 1 FROM pg_stat_activity WHERE backend_type = 'client backend'`;
			const [[count = "0"] = []] = await sql(instance.prefix, host.name, free);
			const bin = `/usr/lib/postgresql/${instance.postgresVersion}/bin`;
			await script(instance, host, 'echo "SELECT pg_sleep(3600)" > /run/fault.sql');
			const options = ["-n", "-c", count, "-T", "3600", "-f", "/run/fault.sql", "-d", "postgres"];
			await inBackground(instance, host, "fault-connections", [`${bin}/pgbench`, ...options]);
			await waitUntil("the connections to be taken", async () => {
				const [[left = "1"] = []] = await sql(instance.prefix, host.name, free);
				return Number(left) <= 1 ? undefined : `${left} are left.`;
			});
		},
		heal: async (instance, host) => {
			await endInBackground(instance, host, "fault-connections");
			// A sleeping session does not notice that its client is gone.
			await sql(instance.prefix, host.name, END_SESSIONS);
		},
	},
	"slow-archive": {
		about: "archive_command takes an hour, and many WAL files wait for it.",
		start: async (instance, host) => {
			await changeSetting(instance, host, "archive_command", "sleep 3600");
			const one = "SELECT pg_logical_emit_message(false, 'fault', ''); SELECT pg_switch_wal();\n";
			await sql(instance.prefix, host.name, one.repeat(SEGMENTS));
		},
		heal: async (instance, host) => {
			await restoreSetting(instance, host, "archive_command");
			await script(instance, host, END_ARCHIVING);
		},
	},
	"block-commits": {
		about: "The primary waits for a synchronous standby that is not there, and a commit waits with it.",
		start: async (instance, host) => {
			await sql(instance.prefix, host.name, "CREATE TABLE IF NOT EXISTS fault_commit (n int)");
			await changeSetting(instance, host, "synchronous_standby_names", "nobody");
			const commit = psql("INSERT INTO fault_commit VALUES (1)");
			await inBackground(instance, host, "fault-commit", commit);
		},
		heal: async (instance, host) => {
			await restoreSetting(instance, host, "synchronous_standby_names");
			await endInBackground(instance, host, "fault-commit");
			await sql(instance.prefix, host.name, "DROP TABLE fault_commit");
		},
	},
	"block-replay": {
		about: "A query on the standby conflicts with replay and wins: the standby falls behind.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			const primary = await findPrimary(instance);
			await changeSetting(instance, host, "max_standby_streaming_delay", "-1");
			await sql(instance.prefix, primary.name, "CREATE TABLE IF NOT EXISTS fault_replay (n int)");
			await waitUntil("the table to be replayed", async () => {
				const [[found] = []] = await sql(
					instance.prefix,
					host.name,
					"SELECT to_regclass('fault_replay') IS NOT NULL",
				);
				return found === "t" ? undefined : "It is not there.";
			});
			await inBackground(instance, host, "fault-replay", psql(HOLD.join("; ")));
			await waitUntil("the query to run", async () => {
				const query = "SELECT count(*) FROM pg_locks WHERE relation = 'fault_replay'::regclass";
				const [[count] = []] = await sql(instance.prefix, host.name, query);
				return count === "0" ? "It has no lock yet." : undefined;
			});
			await sql(instance.prefix, primary.name, "TRUNCATE fault_replay");
		},
		heal: async (instance, host) => {
			await endInBackground(instance, host, "fault-replay");
			await sql(instance.prefix, host.name, END_HOLD);
			await restoreSetting(instance, host, "max_standby_streaming_delay");
			await sql(instance.prefix, (await findPrimary(instance)).name, "DROP TABLE fault_replay");
		},
	},
};
