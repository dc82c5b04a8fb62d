import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bastionHome } from "../bastion.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { bastionAddress, PASSWORDS } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import { inHost, recoverServer, script, serverUnit } from "./server.ts";
import {
	changeConf,
	changeSetting,
	postgresqlConf,
	reload,
	restoreConf,
	restoreSetting,
} from "./settings.ts";

const PRELOAD = "shared_preload_libraries";
const WRONG_PASSWORD = "not-the-password";

/** Changes repmgr's password in the bastion's .pgpass, in the lines of one host only. */
async function setBastionPassword(instance: Instance, host: HostIdentity, password: string): Promise<void> {
	const path = join(bastionHome(instance.prefix), ".pgpass");
	const lines = (await readFile(path, "utf8")).split("\n");
	const changed = lines.map((line) => {
		const [name, port, database, user] = line.split(":");
		return name === host.name && user === "repmgr" ? [name, port, database, user, password].join(":") : line;
	});
	await writeFile(path, changed.join("\n"));
}

/** The same in the host's own file, for its repmgr, repmgrd and walreceiver; $1 the new password, without a slash. */
const SET_HOST_PASSWORD = 'sed -i "s/:repmgr:[^:]*$/:repmgr:$1/" /var/lib/postgresql/.pgpass';

/** $1 pg_hba.conf, $2 database, $3 address, $4 the fault. At the top, because the first matching line decides. */
const ADD_REJECT = 'sed -i "1i host $2 all $3 reject # fault $4" "$1"';
/** $1 pg_hba.conf, $2 the fault. */
const REMOVE_REJECT = 'sed -i "/# fault $2\\$/d" "$1"';

const hbaFile = (instance: Instance): string =>
	`/etc/postgresql/${instance.postgresVersion}/main/pg_hba.conf`;

/** Adds a line to pg_hba.conf that rejects connections from these addresses to this database. */
async function reject(
	instance: Instance,
	host: HostIdentity,
	fault: string,
	database: string,
	addresses: string,
): Promise<void> {
	await script(instance, host, ADD_REJECT, hbaFile(instance), database, addresses, fault);
	await reload(instance, host);
}

async function rejectNoMore(instance: Instance, host: HostIdentity, fault: string): Promise<void> {
	await script(instance, host, REMOVE_REJECT, hbaFile(instance), fault);
	await reload(instance, host);
}

/** Makes something to archive, so that an attempt fails. */
const SWITCH = "SELECT pg_logical_emit_message(false, 'fault', ''); SELECT pg_switch_wal()";

export const configurationFaults: Faults = {
	"wrong-password": {
		about: "The bastion's .pgpass holds a wrong password for repmgr on this host.",
		start: async (instance, host) => await setBastionPassword(instance, host, WRONG_PASSWORD),
		heal: async (instance, host) => await setBastionPassword(instance, host, PASSWORDS.repmgr),
	},
	"wrong-passfile": {
		about: "The host's own .pgpass holds a wrong password for repmgr on every node.",
		start: async (instance, host) => void (await script(instance, host, SET_HOST_PASSWORD, WRONG_PASSWORD)),
		heal: async (instance, host) => void (await script(instance, host, SET_HOST_PASSWORD, PASSWORDS.repmgr)),
	},
	"wrong-hba": {
		about: "A line of pg_hba.conf rejects the bastion; sessions that exist go on.",
		start: async (instance, host) =>
			await reject(instance, host, "wrong-hba", "all", `${bastionAddress(instance)}/32`),
		heal: async (instance, host) => await rejectNoMore(instance, host, "wrong-hba"),
	},
	"reject-replication": {
		about: "pg_hba.conf of the primary rejects replication: its standbys are cut off.",
		start: async (instance, host) => {
			await reject(instance, host, "reject-replication", "replication", "0.0.0.0/0");
			await sql(instance.prefix, host.name, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
		},
		heal: async (instance, host) => await rejectNoMore(instance, host, "reject-replication"),
	},
	"failing-archive": {
		about: "archive_command fails, so that WAL piles up.",
		start: async (instance, host) => {
			await changeSetting(instance, host, "archive_command", "/bin/false");
			await sql(instance.prefix, host.name, SWITCH);
		},
		heal: async (instance, host) => await restoreSetting(instance, host, "archive_command"),
	},
	"read-only": {
		about: "default_transaction_read_only is on: clients' writes fail.",
		start: async (instance, host) =>
			await changeSetting(instance, host, "default_transaction_read_only", "on"),
		heal: async (instance, host) => await restoreSetting(instance, host, "default_transaction_read_only"),
	},
	"not-preloaded": {
		about: "The server was started without repmgr's library, so repmgrd can't run.",
		start: async (instance, host) => {
			await changeConf(instance, host, PRELOAD, "", postgresqlConf(instance));
			await inHost(instance, host, ["systemctl", "restart", serverUnit(instance)]);
		},
		heal: async (instance, host) => {
			await restoreConf(instance, host, PRELOAD, postgresqlConf(instance));
			await inHost(instance, host, ["systemctl", "restart", serverUnit(instance)]);
			await recoverServer(instance, host);
		},
	},
};
