import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bastionHome } from "../bastion.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { bastionAddress, PASSWORDS } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import { script } from "./server.ts";

const WRONG_PASSWORD = "not-the-password";
const MARK = "# fault wrong-hba";

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

/** The same in the host's own file, for its repmgr, repmgrd and walreceiver; $1 the new password, which holds no slash. */
const SET_HOST_PASSWORD = 'sed -i "s/:repmgr:[^:]*$/:repmgr:$1/" /var/lib/postgresql/.pgpass';

/** $1 pg_hba.conf, $2 the address, $3 the mark. In front: the first line that matches decides. */
const ADD_REJECT = 'sed -i "1i host all all $2/32 reject $3" "$1"';
/** $1 pg_hba.conf, $2 the mark. */
const REMOVE_REJECT = 'sed -i "/$2\\$/d" "$1"';

const hbaFile = (instance: Instance): string =>
	`/etc/postgresql/${instance.postgresVersion}/main/pg_hba.conf`;

async function reload(instance: Instance, host: HostIdentity): Promise<void> {
	await sql(instance.prefix, host.name, "SELECT pg_reload_conf()");
}

async function setArchiveCommand(instance: Instance, host: HostIdentity, statement: string): Promise<void> {
	await sql(instance.prefix, host.name, statement);
	await reload(instance, host);
}

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
		start: async (instance, host) => {
			await script(instance, host, ADD_REJECT, hbaFile(instance), bastionAddress(instance), MARK);
			await reload(instance, host);
		},
		heal: async (instance, host) => {
			await script(instance, host, REMOVE_REJECT, hbaFile(instance), MARK);
			await reload(instance, host);
		},
	},
	"failing-archive": {
		about: "archive_command fails, so that WAL piles up.",
		start: async (instance, host) =>
			await setArchiveCommand(instance, host, "ALTER SYSTEM SET archive_command = '/bin/false'"),
		heal: async (instance, host) =>
			await setArchiveCommand(instance, host, "ALTER SYSTEM RESET archive_command"),
	},
};
