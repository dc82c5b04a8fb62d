import { describe, expect, test } from "vitest";
import { inShort, lintOf, POSTGRESQL_CONF, type Settings } from "../support/setups.ts";

const cases: readonly (readonly [string, Settings, readonly string[]])[] = [
	["hints and checksums off", { wal_log_hints: "off" }, ["warning NOT_REWINDABLE 2:24"]],
	["hints off, checksums on", { wal_log_hints: "off", data_checksums: "on" }, []],
	["full_page_writes off", { full_page_writes: "off" }, ["warning NOT_REWINDABLE 2:6"]],
	[
		"walsenders for the standbys alone",
		{ max_wal_senders: "2" },
		["warning WAL_SENDERS_TOO_FEW 2:14", "error STANDBY_SETTING_LOWER 2:14"],
	],
	[
		"not even that",
		{ max_wal_senders: "1" },
		["error WAL_SENDERS_TOO_FEW 2:14", "error STANDBY_SETTING_LOWER 2:14"],
	],
	["slots for one of two", { max_replication_slots: "1" }, ["error SLOTS_TOO_FEW 2:12"]],
	["slots for both", { max_replication_slots: "2" }, []],
	["slots without limit", { max_slot_wal_keep_size: "-1" }, ["notice SLOTS_WITHOUT_LIMIT 2:13"]],
	["PostgreSQL 12, which has no limit", { max_slot_wal_keep_size: undefined }, []],
	["wal_level minimal", { wal_level: "minimal" }, ["error WAL_LEVEL_MINIMAL 2:23"]],
	["wal_level logical", { wal_level: "logical" }, []],
	["hot_standby off", { hot_standby: "off" }, ["error HOT_STANDBY_OFF 2:7"]],
	["an empty archive_command", { archive_command: "" }, ["error ARCHIVE_COMMAND_EMPTY 2:1"]],
	["an empty one, as a library archives", { archive_command: "", archive_library: "basic_archive" }, []],
	["an empty one, as nothing is archived", { archive_command: "(disabled)", archive_mode: "off" }, []],
	["/bin/true", { archive_command: "/bin/true" }, ["warning ARCHIVE_COMMAND_DISCARDS 2:1"]],
	["true", { archive_command: "true" }, ["warning ARCHIVE_COMMAND_DISCARDS 2:1"]],
	["exit 0", { archive_command: "exit 0" }, ["warning ARCHIVE_COMMAND_DISCARDS 2:1"]],
	["a command that ends in true", { archive_command: "push %p || true" }, []],
	[
		"the second seed's copy",
		{ archive_command: "cp -i %p /mnt/archive/%f" },
		["notice ARCHIVE_COMMAND_OVERWRITES 2:1"],
	],
	["the manual's copy", { archive_command: "test ! -f /mnt/archive/%f && cp %p /mnt/archive/%f" }, []],
	[
		"an archive in the data directory",
		{
			archive_command:
				"test ! -f /var/lib/postgresql/15/main/archive/%f && cp %p /var/lib/postgresql/15/main/archive/%f",
		},
		["warning ARCHIVE_IN_DATA_DIRECTORY 2:1"],
	],
	["no library preloaded", { shared_preload_libraries: "" }, ["error NOT_PRELOADED 2:30"]],
	["others preloaded", { shared_preload_libraries: "pg_stat_statements" }, ["error NOT_PRELOADED 2:30"]],
	["repmgr among them", { shared_preload_libraries: 'pg_stat_statements, "$libdir/repmgr"' }, []],
	["listens to itself", { listen_addresses: "localhost, ::1" }, ["error LISTENS_LOCALLY 2:8"]],
	["listens nowhere", { listen_addresses: "" }, ["error LISTENS_LOCALLY 2:8"]],
	["listens on an address of its own", { listen_addresses: "localhost,10.99.1.12" }, []],
	[
		"a change that waits",
		{ max_connections: { value: "100", pendingRestart: true } },
		["warning PENDING_RESTART 2"],
	],
	["fewer connections than the primary", { max_connections: "50" }, ["error STANDBY_SETTING_LOWER 2:9"]],
	[
		"recovery stays on its timeline",
		{ recovery_target_timeline: "current" },
		["error RECOVERY_TARGET_TIMELINE 2:17"],
	],
	["no timeout of walsenders", { wal_sender_timeout: "0" }, ["warning REPLICATION_TIMEOUT_OFF 2:26"]],
	["fsync off", { fsync: "off" }, ["error FSYNC_OFF 2:5"]],
	["waits for a sibling", { synchronous_standby_names: "node3" }, []],
	["waits for any", { synchronous_standby_names: "*" }, []],
	["waits for one of two that exist", { synchronous_standby_names: 'ANY 1 ("node1", node3)' }, []],
	[
		"waits for one that is not there",
		{ synchronous_standby_names: "pg3" },
		["error SYNC_STANDBY_NAMES 2:21"],
	],
	["waits for itself", { synchronous_standby_names: "FIRST 1 (node2)" }, ["error SYNC_STANDBY_NAMES 2:21"]],
	[
		"waits for more than there are",
		{ synchronous_standby_names: "3 (node1, node3, node4)" },
		["error SYNC_STANDBY_NAMES 2:21"],
	],
];

