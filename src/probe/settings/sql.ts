import { SETTING_NAME } from "../../model/setting.ts";

/**
 * What a server says of its settings, as one line of JSON; for psql on its own host with repmgr's login, since only a superuser
 * may read pg_file_settings. The last line in the files decides.
 *
 * @param name null: only what waits for a restart is read. Throws for what SETTING_NAME refuses.
 */
export function settingsStatement(name: string | null): string {
	if (name !== null && !SETTING_NAME.test(name)) throw new Error(`no name of a setting: ${name}`);
	return `
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'isSuperuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'allowsAlterSystem', current_setting('allow_alter_system', true)::bool,
  'reservedConnections', current_setting('superuser_reserved_connections')::int
     + coalesce(current_setting('reserved_connections', true)::int, 0),
  'pending', (SELECT coalesce(json_agg(json_build_object('name', s.name, 'value', s.setting, 'inFile', f.setting,
       'place', f.sourcefile || ':' || f.sourceline) ORDER BY s.name), '[]')
     FROM pg_settings s LEFT JOIN LATERAL (SELECT * FROM pg_file_settings f WHERE lower(f.name) = lower(s.name)
       ORDER BY f.seqno DESC LIMIT 1) f ON true
    WHERE s.pending_restart),
  'setting', (SELECT json_build_object('name', s.name, 'value', s.setting, 'shown', current_setting(s.name),
       'context', s.context, 'source', s.source, 'place', s.sourcefile || ':' || s.sourceline, 'isPending', s.pending_restart)
     FROM pg_settings s WHERE lower(s.name) = ${name === null ? "NULL" : `'${name}'`}))`;
}
