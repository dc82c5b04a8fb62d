import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CommandProgram } from "../../src/model/repmgr-conf.ts";
import {
	type ConfValues,
	confText,
	confValues,
	inShort,
	lintOf,
	type SetupChange,
} from "../support/setups.ts";

/** Line numbers are those of confValues(): node_id 1, node_name 2, conninfo 3, … failover 8 … */
describe("a change in repmgr.conf of node2", () => {
	const cases: readonly (readonly [string, ConfValues, readonly string[]])[] = [
		["failover unset", { failover: undefined }, ["warning FAILOVER_MANUAL 2"]],
		["failover manual, the others automatic", { failover: "manual" }, ["warning FAILOVER_MANUAL 2:8"]],
		["failover misspelt", { failover: "auto" }, ["error CONF_CONTRADICTION 2:8"]],
		["an empty promote_command", { promote_command: "" }, ["error PROMOTE_COMMAND_MISSING 2:10"]],
		["no promote_command", { promote_command: undefined }, ["error PROMOTE_COMMAND_MISSING 2"]],
		["no follow_command", { follow_command: undefined }, ["error FOLLOW_COMMAND_MISSING 2"]],
		[
			"neither, where nothing fails over",
			{ failover: "manual", promote_command: undefined, follow_command: undefined },
			["warning FAILOVER_MANUAL 2:8"],
		],
		[
			"--siblings-follow",
			{ promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr.conf --siblings-follow" },
			["error PROMOTE_COMMAND_SIBLINGS_FOLLOW 2:10"],
		],
		[
			"no --upstream-node-id",
			{ follow_command: "/usr/bin/repmgr standby follow -f /etc/repmgr.conf --log-to-file" },
			["warning FOLLOW_COMMAND_WITHOUT_UPSTREAM 2:11"],
		],
		[
			"a fixed --upstream-node-id",
			{ follow_command: "/usr/bin/repmgr standby follow -f /etc/repmgr.conf --upstream-node-id=1" },
			["warning FOLLOW_COMMAND_WITHOUT_UPSTREAM 2:11"],
		],
		["a script that follows", { follow_command: "/usr/local/bin/follow %n" }, []],
		[
			"repmgr without its path, but in the PATH",
			{ promote_command: "repmgr standby promote -f /etc/repmgr.conf" },
			["notice FAILOVER_COMMAND_PATH 2:10"],
		],
		[
			"another repmgr.conf",
			{ promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr/15/repmgr.conf" },
			["error FAILOVER_COMMAND_CONF 2:10"],
		],
		[
			"--config-file",
			{ promote_command: "/usr/bin/repmgr --config-file=/other.conf standby promote" },
			["error FAILOVER_COMMAND_CONF 2:10"],
		],
		["none named, which is the usual one", { promote_command: "/usr/bin/repmgr standby promote" }, []],
		["consensus off", { primary_visibility_consensus: "no" }, ["warning VISIBILITY_CONSENSUS_OFF 2:9"]],
		["consensus unset", { primary_visibility_consensus: undefined }, ["warning VISIBILITY_CONSENSUS_OFF 2"]],
		["another id's", { node_id: "3" }, ["error DUPLICATE_NODE_ID 2:1"]],
		["an unregistered id", { node_id: "7" }, ["error NODE_ID_MISMATCH 2:1"]],
		["another's name", { node_name: "node3" }, ["error DUPLICATE_NODE_NAME 2:2"]],
		["a name that is not registered", { node_name: "pg2" }, ["warning NODE_NAME_MISMATCH 2:2"]],
		["no name", { node_name: undefined }, ["error REPMGR_CONF_INCOMPLETE 2"]],
		[
			"no connect_timeout",
			{ conninfo: "host=node2 user=repmgr dbname=repmgr" },
			["warning NO_CONNECT_TIMEOUT 2:3"],
		],
		[
			"a timeout of 0, which is none",
			{ conninfo: "host=node2 user=repmgr dbname=repmgr connect_timeout=0" },
			["warning NO_CONNECT_TIMEOUT 2:3"],
		],
		[
			"a password",
			{ conninfo: "host=node2 user=repmgr password=******** connect_timeout=2" },
			["warning PASSWORD_IN_CONNINFO 2:3"],
		],
		[
			"a parameter that is misspelt",
			{ reconect_attempts: "3" },
			["warning REPMGR_CONF_UNKNOWN_PARAMETER 2:19"],
		],
		["one of old", { logfile: "/x" }, ["warning REPMGR_CONF_UNKNOWN_PARAMETER 2:19"]],
		["the same with a slash", { data_directory: "/var/lib/postgresql/15/main/" }, []],
		[
			"no config_directory, but service commands",
			{ config_directory: undefined },
			["notice CONFIG_DIRECTORY 2"],
		],
		[
			"a wrong config_directory",
			{ config_directory: "/etc/postgresql/14/main" },
			["error CONFIG_DIRECTORY 2:5"],
		],
		[
			"host keys unchecked",
			{ ssh_options: "-q -o StrictHostKeyChecking=no -o ConnectTimeout=10" },
			["notice SSH_HOST_KEYS_UNCHECKED 2:19"],
		],
		["timeouts that contradict each other", { node_rejoin_timeout: "90" }, ["error CONF_CONTRADICTION 2:19"]],
		[
			"what the manual says switches it off",
			{ child_nodes_check_interval: "0" },
			["error CONF_CONTRADICTION 2:19"],
		],
		["timeouts that agree", { node_rejoin_timeout: "90", standby_reconnect_timeout: "90" }, []],
		[
			"a setting that must be the same everywhere",
			{ standby_disconnect_on_failover: "true" },
			["warning SETTING_DIFFERS 2:19"],
		],
		["the same said otherwise", { standby_disconnect_on_failover: "off" }, []],
		[
			"a follow_command that follows nothing",
			{ follow_command: "/usr/bin/repmgr -f /etc/repmgr.conf stamdby follow" },
			["error FAILOVER_COMMAND_WRONG 2:11"],
		],
		[
			"a promote_command that follows",
			{ promote_command: "/usr/bin/repmgr standby follow -f /etc/repmgr.conf" },
			["error FAILOVER_COMMAND_WRONG 2:10"],
		],
		[
			"a placeholder without quotes",
			{ event_notification_command: '/usr/local/bin/notify %n %e %s "%t" %d' },
			["warning EVENT_NOTIFICATION_COMMAND 2:18"],
		],
		[
			"a placeholder that nothing replaces",
			{ event_notification_command: '/usr/local/bin/notify %m "%d"' },
			["warning COMMAND_PLACEHOLDER 2:18"],
		],
		[
			"a date's format, single quotes, and an escaped percent",
			{ event_notification_command: "/usr/local/bin/notify $(date +%F-%H) '%d' %% \"x %t\"" },
			[],
		],
		[
			"an event of that name does not exist",
			{ event_notifications: "repmgrd_failover_promote,repmgrd_failover_folow" },
			["warning EVENT_NOTIFICATIONS 2:19"],
		],
		["events that exist", { event_notifications: "repmgrd_failover_promote, node_rejoin" }, []],
		[
			"a quote without its end",
			{ promote_command: "/usr/bin/repmgr standby promote -f '/etc/repmgr.conf" },
			["error COMMAND_QUOTES 2:10"],
		],
		[
			"a restore_command that does not know which file",
			{ restore_command: "scp archive:/wal/%f ." },
			["warning COMMAND_PLACEHOLDER 2:19"],
		],
		[
			"a stop command that starts",
			{ service_stop_command: "sudo /usr/bin/systemctl start postgresql@15-main" },
			["error SERVICE_COMMAND_VERB 2:13"],
		],
		[
			"a stop command that is pg_ctl's, of a server in a unit",
			{ service_stop_command: "/usr/lib/postgresql/15/bin/pg_ctl -D /var/lib/postgresql/15/main stop" },
			["warning SERVICE_COMMAND_NOT_SYSTEMD 2:13"],
		],
		[
			"a stop command that can't be examined",
			{ service_stop_command: "/opt/scripts/pg_stop.sh" },
			["unknown SERVICE_COMMAND_NOT_SYSTEMD 2:13"],
		],
		["a priority that was not registered", { priority: "0" }, ["warning REGISTERED_DIFFERS 2:19"]],
		["a location that was not registered", { location: "dc2" }, ["warning REGISTERED_DIFFERS 2:19"]],
		[
			"a fence that waits for more nodes than there are",
			{ child_nodes_disconnect_command: "/usr/local/bin/fence", child_nodes_disconnect_min_count: "3" },
			["error CHILD_NODES_NEVER 2:20"],
		],
		[
			"a fence that waits for all there are",
			{ child_nodes_disconnect_command: "/usr/local/bin/fence", child_nodes_disconnect_min_count: "2" },
			[],
		],
		["a keyword of conninfo", { sslmode: "require" }, ["warning REPMGR_CONF_UNKNOWN_PARAMETER 2:19"]],
	];

	test.each(cases)("%s", (_, conf, expected) => {
		expect(inShort(lintOf({ 2: { conf } }))).toEqual(expected);
	});
});

test("manual failover on all nodes is only a notice", () => {
	const conf = { failover: "manual" };
	const results = lintOf({ 1: { conf }, 2: { conf }, 3: { conf }, 4: { conf } });
	expect(inShort(results)).toEqual([1, 2, 3, 4].map((id) => `notice FAILOVER_MANUAL ${id}:8`));
});

test("reports a duplicate id once, for the wrong file", () => {
	expect(lintOf({ 3: { conf: { node_id: "2" } } })).toMatchObject([
		{
			code: "DUPLICATE_NODE_ID",
			nodeId: 3,
			message: 'repmgr.conf of "node3" has the node_id 2 of "node2"',
			change: [{ title: "line 1 of /etc/repmgr.conf on node3", text: "node_id='3'" }],
		},
	]);
});

test("reports a syntax error with its line", () => {
	const conf = `${confText(confValues(2))}priority 100 # fine\nlog_file=/var/log/repmgr log\n`;
	expect(lintOf({ 2: { conf } })).toMatchObject([
		{
			code: "REPMGR_CONF_INVALID",
			severity: "error",
			where: { host: "node2", file: "/etc/repmgr.conf", line: 20 },
			message: expect.stringMatching(/^syntax error in file "\/etc\/repmgr.conf" line 20/),
		},
	]);
});

test("gives the exact change", () => {
	const changeOf = (conf: ConfValues) =>
		lintOf({ 2: { conf } }).map(({ change }) => change.map(({ text }) => text));
	expect(changeOf({ conninfo: "host=node2 user=repmgr connect_timeout=0 dbname=repmgr" })).toEqual([
		[
			"conninfo='host=node2 user=repmgr dbname=repmgr connect_timeout=2'",
			"repmgr -f /etc/repmgr.conf standby register --force",
			"pkill -HUP -x repmgrd",
		],
	]);
	expect(changeOf({ conninfo: "host=node2 user=repmgr password=******** connect_timeout=2" })).toEqual([
		[
			"node2:5432:*:repmgr:PASSWORD",
			"conninfo='host=node2 user=repmgr connect_timeout=2'",
			"repmgr -f /etc/repmgr.conf standby register --force",
		],
	]);
	expect(
		changeOf({ follow_command: "repmgr standby follow --upstream-node-id 1 -f /etc/repmgr.conf -L 'x y'" }),
	).toEqual([
		[
			"follow_command='repmgr standby follow -f /etc/repmgr.conf -L ''x y'' --upstream-node-id=%n'",
			"pkill -HUP -x repmgrd",
		],
		[
			"follow_command='/usr/bin/repmgr standby follow --upstream-node-id 1 -f /etc/repmgr.conf -L ''x y'''",
			"pkill -HUP -x repmgrd",
		],
	]);
	expect(changeOf({ reconect_attempts: "3" })).toEqual([["reconnect_attempts='…'"]]);
	expect(
		changeOf({ promote_command: "/usr/bin/repmgr standby promote --siblings-follow --log-to-file" }),
	).toEqual([["promote_command='/usr/bin/repmgr standby promote --log-to-file'", "pkill -HUP -x repmgrd"]]);
});

describe("passwords", () => {
	test("is an error in a file that every user can read", () => {
		const conf = { conninfo: "********" };
		expect(inShort(lintOf({ 2: { conf, confMode: 0o644 } }))).toEqual([
			"error PASSWORD_IN_CONNINFO 2:3",
			// What else stands there is not shown.
			"unknown NOT_READ 2",
		]);
	});

	test("reports passwords that are only registered", () => {
		const conninfo = "host=node2 user=repmgr password=******** connect_timeout=2";
		expect(lintOf({ 2: { registered: { conninfo } } })).toMatchObject([
			{
				code: "PASSWORD_REGISTERED",
				nodeId: 2,
				where: { host: null, file: "table repmgr.nodes", line: null },
			},
		]);
	});
});

test("reports a command without a path where a service does not find repmgr", () => {
	const conf = { promote_command: "repmgr standby promote -f /etc/repmgr.conf" };
	const results = lintOf({ 2: { conf, host: { repmgrInPath: null } } });
	expect(results).toMatchObject([
		{
			severity: "error",
			code: "FAILOVER_COMMAND_PATH",
			change: [
				{ text: "promote_command='/usr/lib/postgresql/15/bin/repmgr standby promote -f /etc/repmgr.conf'" },
				{ text: "pkill -HUP -x repmgrd" },
			],
		},
	]);
});

test("checks the registered timeout, whatever the file says", () => {
	const registered = { conninfo: "host=node3 user=repmgr dbname=repmgr" };
	expect(lintOf({ 3: { registered } })).toMatchObject([
		{ code: "NO_CONNECT_TIMEOUT_REGISTERED", nodeId: 3, where: { host: null, file: "table repmgr.nodes" } },
	]);
	const unread = ["conf", "conninfo"] as const;
	expect(inShort(lintOf({ 3: { registered, unread } }))).toContain("warning NO_CONNECT_TIMEOUT_REGISTERED 3");
});

test("registers a witness again with its primary", () => {
	const conf = { conninfo: "host=node4 user=repmgr dbname=repmgr" };
	expect(lintOf({ 4: { conf } })[0]?.change[1]).toEqual({
		title: "then, as postgres on node4",
		text: "repmgr -f /etc/repmgr.conf witness register --force -h node1 -U repmgr -d repmgr",
	});
});

test("accepts a data directory behind a symbolic link", () => {
	const conf = { data_directory: "/data" };
	expect(
		inShort(lintOf({ 2: { conf, host: { realConfDirectory: "/var/lib/postgresql/15/main" } } })),
	).toEqual([]);
	expect(inShort(lintOf({ 2: { conf, host: { realConfDirectory: "/other" } } }))).toEqual([
		"error DATA_DIRECTORY_WRONG 2:4",
	]);
});

test("reports a wrong pg_bindir with the right one", () => {
	const host = {
		tools: new Map([
			["pg_rewind", null],
			["pg_ctl", "/usr/bin/pg_ctl"],
		]),
	};
	expect(lintOf({ 2: { host } })).toMatchObject([
		{ code: "TOOLS_NOT_FOUND", change: [{ text: "pg_bindir='/usr/lib/postgresql/15/bin'" }] },
	]);
	expect(lintOf({ 4: { host } })).toEqual([]);
});

describe("WAL for nodes that are down", () => {
	const none = { settings: { wal_keep_size: "0" } };
	test.each<readonly [string, SetupChange, readonly string[]]>([
		["slots alone", none, ["notice NO_WAL_SOURCE 2:22"]],
		["nothing", { ...none, conf: { use_replication_slots: "no" } }, ["warning NO_WAL_SOURCE 2:7"]],
		["wal_keep_size alone", { conf: { use_replication_slots: "no" } }, []],
		[
			"an archive to restore from",
			{
				conf: { use_replication_slots: "no" },
				settings: { wal_keep_size: "0", restore_command: "cp /a/%f %p" },
			},
			[],
		],
		[
			"PostgreSQL 12",
			{
				conf: { use_replication_slots: "no" },
				settings: { wal_keep_size: undefined, wal_keep_segments: "64" },
			},
			[],
		],
	])("%s", (_, change, expected) => {
		expect(inShort(lintOf({ 2: change }))).toEqual(expected);
	});
});

test("reports a large monitoring_history", () => {
	const conf = { monitoring_history: "yes" };
	expect(inShort(lintOf({ 1: { conf } }))).toEqual([]);
	expect(inShort(lintOf({ 1: { conf, server: { monitoringHistoryBytes: 2 ** 30 } } }))).toEqual([
		"warning MONITORING_HISTORY_GROWS 1:19",
	]);
});

test("reports a missing config_directory where pg_ctl is used", () => {
	const conf = { config_directory: undefined, service_restart_command: undefined };
	expect(inShort(lintOf({ 2: { conf } }))).toEqual([
		"warning CONFIG_DIRECTORY 2",
		"warning SERVICE_COMMANDS_UNSET 2",
	]);
});

/** Files that people have published, or that repmgr was seen to fail with; only names and addresses are others. */
describe("another repmgr.conf on node2", () => {
	const codesOf = (name: string, add = ""): readonly string[] => {
		const text = readFileSync(new URL(`../fixtures/repmgr-conf/${name}.conf`, import.meta.url), "utf8");
		return lintOf({ 2: { conf: add + text } }).map(({ severity, code }) => `${severity} ${code}`);
	};
	const healthy = confText(confValues(2));

	test.each([
		["pub-06-typo-in-follow", "", "error FAILOVER_COMMAND_WRONG"],
		["fail-follow-typo", healthy, "error FAILOVER_COMMAND_WRONG"],
		["fail-event-command", healthy, "warning EVENT_NOTIFICATION_COMMAND"],
		["fail-event-command", healthy, "warning COMMAND_PLACEHOLDER"],
		["fail-event-command", healthy, "warning EVENT_NOTIFICATIONS"],
		["fail-stop-command-missing", healthy, "unknown SERVICE_COMMAND_NOT_SYSTEMD"],
		["pub-07-events-unquoted", "", "error REPMGR_CONF_INVALID"],
		["iss-733-sslmode-as-parameter", "", "warning REPMGR_CONF_UNKNOWN_PARAMETER"],
	])("%s", (name, add, expected) => {
		expect(codesOf(name, add)).toContain(expected);
	});

	test("accepts quoted placeholders", () => {
		for (const name of ["pub-07-events-unquoted", "pub-12-vagrant-escapes"]) {
			expect(codesOf(name)).not.toContain("warning EVENT_NOTIFICATION_COMMAND");
			expect(codesOf(name)).not.toContain("warning COMMAND_PLACEHOLDER");
		}
	});
});

test("moves a keyword of conninfo there", () => {
	const [result] = lintOf({ 2: { conf: { sslmode: "require" } } });
	expect(result?.why).toMatch(/keyword of conninfo and belongs there/);
	expect(result?.change.map(({ text }) => text).slice(0, 2)).toEqual(["# sslmode", "sslmode=…"]);
});

describe("the program that a command of repmgr.conf starts with", () => {
	const results = (parameter: string, state: CommandProgram["state"], conf: ConfValues = {}) =>
		lintOf({ 2: { conf, host: { programs: [{ parameter, state, program: "/opt/x" }] } } });

	test.each([
		["service_stop_command", "missing", "error COMMAND_PROGRAM 2:13"],
		["promote_command", "not executable", "error COMMAND_PROGRAM 2:10"],
		["event_notification_command", "no interpreter", "warning COMMAND_PROGRAM 2:18"],
		["follow_command", "unclear", "unknown COMMAND_PROGRAM 2:11"],
	] as const)("%s: %s", (parameter, state, expected) => {
		expect(inShort(results(parameter, state))).toEqual([expected]);
	});

	test("accepts a program that can be run, and leaves repmgr without a path to another check", () => {
		expect(results("service_stop_command", "runnable")).toEqual([]);
		const conf = { promote_command: "repmgr standby promote -f /etc/repmgr.conf" };
		expect(results("promote_command", "missing", conf).map(({ code }) => code)).toEqual([
			"FAILOVER_COMMAND_PATH",
		]);
	});
});

test("reports a log_file that can't be written", () => {
	const host = { unwritableLog: "/var/log/repmgr/none/repmgr.log" };
	expect(inShort(lintOf({ 2: { conf: { log_file: host.unwritableLog }, host } }))).toEqual([
		"error LOG_FILE 2:19",
	]);
});

describe("a registered conninfo that does not lead to one server", () => {
	const of = (conninfo: string, more: SetupChange = {}) =>
		inShort(lintOf({ 3: { ...more, registered: { conninfo, host: "node1" }, conf: { conninfo } } }));

	test("reports several hosts that lead to another node", () => {
		const conninfo =
			"host=node1,node2,node3 user=repmgr dbname=repmgr connect_timeout=2 target_session_attrs=read-write";
		expect(of(conninfo)).toEqual(["error CONNINFO_SEVERAL_HOSTS 3:3"]);
		expect(of("host=10.9.9.1,10.9.9.2 user=repmgr dbname=repmgr connect_timeout=2")).toEqual([
			"warning CONNINFO_SEVERAL_HOSTS 3:3",
		]);
	});

	test("reports target_session_attrs that allow one role only", () => {
		const conninfo = "host=node3 user=repmgr dbname=repmgr connect_timeout=2 target_session_attrs=read-write";
		expect(of(conninfo)).toEqual(["error CONNINFO_SESSION_ATTRS 3:3"]);
	});

	test("reports a service as unchecked, not as local or without a timeout", () => {
		expect(of("service=pgnode3")).toEqual(["unknown CONNINFO_SERVICE 3:3"]);
	});
});
