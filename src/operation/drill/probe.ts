import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "../plan/commands.ts";
import { type Facts, serverOf } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/** A schema of the drill's own in repmgr's database: what is in it goes with it. */
export const PROBE_SCHEMA = "repmgr_console_drill";

/** What a session of this console writes, and how it finds out where. */
export const PROBE_STATEMENTS = {
	write: {
		name: "repmgr_console_drill_write",
		text: `INSERT INTO ${PROBE_SCHEMA}.writes (id) VALUES ($1)`,
	},
	/** Asked before anything is written: a write that a standby refuses would be a line in its log. */
	isPrimary: {
		name: "repmgr_console_drill_role",
		text: "SELECT NOT pg_is_in_recovery() AS is_primary",
	},
	/** Of the ids in $1, those that are not there. */
	missing: {
		name: "repmgr_console_drill_missing",
		text: `SELECT id::float8 AS id FROM unnest($1::bigint[]) AS acknowledged (id)
 WHERE NOT EXISTS (SELECT FROM ${PROBE_SCHEMA}.writes w WHERE w.id = acknowledged.id) ORDER BY id`,
	},
} as const;

const DROP = `DROP SCHEMA IF EXISTS ${PROBE_SCHEMA} CASCADE`;

/** What an earlier drill left goes; that there was nothing is not worth a NOTICE. */
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
		title: `${quoted(primary)} gets a table for the drill to write to`,
		command: psql(facts, primary, statements.join("; ")),
		verification: "psql ends with 0",
		wayBack: DROP,
	});
}

export function dropProbe(facts: Facts, primary: NodeView, suffix: string): Step {
	return step({
		key: `drop-probe${suffix}`,
		title: `the drill's table goes, on ${quoted(primary)} and with it everywhere`,
		command: psql(facts, primary, `SET client_min_messages = warning; ${DROP}`),
		verification: "psql ends with 0",
		runs: "always",
	});
}

/** As quote_ident() does it, but always. */
function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
