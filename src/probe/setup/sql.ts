import type { Statement } from "../../transport/ports.ts";
import { IS_SYNCED, USABLE_LOGICAL_SLOTS } from "../survey/sql.ts";

/** Settings that rules need and that every role may see. */
const SETTINGS = [
	"allow_alter_system",
	"archive_command",
	"archive_library",
	"archive_mode",
	"data_checksums",
	"fsync",
	"full_page_writes",
	"hot_standby",
	"hot_standby_feedback",
	"idle_replication_slot_timeout",
	"listen_addresses",
	"max_connections",
	"max_locks_per_transaction",
	"max_prepared_transactions",
	"max_replication_slots",
	"max_slot_wal_keep_size",
	"max_wal_senders",
	"max_worker_processes",
	"port",
	"primary_slot_name",
	"recovery_min_apply_delay",
	"recovery_target_timeline",
	"restore_command",
	"ssl",
	"sync_replication_slots",
	"synchronized_standby_slots",
	"synchronous_commit",
	"synchronous_standby_names",
	"wal_keep_segments",
	"wal_keep_size",
	"wal_level",
	"wal_log_hints",
	"wal_receiver_timeout",
	"wal_sender_timeout",
] as const;

/** Shown only to members of pg_read_all_settings. primary_conninfo is not among them: it holds passwords. */
const PRIVILEGED_SETTINGS = [
	"config_file",
	"data_directory",
	"hba_file",
	"shared_preload_libraries",
] as const;

/** What this session may see: asked, not tried, as the server logs refused attempts. */
export interface SetupRights {
	readonly canReadSettings: boolean;
	readonly canReadHba: boolean;
	readonly canReadFileSettings: boolean;
}

const mayRead = (view: string, routine: string): string =>
	`has_table_privilege('pg_catalog.${view}', 'SELECT') AND has_function_privilege('pg_catalog.${routine}()', 'EXECUTE')`;

export const SETUP_RIGHTS: Statement = {
	name: "repmgr_console_setup_rights",
	text: `
SELECT pg_has_role('pg_read_all_settings', 'USAGE') AS "canReadSettings",
       ${mayRead("pg_hba_file_rules", "pg_hba_file_rules")} AS "canReadHba",
       ${mayRead("pg_file_settings", "pg_show_all_file_settings")} AS "canReadFileSettings"`,
};

/** $1: the role whose rights matter. One row with one column "setup" (json), without the options of pg_hba.conf, which may hold secrets. */
export function setupStatement(rights: SetupRights): Statement {
	const names = [...SETTINGS, ...(rights.canReadSettings ? PRIVILEGED_SETTINGS : [])];
	return {
		name: "repmgr_console_setup",
		text: `
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'address', host(inet_server_addr()),
  'settings', (SELECT json_agg(json_build_object('name', s.name, 'value', s.setting, 'file', s.sourcefile,
      'line', s.sourceline, 'pendingRestart', s.pending_restart))
    FROM pg_settings s WHERE s.pending_restart OR s.name = ANY (ARRAY[${names.map((name) => `'${name}'`).join(", ")}])),
  'role', (SELECT json_build_object('name', r.rolname, 'isSuperuser', r.rolsuper, 'canReplicate', r.rolreplication,
      'missingRoles', ARRAY(SELECT p.rolname::text FROM pg_roles p
        WHERE p.rolname IN ('pg_read_all_stats', 'pg_read_all_settings', 'pg_checkpoint')
          AND NOT pg_has_role(r.oid, p.oid, 'USAGE') ORDER BY 1),
      'missingFunctions', ARRAY(SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('pg_promote', 'pg_wal_replay_resume')
          AND NOT has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1))
    FROM pg_roles r WHERE r.rolname = $1),
  'monitoringHistoryBytes', (SELECT pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n
      ON n.oid = c.relnamespace WHERE n.nspname = 'repmgr' AND c.relname = 'monitoring_history'),
  'logicalSlots', ARRAY(SELECT s.slot_name::text FROM ${USABLE_LOGICAL_SLOTS} ORDER BY 1),
  'syncedSlots', ARRAY(SELECT s.slot_name::text FROM ${USABLE_LOGICAL_SLOTS} AND ${IS_SYNCED} ORDER BY 1),
  'physicalSlots', (SELECT coalesce(json_agg(json_build_object('name', s.slot_name, 'isActive', s.active) ORDER BY s.slot_name), '[]'::json)
    FROM pg_replication_slots s WHERE s.slot_type = 'physical'),
  'followsWithDatabase', ${rights.canReadSettings ? NAMES_DATABASE : "NULL"},
  'repmgrVersion', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'repmgr'),
  'hba', ${rights.canReadHba ? HBA : "NULL"},
  'fileErrors', ${rights.canReadFileSettings ? FILE_ERRORS : "NULL"}
) AS setup`,
	};
}

/** Only whether primary_conninfo has a dbname leaves the server: it may hold a password. */
const NAMES_DATABASE = `(SELECT CASE WHEN c.conninfo ~ '^postgres(ql)?://'
      THEN c.conninfo ~ '^[^:]+://[^/?]*/[^?]' OR c.conninfo ~ '[?&]dbname='
      ELSE regexp_replace(c.conninfo, '''[^'']*''', '''''', 'g') ~ '(^|[[:space:]])dbname[[:space:]]*=' END
    FROM (SELECT current_setting('primary_conninfo', true) AS conninfo) c WHERE c.conninfo <> '')`;

/** to_jsonb: file_name exists from PostgreSQL 16 on. */
const HBA = `(SELECT coalesce(json_agg(json_build_object('file', coalesce(to_jsonb(h) ->> 'file_name', current_setting('hba_file', true)),
      'line', h.line_number, 'type', h.type, 'databases', h.database, 'users', h.user_name, 'address', h.address,
      'netmask', h.netmask, 'method', h.auth_method, 'error', h.error)), '[]'::json)
    FROM (SELECT * FROM pg_hba_file_rules ORDER BY to_jsonb(pg_hba_file_rules) ->> 'rule_number' IS NULL,
      (to_jsonb(pg_hba_file_rules) ->> 'rule_number')::int, line_number) h)`;

/** Without changes that wait for a restart: pg_settings reports those. */
const FILE_ERRORS = `(SELECT coalesce(json_agg(json_build_object('file', f.sourcefile, 'line', f.sourceline, 'name', f.name,
      'message', f.error) ORDER BY f.seqno), '[]'::json)
    FROM pg_file_settings f LEFT JOIN pg_settings s ON s.name = f.name
   WHERE f.error IS NOT NULL AND s.pending_restart IS NOT TRUE)`;
