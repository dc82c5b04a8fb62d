import { MOST_NODES } from "../../model/registration.ts";
import type { Statement } from "../../transport/ports.ts";

/** What this session may see, and what stays the same while it lives. Asked once per connection. */
export interface ServerFacts {
	readonly versionNumber: number;
	readonly postgresVersion: string;
	readonly startedAt: number;
	/** Epoch ms, when the present timeline began; null in recovery, on timeline 1, and where pg_wal may not be listed. */
	readonly promotedAt?: number | null;
	/** Was it in recovery when the session began? */
	readonly inRecovery?: boolean;
	/** pg_ls_waldir(): which WAL files there are. */
	readonly canListWal?: boolean;
	readonly systemIdentifier: string | null;
	readonly repmgrVersion: string | null;
	readonly isSuperuser?: boolean;
	readonly serverAddress: string | null;
	readonly serverPort: number | null;
	readonly canReadStats: boolean;
	readonly canReadSettings: boolean;
	/** pg_read_file(): a timeline's history file; superusers may, others with EXECUTE. */
	readonly canReadFiles?: boolean;
	/** pg_file_settings: what the configuration files say, whatever this session has set. */
	readonly canReadFileSettings?: boolean;
	/** Those of repmgr.nodes and repmgr.events that we may read. */
	readonly tables: readonly string[];
	/** Those of repmgr's functions and pg_control_* that exist and that we may call. */
	readonly functions: readonly string[];
}

/**
 * Asks for rights instead of trying: a query that fails every second would fill the server's log.
 * Reads the catalogs directly, as to_regclass() raises an error for a schema without USAGE.
 */
export const FACTS: Statement = {
	name: "repmgr_console_facts",
	text: `
SELECT current_setting('server_version_num')::int AS "versionNumber",
       current_setting('server_version') AS "postgresVersion",
       -- float8: from PostgreSQL 14 on extract() is numeric, which drivers hand over as text.
       (extract(epoch FROM pg_postmaster_start_time()) * 1000)::float8 AS "startedAt",
       pg_is_in_recovery() AS "inRecovery",
       has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') AS "canListWal",
       CASE WHEN has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
            THEN (SELECT system_identifier::text FROM pg_control_system()) END AS "systemIdentifier",
       (SELECT extversion FROM pg_extension WHERE extname = 'repmgr') AS "repmgrVersion",
       current_setting('is_superuser')::bool AS "isSuperuser",
       host(inet_server_addr()) AS "serverAddress",
       inet_server_port() AS "serverPort",
       pg_has_role('pg_read_all_stats', 'USAGE') AS "canReadStats",
       pg_has_role('pg_read_all_settings', 'USAGE') AS "canReadSettings",
       has_function_privilege('pg_catalog.pg_read_file(text, bigint, bigint, boolean)', 'EXECUTE') AS "canReadFiles",
       has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
         AND has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE') AS "canReadFileSettings",
       ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'repmgr' AND c.relname IN ('nodes', 'events')
                AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS "tables",
       ARRAY(SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE (n.nspname = 'repmgr' OR (n.nspname = 'pg_catalog' AND p.proname LIKE 'pg\\_control\\_%'))
                AND p.pronargs = 0
                AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')) AS "functions"`,
};

/**
 * When the present timeline began: the promotion writes its history file. Asked once per session, as it reads the whole
 * directory, and only where permitted, as PostgreSQL checks rights before it evaluates a CASE.
 */
export const PROMOTED_AT: Statement = {
	name: "repmgr_console_promoted_at",
	text: `
SELECT (extract(epoch FROM w.modification) * 1000)::float8 AS "promotedAt" FROM pg_ls_waldir() w
 WHERE w.name = left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history'`,
};

/** Settings that matter for replication and failover. primary_conninfo is not among them: it holds passwords. */
const SETTINGS = [
	"archive_command",
	"archive_library",
	"archive_mode",
	"cluster_name",
	"data_checksums",
	"full_page_writes",
	"hot_standby",
	"listen_addresses",
	"max_connections",
	"max_replication_slots",
	"max_slot_wal_keep_size",
	"max_wal_senders",
	"port",
	"primary_slot_name",
	"recovery_min_apply_delay",
	"recovery_target_timeline",
	"reserved_connections",
	"superuser_reserved_connections",
	"synchronous_commit",
	"synchronous_standby_names",
	"wal_keep_segments",
	"wal_keep_size",
	"wal_level",
	"wal_log_hints",
	"wal_receiver_timeout",
	"wal_sender_timeout",
] as const;