describe("a setting of node2", () => {
	test.each(cases)("%s", (_, settings, expected) => {
		const results = lintOf({ 2: { settings } });
		const lines = inShort(results).map((line) =>
			line.includes("PENDING") ? line.replace(/:\d+/, "") : line,
		);
		expect(lines).toEqual(expected.toSorted(byRank));
	});
});

function byRank(a: string, b: string): number {
	const rank = (text: string): number =>
		["error", "warning", "unknown", "notice"].indexOf(text.split(" ")[0] ?? "");
	return rank(a) - rank(b);
}

test("does not check a witness for what concerns data", () => {
	const settings = {
		wal_log_hints: "off",
		max_wal_senders: "0",
		archive_command: "/bin/true",
		wal_level: "minimal",
		max_connections: "20",
		wal_sender_timeout: "0",
	};
	expect(lintOf({ 4: { settings } })).toEqual([]);
});

test("the file of a setting decides how it is changed", () => {
	const textsOf = (place: { file: string; line: number } | null) =>
		lintOf({ 2: { settings: { wal_log_hints: { value: "off", place } } } })[0]?.change.map(
			({ title, text }) => [title, text],
		)[0];
	expect(textsOf({ file: POSTGRESQL_CONF, line: 209 })).toEqual([
		`line 209 of ${POSTGRESQL_CONF} on node2`,
		"wal_log_hints = on",
	]);
	const sql = ["in SQL on node2", "ALTER SYSTEM SET wal_log_hints = on;"];
	expect(textsOf(null)).toEqual(sql);
	expect(textsOf({ file: "/var/lib/postgresql/15/main/postgresql.auto.conf", line: 3 })).toEqual(sql);
});

test("a higher value on another standby is only a warning", () => {
	const settings = { max_connections: "200" };
	expect(inShort(lintOf({ 3: { settings } }))).toEqual([
		"warning STANDBY_SETTING_LOWER 1:9",
		"warning STANDBY_SETTING_LOWER 2:9",
	]);
});

test("reports errors in configuration files with their lines", () => {
	const fileErrors = [
		{
			name: "wal_keep_size",
			message: "invalid value",
			place: { file: "/etc/postgresql/15/main/conf.d/x.conf", line: 3 },
		},
	];
	expect(lintOf({ 2: { fileErrors } })).toMatchObject([
		{
			code: "CONFIG_FILE_ERROR",
			where: { host: "node2", file: "/etc/postgresql/15/main/conf.d/x.conf", line: 3 },
		},
	]);
});

describe("the role of the conninfo", () => {
	const role = {
		name: "repmgr",
		isSuperuser: false,
		canReplicate: true,
		missingRoles: [] as string[],
		missingFunctions: [] as string[],
	};
	test.each([
		["has what it needs", role, []],
		["lacks a role", { ...role, missingRoles: ["pg_checkpoint"] }, ["warning ROLE_RIGHTS 2"]],
		[
			"may not promote",
			{ ...role, missingFunctions: ["pg_promote(boolean,integer)"] },
			["warning ROLE_RIGHTS 2"],
		],
		["may not replicate", { ...role, canReplicate: false }, ["error ROLE_RIGHTS 2"]],
		["does not exist", null, ["error ROLE_RIGHTS 2"]],
		[
			"is a superuser",
			{ ...role, isSuperuser: true, canReplicate: false, missingRoles: ["pg_checkpoint"] },
			[],
		],
	])("%s", (_, given, expected) => {
		expect(inShort(lintOf({ 2: { server: { role: given } } }))).toEqual(expected);
	});

	test("accepts another role for replication", () => {
		const server = { role: { ...role, canReplicate: false } };
		const conf = { replication_user: "walsender" };
		const codes = lintOf({ 2: { server, conf } }).map(({ code }) => code);
		expect(codes).not.toContain("ROLE_RIGHTS");
	});
});

test("reports logical slots that would be lost", () => {
	const server = { logicalSlots: ["sub_a"] };
	expect(lintOf({ 1: { server } }).map(({ message }) => message)).toEqual([
		'a failover or switchover from "node1" to "node2" loses the logical slot "sub_a"',
		'a failover or switchover from "node1" to "node3" loses the logical slot "sub_a"',
	]);
	// One standby has it, the other does not synchronise.
	const synced = { server: { syncedSlots: ["sub_a"] } };
	expect(inShort(lintOf({ 1: { server }, 2: synced }))).toEqual(["warning LOGICAL_SLOTS_LOST 1"]);
	expect(lintOf({ 1: { server }, 2: synced, 3: synced })).toEqual([]);
	const version = 170_012;
	const settings = { sync_replication_slots: "off", hot_standby_feedback: "on", primary_slot_name: "" };
	expect(lintOf({ 1: { server }, 2: { server: { version }, settings }, 3: synced })[0]?.why).toMatch(
		/There sync_replication_slots is off and primary_slot_name is not set\.$/,
	);
	expect(lintOf({ 2: { server } })).toEqual([]);
});

test("reports the cost of a time limit for idle slots", () => {
	const settings = { max_slot_wal_keep_size: "-1", idle_replication_slot_timeout: "3600" };
	expect(inShort(lintOf({ 1: { settings } }))).toEqual(["notice SLOTS_IDLE_TIMEOUT 1:31"]);
	const never = { ...settings, idle_replication_slot_timeout: "0" };
	expect(inShort(lintOf({ 1: { settings: never } }))).toEqual(["notice SLOTS_WITHOUT_LIMIT 1:13"]);
});
