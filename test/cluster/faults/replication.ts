import { ClusterFailure } from "../failure.ts";
import { cloneStandby } from "../form.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { PASSWORDS } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import {
	dataDirectoryOf,
	findPrimary,
	inHost,
	recoverServer,
	requireStandby,
	script,
	serverUnit,
} from "./server.ts";
import { changeSetting, restoreSetting } from "./settings.ts";

const SLOT = "orphaned_slot";

/** $1 the data directory, $2 the primary. Slows a backup down and kills it, so that pg_control is missing. */
const HALF_CLONE = `rm -rf "$1"
runuser -u postgres -- timeout --signal=KILL 3 \\
  pg_basebackup -h "$2" -U repmgr -D "$1" -X stream --checkpoint=fast --max-rate=2M 2>/dev/null || true
[ -s "$1/backup_label" ] && [ ! -e "$1/global/pg_control" ]`;

/** Registers a host on the primary as a standby of `upstream`. */
async function registerUnder(instance: Instance, host: HostIdentity, upstream: string): Promise<void> {
	const primary = await findPrimary(instance);
	const above = instance.hosts.find((candidate) => candidate.name === upstream);
	if (!above || above.name === host.name) {
		throw new ClusterFailure(`${host.name} cannot be registered under "${upstream}"`);
	}
	const query = `UPDATE repmgr.nodes SET upstream_node_id = ${above.nodeId} WHERE node_id = ${host.nodeId}`;
	await sql(instance.prefix, primary.name, query);
}

/** The first standby other than `host`: a wrong upstream. */
async function anotherStandby(instance: Instance, host: HostIdentity): Promise<string> {
	const primary = await findPrimary(instance);
	const other = instance.hosts.find(({ name }) => name !== host.name && name !== primary.name);
	if (!other) throw new ClusterFailure("wrong-upstream needs a third host");
	return other.name;
}

/** Makes the host a standby of the real primary again. What was written only there is lost, as after a rewind. */
async function cloneAgain(instance: Instance, host: HostIdentity): Promise<void> {
	await cloneStandby(instance, host, await findPrimary(instance, host));
}

/** Promotes a standby beside the primary; no other standby follows it. */
async function promoteAlone(instance: Instance, host: HostIdentity): Promise<void> {
	await requireStandby(instance, host);
	await inHost(instance, host, ["systemctl", "stop", "repmgrd"]);
	const [[promoted] = []] = await sql(instance.prefix, host.name, "SELECT pg_promote(true, 15)");
	if (promoted !== "t") throw new ClusterFailure(`${host.name} did not become a primary within 15 s`);
}

/** repmgr's name for the node's slot. */
const slotOf = ({ nodeId }: HostIdentity): string => `repmgr_slot_${nodeId}`;

/** A terminated walreceiver may come back before the slot is dropped. */
const DROP_SLOT = (host: HostIdentity): string => `DO $$ BEGIN
	FOR attempt IN 1..20 LOOP
		PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '${slotOf(host)}';
		BEGIN
			PERFORM pg_drop_replication_slot('${slotOf(host)}');
			RETURN;
		EXCEPTION WHEN object_in_use THEN NULL;
		END;
	END LOOP;
	RAISE 'the standby comes back each time';
END $$`;

/** $1 the data directory, $2 the server's unit. */
const RESTART_AS_STANDBY = `systemctl stop "$2"
runuser -u postgres -- touch "$1/standby.signal"
systemctl start "$2"`;

const RESTART_AS_PRIMARY = `systemctl stop "$2"
rm -f "$1/standby.signal"
systemctl start "$2"`;

/** $1 the data directory, $2 where initdb is. */
const NEW_CLUSTER = `rm -rf "$1"
runuser -u postgres -- "$2/initdb" --no-sync --auth=trust -D "$1" >/dev/null`;