/** Shown only to members of pg_read_all_settings. */
const PRIVILEGED_SETTINGS = [
	"config_file",
	"data_directory",
	"hba_file",
	"shared_preload_libraries",
] as const;

/**
 * Everything a verdict needs from SQL, in one row with one column "reading" (json), so that one poll is one round
 * trip. $1: digest of the known copy of repmgr.nodes, whose rows are then not sent again;
 * $2: when the known configuration files were loaded (epoch ms): parsing them takes milliseconds.
 */
export function pollStatement(facts: ServerFacts): Statement {
	const has = (name: string): boolean => facts.functions.includes(name);
	const call = (name: string): string => (has(name) ? `repmgr.${name}()` : "NULL");
	const settings = [...SETTINGS, ...(facts.canReadSettings ? PRIVILEGED_SETTINGS : [])];
	return {
		name: "repmgr_console_poll",
		text: `
SELECT json_build_object(
  'inRecovery', r.in_recovery,
  'serverTime', extract(epoch FROM clock_timestamp()) * 1000,
  'currentLsn', CASE WHEN NOT r.in_recovery THEN pg_current_wal_lsn() END,
  -- The insertion timeline, right from the moment of promotion; pg_control_checkpoint() lags behind it.
  'primaryTimeline', CASE WHEN NOT r.in_recovery
    THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
  'control', ${controlData(has)},
  'walFileTimeline', ${facts.canListWal ? WAL_FILE_TIMELINE : "NULL"},
  'history', ${facts.canReadFiles ? HISTORY : "NULL"},
  'receiveLsn', r.receive_lsn,
  'replayLsn', r.replay_lsn,
  -- Only whether it is set: a command may hold a secret.
  'restoresFromArchive', r.in_recovery AND coalesce(current_setting('restore_command', true), '') <> '',
  'lastReplayedCommitSeconds', CASE WHEN r.in_recovery
    THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END,
  'replayPaused', CASE WHEN r.in_recovery THEN pg_is_wal_replay_paused() END,
  'walReceiver', (SELECT json_build_object('pid', w.pid, 'status', w.status,
      'senderHost', w.sender_host, 'senderPort', w.sender_port, 'slotName', w.slot_name,
      'receivedTimeline', w.received_tli,
      'lastMessageSeconds', extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time),
      'connectedSeconds', extract(epoch FROM clock_timestamp() - l.receiver_start))
    FROM pg_stat_wal_receiver w LIMIT 1),
  'walSenders', (SELECT json_agg(json_build_object('pid', s.pid, 'applicationName', s.application_name,
      'clientAddress', host(s.client_addr), 'state', s.state, 'sentLsn', s.sent_lsn,
      'flushLsn', s.flush_lsn, 'replayLsn', s.replay_lsn,
      'replayLagSeconds', extract(epoch FROM s.replay_lag), 'syncState', s.sync_state,
      'connectedSeconds', extract(epoch FROM clock_timestamp() - s.backend_start)) ORDER BY s.pid)
    -- The view reads all sessions, too, and most standbys have no walsender.
    FROM pg_stat_replication s WHERE EXISTS (SELECT 1 FROM pg_stat_get_wal_senders())),
  -- to_jsonb: wal_status exists from PostgreSQL 13 on, invalidation_reason from 17 on.
  'slots', (SELECT json_agg(json_build_object('slotName', s.slot_name, 'slotType', s.slot_type,
      'active', s.active, 'activePid', s.active_pid, 'restartLsn', s.restart_lsn,
      'retainedBytes', pg_wal_lsn_diff(CASE WHEN r.in_recovery THEN pg_last_wal_replay_lsn()
                                            ELSE pg_current_wal_lsn() END, s.restart_lsn),
      'walStatus', to_jsonb(s) ->> 'wal_status',
      'invalidationReason', to_jsonb(s) ->> 'invalidation_reason') ORDER BY s.slot_name)
    FROM pg_replication_slots s),
  'archiver', (SELECT json_build_object('archivedCount', a.archived_count, 'failedCount', a.failed_count,
      'lastArchivedWal', a.last_archived_wal, 'lastFailedWal', a.last_failed_wal,
      'failing', coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false))
    FROM pg_stat_archiver a),
  'settings', (SELECT json_object_agg(n, current_setting(n, true))
    FROM unnest(ARRAY[${settings.map((name) => `'${name}'`).join(", ")}]) AS n),
  'connections', l.connections,
  'clientSessions', l.client_sessions,
  'configuration', ${facts.canReadFileSettings ? CONFIGURATION : "NULL"},
  'syncRepWaiters', l.sync_rep_waiters,
  'syncRepOldestSeconds', l.sync_rep_oldest_seconds,
  'repmgrd', json_build_object('running', ${call("repmgrd_is_running")}, 'pid', ${call("get_repmgrd_pid")},
    'paused', ${call("repmgrd_is_paused")}, 'upstreamLastSeenSeconds', ${call("get_upstream_last_seen")},
    'localNodeId', ${call("get_local_node_id")}, 'upstreamNodeId', ${call("get_upstream_node_id")}),
  'nodes', ${facts.tables.includes("nodes") ? NODES : "NULL"}
) AS reading
FROM (SELECT pg_is_in_recovery() AS in_recovery, $1::text AS digest, $2::float8 AS known_load,
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() END AS receive_lsn,
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END AS replay_lsn) AS r,
     ${ACTIVITY} AS l`,
	};
}

