import { describe, expect, test } from "vitest";
import { EVENTS, FACTS, pollStatement, type ServerFacts } from "../../../src/probe/server/sql.ts";
import type { Statement } from "../../../src/transport/ports.ts";
import { recordedServer } from "../../support/fixtures.ts";

const ALL: ServerFacts = {
	...recordedServer("primary").facts,
	canReadFiles: true,
	canReadFileSettings: true,
	canListWal: true,
};
const NOTHING: ServerFacts = {
	...ALL,
	canReadStats: false,
	canReadSettings: false,
	canReadFiles: false,
	canReadFileSettings: false,
	canListWal: false,
	tables: [],
	functions: [],
};
const codeOf = ({ text }: Statement) => text.replace(/--.*$/gm, "");
const textWith = (changes: Partial<ServerFacts>) => codeOf(pollStatement({ ...NOTHING, ...changes }));

describe("what may not be called or read is not queried", () => {
	test("no functions of repmgr", () => {
		expect(textWith({})).not.toMatch(/repmgr\.\w+\(/);
		expect(textWith({})).not.toMatch(/pg_control_\w+\(/);
	});

	test.each([
		["repmgrd_is_running", "repmgr.repmgrd_is_running()"],
		["get_repmgrd_pid", "repmgr.get_repmgrd_pid()"],
		["repmgrd_is_paused", "repmgr.repmgrd_is_paused()"],
		["get_upstream_last_seen", "repmgr.get_upstream_last_seen()"],
		["get_local_node_id", "repmgr.get_local_node_id()"],
		["get_upstream_node_id", "repmgr.get_upstream_node_id()"],
		["pg_control_checkpoint", "pg_control_checkpoint()"],
		["pg_control_recovery", "pg_control_recovery()"],
	])("%s alone", (name, call) => {
		const text = textWith({ functions: [name] });
		expect(text.match(/(repmgr\.\w+|pg_control_\w+)\(\)/g)).toEqual([call]);
	});

	test("the table nodes", () => {
		expect(textWith({ tables: ["nodes"] })).toContain("repmgr.nodes");
		expect(textWith({ tables: ["events"] })).not.toContain("repmgr.nodes");
	});

	test("the directory of the WAL files", () => {
		expect(textWith({ canListWal: true })).toContain("pg_ls_waldir()");
		expect(textWith({ canListWal: false })).not.toContain("pg_ls_waldir()");
	});

	test.each(["config_file", "data_directory", "hba_file", "shared_preload_libraries"])(
		"setting %s, which raises an error without pg_read_all_settings",
		(name) => {
			expect(textWith({ canReadSettings: false })).not.toContain(`'${name}'`);
			expect(textWith({ canReadSettings: true })).toContain(`'${name}'`);
		},
	);
});

test("never queries primary_conninfo, which holds passwords", () => {
	expect(pollStatement(ALL).text).not.toContain("primary_conninfo");
	expect(FACTS.text).not.toContain("conninfo");
});

test("leaves out an event at 'infinity', for which to_char() returns null", () => {
	expect(codeOf(EVENTS)).toContain("isfinite(n.event_timestamp)");
});

test("does not read repmgr.events, which keeps growing, in the poll", () => {
	expect(pollStatement(ALL).text).not.toContain("repmgr.events");
});

test("never calls functions that change the state of failover", () => {
	expect(pollStatement(ALL).text).not.toMatch(
		/repmgrd_pause\(|reset_voting_status|notify_follow_primary|\bset_|standby_set_last_updated/,
	);
});

/**
 * Since which version of PostgreSQL there is what the statements use, as the manual's chapters 9 and
 * 54 and the release notes say; those of PostgreSQL 15 were also found in the catalog of the server
 * that the fixtures come from. None was removed up to 17.
 */
const SINCE: Readonly<Record<string, number>> = {
	// Functions
	pg_conf_load_time: 8.4,
	pg_control_checkpoint: 9.6,
	pg_control_recovery: 9.6,
	pg_control_system: 9.6,
	pg_current_wal_lsn: 10,
	pg_has_role: 8.1,
	pg_is_in_recovery: 9.0,
	pg_is_wal_replay_paused: 10,
	pg_last_wal_receive_lsn: 10,
	pg_ls_waldir: 10,
	pg_last_wal_replay_lsn: 10,
	pg_last_xact_replay_timestamp: 9.1,
	pg_postmaster_start_time: 8.1,
	pg_relation_size: 8.1,
	pg_size_bytes: 9.6,
	pg_read_file: 10, // with missing_ok
	pg_wal_lsn_diff: 10,
	pg_walfile_name: 10,
	clock_timestamp: 8.2,
	current_database: 7.3,
	current_setting: 9.6, // with missing_ok
	has_function_privilege: 7.3,
	has_schema_privilege: 7.3,
	has_table_privilege: 7.3,
	isfinite: 7.0,
	inet_server_addr: 8.0,
	inet_server_port: 8.0,
	json_agg: 9.3,
	json_build_array: 9.4,
	json_build_object: 9.4,
	json_object_agg: 9.4,
	string_agg: 9.0,
	string_to_array: 7.4,
	to_char: 7.1,
	to_jsonb: 9.5,
	unnest: 8.4,
	coalesce: 6.5,
	div: 8.4,
	format: 9.1,
	generate_series: 8.0,
	lpad: 6.0,
	substr: 6.0,
	to_hex: 7.4,
	upper: 6.0,
	count: 6.0,
	extract: 7.0,
	greatest: 8.1,
	host: 6.5,
	left: 9.1,
	md5: 7.4,
	max: 6.0,
	// Relations, and their columns as they are used here
	pg_class: 6.0,
	pg_extension: 9.1,
	pg_file_settings: 9.5,
	pg_namespace: 7.3,
	pg_proc: 6.0,
	pg_read_all_settings: 10,
	pg_read_all_stats: 10,
	pg_catalog: 7.3,
	pg_replication_slots: 9.4,
	pg_stat_activity: 7.2,
	pg_stat_archiver: 9.4,
	pg_stat_get_wal_senders: 9.1,
	pg_stat_replication: 9.1,
	pg_stat_wal_receiver: 9.6,
	"a.archived_count": 9.4,
	"a.backend_type": 10,
	"a.pid": 9.2,
	"a.backend_start": 7.4,
	"a.datid": 7.2,
	"a.datname": 7.2,
	"a.failed_count": 9.4,
	"a.last_archived_time": 9.4,
	"a.last_archived_wal": 9.4,
	"a.last_failed_time": 9.4,
	"a.last_failed_wal": 9.4,
	"a.wait_event": 9.6,
	"a.state_change": 9.2,
	"f.applied": 9.5,
	"f.name": 9.5,
	"f.setting": 9.5,
	"c.oid": 6.0,
	"c.relname": 6.0,
	"c.relnamespace": 7.3,
	"n.nspname": 7.3,
	"n.oid": 7.3,
	"p.oid": 6.0,
	"p.pronamespace": 7.3,
	"p.proname": 6.0,
	"p.pronargs": 6.0,
	"s.active": 9.4,
	"s.active_pid": 9.5,
	"s.application_name": 9.1,
	"s.client_addr": 9.1,
	"s.backend_start": 9.1,
	"s.flush_lsn": 10,
	"s.pid": 9.2,
	"s.replay_lag": 10,
	"s.replay_lsn": 10,
	"s.restart_lsn": 9.4,
	"s.sent_lsn": 10,
	"s.slot_name": 9.4,
	"s.slot_type": 9.4,
	"s.state": 9.1,
	"s.sync_state": 9.1,
	"w.last_msg_receipt_time": 9.6,
	"w.modification": 10,
	"w.name": 10,
	"w.pid": 9.6,
	"w.received_tli": 9.6,
	"w.sender_host": 11,
	"w.sender_port": 11,
	"w.slot_name": 9.6,
	"w.status": 9.6,
	system_identifier: 9.6,
	timeline_id: 9.6,
	min_recovery_end_timeline: 9.6,
	min_recovery_end_lsn: 9.6,
	checkpoint_lsn: 9.6,
	extversion: 9.1,
};

/** Names that are the statements' own or repmgr's, not PostgreSQL's. */
const OWN = /^(repmgr\.\w+|[rvedlgzt]\.\w+|n\.(node_id|event\w*))$/;
const WORDS = new Set([
	"and",
	"any",
	"array",
	"as",
	"case",
	"exists",
	"from",
	"in",
	"or",
	"select",
	"bit",
	"when",
	"then",
]);

/** Every function, catalog and column that a statement names; comments and literals are none. */
function namesIn(text: string): readonly string[] {
	const code = text.replace(/E?'(?:[^'\\]|\\.)*'/g, "''");
	const found = [
		...code.matchAll(/\b(pg_\w+)\b/g),
		...code.matchAll(/(?<!\.)\b([a-z_]\w*)\s*\(/g),
		...code.matchAll(/\b([a-z]\.[a-z_]+)\b(?!\()/g),
		...code.matchAll(/\b(system_identifier|timeline_id|min_recovery_end_timeline|extversion)\b/g),
	].map(([, name = ""]) => name);
	return [...new Set(found)].filter((name) => !OWN.test(name) && !WORDS.has(name));
}

describe("uses nothing that PostgreSQL 12 lacks", () => {
	test.each([
		["facts", codeOf(FACTS)],
		["events", codeOf(EVENTS)],
		["poll with every right", codeOf(pollStatement(ALL))],
		["poll without rights", codeOf(pollStatement(NOTHING))],
	])("%s", (_, text) => {
		const names = namesIn(text);
		expect(names.length).toBeGreaterThan(10);
		expect(names.filter((name) => SINCE[name] === undefined)).toEqual([]);
		expect(names.filter((name) => (SINCE[name] ?? 0) > 12)).toEqual([]);
	});

	test("wal_status, of PostgreSQL 13, is taken out of the row as JSON, where it may be missing", () => {
		expect(pollStatement(ALL).text).toContain("to_jsonb(s) ->> 'wal_status'");
	});

	test("settings are asked for so that a missing one is null: some came or went between 12 and 17", () => {
		expect(pollStatement(ALL).text).toMatch(/current_setting\(n, true\)/);
	});
});
