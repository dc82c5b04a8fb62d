import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";
import { dataDirectoryOf, script } from "./server.ts";

/**
 * $1 the file, $2 the setting: keeps its lines beside the file, for RESTORE. What is kept already is not kept again: a fault that
 * is made twice is mended once.
 */
const KEEP = '[ -e "$1.$2" ] || grep "^$2 *=" "$1" > "$1.$2" || true';

/** $1 the file, $2 the setting: its lines are again what they were. */
const RESTORE = `[ -e "$1.$2" ] || exit 0
sed -i "/^$2 *=/d" "$1"
cat "$1.$2" >> "$1"
rm "$1.$2"`;

/** $1 the file, $2 the setting, $3 its value, which holds neither quotes nor a newline. */
const CHANGE = `sed -i "/^$2 *=/d" "$1"
printf "%s='%s'\\n" "$2" "$3" >> "$1"`;

const autoConf = (instance: Instance): string => `${dataDirectoryOf(instance)}/postgresql.auto.conf`;
/** What forming the cluster set. */
export const postgresqlConf = (instance: Instance): string =>
	`/etc/postgresql/${instance.postgresVersion}/main/conf.d/repmgr.conf`;
const REPMGR_CONF = "/etc/repmgr.conf";

/** ALTER SYSTEM and a reload; what stood there before comes back with restoreSetting(). */
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

/** Works on a server that is down as well; it then reads the file as it starts. */
export async function restoreSetting(instance: Instance, host: HostIdentity, name: string): Promise<void> {
	await script(instance, host, RESTORE, autoConf(instance), name);
	await reload(instance, host).catch(() => {});
}

export async function reload(instance: Instance, host: HostIdentity): Promise<void> {
	await sql(instance.prefix, host.name, "SELECT pg_reload_conf()");
}

/** In a file; a repmgrd or server that runs goes on with what it read when it started. */
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