/**
 * Everything from pg_stat_activity in one scan: with 400 sessions a scan costs the server 5 ms, as it formats every
 * client's address. Sessions in databases other than repmgr's are nearly always an application's.
 */
const ACTIVITY = `(SELECT
      count(*) FILTER (WHERE a.backend_type = 'client backend'
        OR (a.backend_type IS NULL AND a.datid IS NOT NULL)) AS connections,
      count(*) FILTER (WHERE a.datid IS NOT NULL AND a.datname IS DISTINCT FROM current_database()
        AND (a.backend_type = 'client backend' OR a.backend_type IS NULL)) AS client_sessions,
      count(*) FILTER (WHERE a.wait_event = 'SyncRep') AS sync_rep_waiters,
      max(extract(epoch FROM clock_timestamp() - a.state_change))
        FILTER (WHERE a.wait_event = 'SyncRep') AS sync_rep_oldest_seconds,
      max(a.backend_start) FILTER (WHERE a.backend_type = 'walreceiver') AS receiver_start
    FROM pg_stat_activity a)`;

/** Timelines with their positions: control data catch up with replay only at restartpoints. */
function controlData(has: (name: string) => boolean): string {
	const sources = [
		has("pg_control_checkpoint") &&
			"(SELECT json_build_object('lsn', checkpoint_lsn, 'timeline', timeline_id) FROM pg_control_checkpoint())",
		has("pg_control_recovery") &&
			`(SELECT json_build_object('lsn', min_recovery_end_lsn, 'timeline', min_recovery_end_timeline)
        FROM pg_control_recovery())`,
	];
	return `json_build_array(${sources.filter(Boolean).join(", ")})`;
}

/**
 * The timeline of a standby's newest WAL where no walreceiver tells it: that of the WAL file it is in. If several files
 * cover the same WAL, PostgreSQL reads the one of the latest timeline, and it never makes one later than its own.
 */
const WAL_FILE_TIMELINE = `CASE WHEN r.in_recovery
      AND NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver v WHERE v.status = 'streaming')
    THEN (SELECT max(('x' || left(w.name, 8))::bit(32)::int)
            FROM (SELECT div(pg_wal_lsn_diff(greatest(r.receive_lsn, r.replay_lsn), '0/1'), z.bytes)::bigint AS number,
                         4294967296 / z.bytes AS per_id
                    FROM (SELECT pg_size_bytes(current_setting('wal_segment_size')) AS bytes) z) g,
                 pg_ls_waldir() w
           WHERE w.name ~ '^[0-9A-F]{24}$'
             AND substr(w.name, 9) = upper(lpad(to_hex(g.number / g.per_id), 8, '0')
                                           || lpad(to_hex(g.number % g.per_id), 8, '0'))) END`;

