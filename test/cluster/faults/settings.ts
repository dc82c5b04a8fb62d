import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";
import { dataDirectoryOf, script } from "./server.ts";

/**
 * $1 the file, $2 the setting: keeps its lines beside the file, for RESTORE. Never overwrites lines kept before, so that
 * healing once undoes a fault that was made twice.
 */
const KEEP = '[ -e "$1.$2" ] || grep "^$2 *=" "$1" > "$1.$2" || true';

/** $1 the file, $2 the setting: restores its lines. */
const RESTORE = `[ -e "$1.$2" ] || exit 0
sed -i "/^$2 *=/d" "$1"
cat "$1.$2" >> "$1"
rm "$1.$2"`;

/** $1 the file, $2 the setting, $3 its value, without quotes and newlines. */
const CHANGE = `sed -i "/^$2 *=/d" "$1"
printf "%s='%s'\\n" "$2" "$3" >> "$1"`;

const autoConf = (instance: Instance): string => `${dataDirectoryOf(instance)}/postgresql.auto.conf`;
/** The settings made when the cluster was formed. */
export const postgresqlConf = (instance: Instance): string =>
	`/etc/postgresql/${instance.postgresVersion}/main/conf.d/repmgr.conf`;
const REPMGR_CONF = "/etc/repmgr.conf";

/** ALTER SYSTEM and a reload; restoreSetting() brings the former value back. */
export async function changeSetting(
	instance: Instance,
	host: HostIdentity,
	name: string,
	value: string,
): Promise<void> {
	await script(instance, host, KEEP, autoConf(instance), name);
	await sql(instance.prefix, host.name, `ALTER SYSTEM SET ${name} = $fault$${value}$fault$`);
	await reload(instance, host);
}

/** Works on a server that is down as well, which reads the file when it starts. */
export async function restoreSetting(instance: Instance, host: HostIdentity, name: string): Promise<void> {
	await script(instance, host, RESTORE, autoConf(instance), name);
	await reload(instance, host).catch(() => {});
}

export async function reload(instance: Instance, host: HostIdentity): Promise<void> {
	await sql(instance.prefix, host.name, "SELECT pg_reload_conf()");
}

/** Changes a file; a running repmgrd or server keeps what it read when it started. */
export async function changeConf(
	instance: Instance,
	host: HostIdentity,
	name: string,
	value: string,
	file = REPMGR_CONF,
): Promise<void> {
	await script(instance, host, KEEP, file, name);
	await script(instance, host, CHANGE, file, name, value);
}

export async function restoreConf(
	instance: Instance,
	host: HostIdentity,
	name: string,
	file = REPMGR_CONF,
): Promise<void> {
	await script(instance, host, RESTORE, file, name);
}
