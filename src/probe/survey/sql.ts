import { LONG_TRANSACTION_SECONDS, SILENT_RECEIVER_SECONDS } from "../../model/survey.ts";
import type { Statement } from "../../transport/ports.ts";

/** Slots "s". to_jsonb: invalidation_reason and synced exist from PostgreSQL 17 on; 16 has conflicting, for logical slots on standbys. */
export const USABLE_LOGICAL_SLOTS = `pg_replication_slots s WHERE s.slot_type = 'logical' AND NOT s.temporary
       AND s.wal_status IS DISTINCT FROM 'lost' AND to_jsonb(s) ->> 'invalidation_reason' IS NULL`;
export const IS_SYNCED = "(to_jsonb(s) ->> 'synced')::bool";

/**
 * What matters only before an operation, in one row with the column "survey" (json). PostgreSQL 13 and later. Without
 * pg_read_all_stats, other users' sessions have null columns: the answer is then null, not 0.
 */
export const SURVEY: Statement = {
	name: "repmgr_console_survey",
	text: `
WITH sees AS (SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS all_sessions),
activity AS (
  SELECT a.*, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds
    FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()),
clients AS (SELECT * FROM activity WHERE application_name NOT IN ('repmgr', 'repmgrd', 'repmgr-console'))
SELECT json_build_object(
  'role', current_user,
  'baseBackups', (SELECT count(*) FROM pg_stat_progress_basebackup),
  'backupSessions', CASE WHEN all_sessions THEN (SELECT count(*) FROM clients
     WHERE query ~* '\\mpg_(backup_start|start_backup)\\M') END,
  'longTransactions', CASE WHEN all_sessions THEN coalesce((SELECT json_agg(t) FROM (
     SELECT pid, seconds, application_name AS "applicationName", state FROM clients
      WHERE seconds > ${LONG_TRANSACTION_SECONDS} ORDER BY seconds DESC LIMIT 10) t), '[]') END,
  'preparedTransactions', (SELECT count(*) FROM pg_prepared_xacts),
  'logicalSlots', coalesce((SELECT json_agg(s.slot_name ORDER BY s.slot_name) FROM ${USABLE_LOGICAL_SLOTS}), '[]'),
  'syncedSlots', coalesce((SELECT json_agg(s.slot_name ORDER BY s.slot_name) FROM ${USABLE_LOGICAL_SLOTS}
       AND ${IS_SYNCED}), '[]'),
  'silentReceivers', CASE WHEN all_sessions THEN coalesce((SELECT json_agg(r) FROM (
     SELECT pid, application_name AS "applicationName", extract(epoch FROM clock_timestamp() - reply_time)::float8 AS seconds
       FROM pg_stat_replication
      WHERE reply_time < clock_timestamp() - interval '${SILENT_RECEIVER_SECONDS} s' ORDER BY reply_time LIMIT 10) r), '[]') END,
  'freeWalSenders', current_setting('max_wal_senders')::int
     - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'),
  'freeSlots', current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots),
  'idleSlots', coalesce((SELECT json_agg(s.slot_name) FROM (
     SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY slot_name LIMIT 10) s), '[]'),
  'uncheckpointedBytes', CASE WHEN NOT pg_is_in_recovery() THEN
     pg_wal_lsn_diff(pg_current_wal_lsn(), (SELECT redo_lsn FROM pg_control_checkpoint())) END,
  'canBeRewound', current_setting('full_page_writes')::bool
     AND (current_setting('wal_log_hints')::bool OR current_setting('data_checksums')::bool),
  'monitoringHistoryBytes', pg_total_relation_size(to_regclass('repmgr.monitoring_history')),
  'clientSessions', (SELECT count(*) FROM clients),
  'writingSessions', CASE WHEN all_sessions THEN (SELECT count(*) FROM clients WHERE backend_xid IS NOT NULL) END,
  'lastCommitAt', CASE WHEN current_setting('track_commit_timestamp')::bool AND NOT pg_is_in_recovery()
     THEN (SELECT extract(epoch FROM timestamp) * 1000 FROM pg_last_committed_xact()) END
) AS survey FROM sees`,
};