/** The history file of a primary's timeline, which says where each earlier timeline ended; timeline 1 has none. */
const HISTORY = `CASE WHEN NOT r.in_recovery
    THEN string_to_array(pg_read_file(
      'pg_wal/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history', 0, 100000, true), E'\\n') END`;

/**
 * This session is read-only by its own setting, so current_setting() does not tell what others get; the configuration
 * files do. They are parsed again only after a reload.
 */
const CONFIGURATION = `(SELECT json_build_object('loadedAt', l.at, 'readOnlyByDefault',
      CASE WHEN l.at IS DISTINCT FROM r.known_load
           THEN coalesce((SELECT f.setting::boolean FROM pg_file_settings f
                           WHERE f.name = 'default_transaction_read_only' AND f.applied LIMIT 1), false) END)
    FROM (SELECT (extract(epoch FROM pg_conf_load_time()) * 1000)::float8 AS at) l)`;

/** Only the number of rows where there are more than the console handles. */
const NODES = `(SELECT json_build_object('digest', d.digest, 'rows',
      CASE WHEN d.listed <= ${MOST_NODES} AND d.digest IS DISTINCT FROM r.digest
           THEN (SELECT coalesce(json_agg(n ORDER BY n.node_id), '[]'::json) FROM repmgr.nodes n) END,
      'count', CASE WHEN d.listed <= ${MOST_NODES} THEN d.listed ELSE (SELECT count(*) FROM repmgr.nodes) END)
    FROM (SELECT count(*) AS listed, md5(coalesce(string_agg(n::text, E'\\n' ORDER BY n.node_id), '')) AS digest
            FROM (SELECT * FROM repmgr.nodes ORDER BY node_id LIMIT ${MOST_NODES + 1}) n) d)`;

/** A table up to this size is read whole: 2 MB are some 20 000 events, and a few milliseconds. */
export const WHOLE_EVENTS_BYTES = 2 ** 21;

/** Pages read at the end of a bigger table, and rows read of each: a page has no room for more. */
const EVENT_PAGES = 32;
const EVENTS_A_PAGE = 128;

/** $1: the statement_timeout to set; null: the one the session began with. */
export const STATEMENT_TIMEOUT: Statement = {
	name: "repmgr_console_timeout",
	text: "SELECT set_config('statement_timeout', $1, false)",
};

/**
 * The newest events, apart from the poll: repmgrd keeps writing events, repmgr never removes them, and the table has no
 * index. $1: since (timestamptz, null for the newest ones). A table bigger than WHOLE_EVENTS_BYTES is read from its end by
 * row numbers (TID scan), at a cost that does not depend on its size.
 */
export const EVENTS: Statement = {
	name: "repmgr_console_events",
	text: `
WITH t AS MATERIALIZED (SELECT pg_relation_size('repmgr.events') AS bytes, current_setting('block_size')::bigint AS page)
SELECT json_build_object('tableBytes', (SELECT bytes FROM t), 'events', (SELECT json_agg(e) FROM (
      SELECT v.node_id AS "nodeId", v.event, v.successful,
             to_char(v.event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "timestamp",
             coalesce(left(v.details, 4000), '') AS details
        FROM (SELECT * FROM (
                SELECT * FROM repmgr.events WHERE (SELECT bytes <= ${WHOLE_EVENTS_BYTES} FROM t)
                UNION ALL
                SELECT * FROM repmgr.events WHERE ctid = ANY (ARRAY(
                  SELECT format('(%s,%s)', p, i)::tid
                    FROM t, generate_series(greatest(t.bytes / t.page - ${EVENT_PAGES}, 0), t.bytes / t.page - 1) p,
                         generate_series(1, ${EVENTS_A_PAGE}) i
                   WHERE t.bytes > ${WHOLE_EVENTS_BYTES}))) n
               -- to_char() of 'infinity' is null.
               WHERE isfinite(n.event_timestamp) AND ($1::timestamptz IS NULL OR n.event_timestamp >= $1::timestamptz)
               ORDER BY n.event_timestamp DESC LIMIT 200) v
       ORDER BY v.event_timestamp DESC) e)) AS reading`,
};
