import type { Statement } from "../../transport/ports.ts";
import { MOST_HISTORY_BYTES, MOST_HISTORY_FILES } from "../history-file.ts";
import type { ServerFacts } from "../server/sql.ts";

/** repmgr's events of a promotion (repmgr-action-standby.c, repmgrd-physical.c). */
const PROMOTIONS = ["standby_promote", "repmgrd_failover_promote", "standby_switchover"];

/** A table up to this size is searched: there is no index, and repmgr never removes an event. */
const SEARCHED_BYTES = 2 ** 26;

/** One row with one column "timelines" (json). */
export function timelinesStatement({ canListWal, canReadFiles, tables }: ServerFacts): Statement {
	return {
		name: "repmgr_console_timelines",
		text: `
SELECT json_build_object(
  'histories', ${canListWal && canReadFiles ? HISTORIES : "NULL"},
  'events', ${tables.includes("events") ? EVENTS : "NULL"}
) AS timelines`,
	};
}

const HISTORIES = `(SELECT coalesce(json_agg(json_build_object('name', w.name,
      'writtenAt', (extract(epoch FROM w.modification) * 1000)::float8,
      'lines', string_to_array(pg_read_file('pg_wal/' || w.name, 0, ${MOST_HISTORY_BYTES}, true), E'\\n'))), '[]')
    FROM (SELECT * FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{8}[.]history$'
           ORDER BY name DESC LIMIT ${MOST_HISTORY_FILES}) w)`;

const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** isfinite: to_char() of 'infinity' is null. */
const EVENTS = `(SELECT json_build_object(
      'since', (SELECT to_char(min(event_timestamp) AT TIME ZONE 'UTC', ${TIME}) FROM repmgr.events
                 WHERE isfinite(event_timestamp)),
      'promotions', (SELECT coalesce(json_agg(json_build_object('nodeId', e.node_id, 'event', e.event,
          'successful', e.successful, 'timestamp', to_char(e.event_timestamp AT TIME ZONE 'UTC', ${TIME}),
          'details', coalesce(left(e.details, 1000), ''))), '[]')
        FROM (SELECT * FROM repmgr.events
               WHERE event IN (${PROMOTIONS.map((event) => `'${event}'`).join(", ")}) AND isfinite(event_timestamp)
               ORDER BY event_timestamp DESC LIMIT 200) e))
    WHERE pg_relation_size('repmgr.events') <= ${SEARCHED_BYTES})`;
