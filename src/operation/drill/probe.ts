import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "../plan/commands.ts";
import { type Facts, serverOf } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/** The drill's own schema in repmgr's database, dropped with all its contents. */
export const PROBE_SCHEMA = "repmgr_console_drill";

/** The statements of the console's writing sessions. */
export const PROBE_STATEMENTS = {
	write: {
		name: "repmgr_console_drill_write",
		text: `INSERT INTO ${PROBE_SCHEMA}.writes (id) VALUES ($1)`,
	},
	/** Asked before anything is written: a standby would log every write that it refuses. */
	isPrimary: {
		name: "repmgr_console_drill_role",
		text: "SELECT NOT pg_is_in_recovery() AS is_primary",
	},
	/** The ids of $1 that are missing. */
	missing: {
		name: "repmgr_console_drill_missing",
		text: `SELECT id::float8 AS id FROM unnest($1::bigint[]) AS acknowledged (id)
 WHERE NOT EXISTS (SELECT FROM ${PROBE_SCHEMA}.writes w WHERE w.id = acknowledged.id) ORDER BY id`,
	},
} as const;

const DROP = `DROP SCHEMA IF EXISTS ${PROBE_SCHEMA} CASCADE`;

/** Replaces what an earlier drill left; client_min_messages silences the NOTICE where there is nothing. */
export function createProbe(facts: Facts, primary: NodeView): Step {
	const role = identifier(serverOf(facts, primary.nodeId).value?.role ?? "");
	const statements = [
		"SET client_min_messages = warning",
		DROP,
		`CREATE SCHEMA ${PROBE_SCHEMA}`,
		`CREATE TABLE ${PROBE_SCHEMA}.writes (id bigint PRIMARY KEY)`,
		`GRANT USAGE ON SCHEMA ${PROBE_SCHEMA} TO ${role}`,
		`GRANT SELECT, INSERT ON ${PROBE_SCHEMA}.writes TO ${role}`,
	];
	return step({
		key: "create-probe",
		title: `create a table on ${quoted(primary)} for the drill to write to`,
		command: psql(facts, primary, statements.join("; ")),
		verification: "psql ends with 0",
		wayBack: DROP,
	});
}

export function dropProbe(facts: Facts, primary: NodeView, suffix: string): Step {
	return step({
		key: `drop-probe${suffix}`,
		title: `drop the drill's table on ${quoted(primary)}`,
		command: psql(facts, primary, `SET client_min_messages = warning; ${DROP}`),
		verification: "psql ends with 0",
		runs: "always",
	});
}

/** Like quote_ident(), but always quoted. */
function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