export const replicationFaults: Faults = {
	"inactive-slot": {
		about: "A replication slot that nobody uses keeps WAL from being removed.",
		start: async (instance, host) =>
			void (await sql(
				instance.prefix,
				host.name,
				`SELECT pg_create_physical_replication_slot('${SLOT}', true)`,
			)),
		heal: async (instance, host) =>
			void (await sql(instance.prefix, host.name, `SELECT pg_drop_replication_slot('${SLOT}')`)),
	},
	"pause-replay": {
		about: "The standby receives WAL and does not replay it.",
		start: async (instance, host) =>
			void (await sql(instance.prefix, host.name, "SELECT pg_wal_replay_pause()")),
		heal: async (instance, host) =>
			void (await sql(instance.prefix, host.name, "SELECT pg_wal_replay_resume()")),
	},
	"wrong-upstream": {
		about:
			"The standby is registered under another upstream (default: another standby) than it streams from.",
		usage: "[UPSTREAM]",
		start: async (instance, host, [upstream]) => {
			await requireStandby(instance, host);
			await registerUnder(instance, host, upstream ?? (await anotherStandby(instance, host)));
		},
		heal: async (instance, host) => {
			const { upstream } = await requireStandby(instance, host);
			await registerUnder(instance, host, upstream ?? (await findPrimary(instance, host)).name);
		},
	},
	detach: {
		about: "The standby has no upstream: primary_conninfo is empty.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			await changeSetting(instance, host, "primary_conninfo", "");
		},
		heal: async (instance, host) => await restoreSetting(instance, host, "primary_conninfo"),
	},
	"wrong-name": {
		about: "The standby streams under another application_name than its node name.",
		start: async (instance, host) => {
			const [[conninfo = ""] = []] = await sql(instance.prefix, host.name, "SHOW primary_conninfo");
			const renamed = conninfo.replace(/application_name=\S+/, "application_name=walreceiver");
			await changeSetting(instance, host, "primary_conninfo", renamed);
		},
		heal: async (instance, host) => await restoreSetting(instance, host, "primary_conninfo"),
	},
	"drop-slot": {
		about: "The standby's replication slot is gone, and the standby can't stream without it.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			await sql(instance.prefix, (await findPrimary(instance, host)).name, DROP_SLOT(host));
		},
		heal: async (instance, host) => {
			const primary = await findPrimary(instance, host);
			const create = `SELECT pg_create_physical_replication_slot('${slotOf(host)}', true)`;
			await sql(instance.prefix, primary.name, create);
		},
	},
	demote: {
		about: "The primary was started with a standby.signal: it is in recovery, and nobody accepts writes.",
		start: async (instance, host) => {
			await script(instance, host, RESTART_AS_STANDBY, dataDirectoryOf(instance), serverUnit(instance));
		},
		heal: async (instance, host) => {
			await script(instance, host, RESTART_AS_PRIMARY, dataDirectoryOf(instance), serverUnit(instance));
			await recoverServer(instance, host);
		},
	},
	diverge: {
		about:
			"The standby was promoted, wrote, and was started as a standby again. Cloning it again repairs it.",
		start: async (instance, host) => {
			await promoteAlone(instance, host);
			await sql(instance.prefix, host.name, "CREATE TABLE fault_diverged AS SELECT 1 AS n");
			await script(instance, host, RESTART_AS_STANDBY, dataDirectoryOf(instance), serverUnit(instance));
			await recoverServer(instance, host);
		},
		heal: cloneAgain,
	},
	foreign: {
		about: "Another cluster's server answers at the standby's address. Cloning it again repairs it.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			await inHost(instance, host, ["systemctl", "stop", "repmgrd", serverUnit(instance)]);
			const bin = `/usr/lib/postgresql/${instance.postgresVersion}/bin`;
			await script(instance, host, NEW_CLUSTER, dataDirectoryOf(instance), bin);
			await inHost(instance, host, ["systemctl", "start", serverUnit(instance)]);
			const inPostgres = { database: "postgres" };
			const role = `CREATE ROLE repmgr LOGIN SUPERUSER PASSWORD '${PASSWORDS.repmgr}'`;
			await sql(instance.prefix, host.name, role, inPostgres);
			await sql(instance.prefix, host.name, "CREATE DATABASE repmgr OWNER repmgr", inPostgres);
		},
		heal: cloneAgain,
	},
	"two-primaries": {
		about:
			"The standby is promoted by hand beside the primary; its own repmgrd is stopped. Cloning it again repairs it.",
		start: promoteAlone,
		heal: cloneAgain,
	},
	"half-clone": {
		about: "The standby's data directory holds half a backup, and nothing runs. Cloning it again repairs it.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			const primary = await findPrimary(instance, host);
			await inHost(instance, host, ["systemctl", "stop", "repmgrd", serverUnit(instance)]);
			await script(instance, host, HALF_CLONE, dataDirectoryOf(instance), primary.name);
		},
		heal: cloneAgain,
	},
};
