import { expect, test } from "vitest";
import { inShort, lintOf, REPMGRD_UNIT, type SetupChange, unit } from "../support/setups.ts";

const POSTGRES_UNIT = unit("postgresql@15-main.service", { fileState: "disabled" });
const INIT_SCRIPT = {
	...REPMGRD_UNIT,
	user: "",
	command: "/etc/init.d/repmgrd start",
	sourcePath: "/etc/init.d/repmgrd",
	fileState: "generated",
};
const DEFAULTS = {
	REPMGRD_ENABLED: "yes",
	REPMGRD_CONF: "/etc/repmgr.conf",
	REPMGRD_OPTS: "--daemonize=false",
};

const cases: readonly (readonly [string, SetupChange, readonly string[]])[] = [
	[
		"no service commands",
		{
			conf: {
				service_start_command: undefined,
				service_stop_command: undefined,
				service_restart_command: undefined,
				service_reload_command: undefined,
			},
		},
		["warning SERVICE_COMMANDS_UNSET 2"],
	],
	[
		"no service commands, and PostgreSQL is in no unit",
		{ conf: { service_start_command: undefined }, systemd: { postgresUnit: null, isPostgresRunning: false } },
		[],
	],
	[
		"PostgreSQL was started by pg_ctl",
		{ systemd: { postgresUnit: null } },
		["error POSTGRES_OUTSIDE_SYSTEMD 2"],
	],
	[
		"PostgreSQL was started by pg_ctl from a login",
		{ systemd: { postgresUnit: "ssh.service" } },
		["error POSTGRES_OUTSIDE_SYSTEMD 2"],
	],
	[
		"repmgrd started PostgreSQL by pg_ctl, as it had no other command: no advice to start that unit for it",
		{
			conf: {
				service_start_command: undefined,
				service_stop_command: undefined,
				service_restart_command: undefined,
				service_reload_command: undefined,
			},
			systemd: { postgresUnit: "repmgrd.service" },
		},
		["error POSTGRES_IN_REPMGRD_UNIT 2"],
	],
	[
		"Debian's init script, of which the settings can't be read",
		{ systemd: { units: [POSTGRES_UNIT, INIT_SCRIPT], repmgrdDefaults: null } },
		[],
	],
	[
		"a unit that does not exist",
		{
			conf: { service_restart_command: "sudo systemctl restart postgresql-15" },
			systemd: {
				units: [POSTGRES_UNIT, REPMGRD_UNIT, unit("postgresql-15.service", { loadState: "not-found" })],
			},
		},
		["error SERVICE_COMMAND_UNIT 2:14"],
	],
	[
		"another server's unit",
		{
			conf: { service_restart_command: "sudo systemctl restart postgresql@14-main" },
			systemd: { units: [POSTGRES_UNIT, REPMGRD_UNIT, unit("postgresql@14-main.service")] },
		},
		["error SERVICE_COMMAND_UNIT 2:14"],
	],
	[
		"Debian's unit over all",
		{
			conf: { service_restart_command: "sudo systemctl restart postgresql" },
			systemd: { units: [POSTGRES_UNIT, REPMGRD_UNIT, unit("postgresql.service")] },
		},
		[],
	],
	["pg_ctlcluster", { conf: { service_restart_command: "sudo pg_ctlcluster 15 main restart" } }, []],
	[
		"no commands for repmgrd",
		{ conf: { repmgrd_service_start_command: undefined, repmgrd_service_stop_command: undefined } },
		["notice REPMGRD_COMMANDS_UNSET 2"],
	],
	[
		"sudo does not let it",
		{ sudo: { resolved: new Map([["service_stop_command", null]]) } },
		["error SUDO_REFUSES 2:13"],
	],
	[
		"sudo wants a password for everything",
		{ sudo: { refusal: "sudo: a password is required" } },
		["error SUDO_REFUSES 2:13"],
	],
	[
		"sudo wants a password for this one",
		{
			sudo: {
				entries: [
					{ command: "/usr/bin/ls", noPassword: true },
					{ command: "/usr/bin/systemctl", noPassword: false },
				],
			},
		},
		["error SUDO_REFUSES 2:13"],
	],
	[
		"systemctl without sudo",
		{ conf: { service_stop_command: "systemctl stop postgresql@15-main" } },
		["warning SERVICE_COMMAND_WITHOUT_SUDO 2:13"],
	],
	[
		"repmgrd as root",
		{ systemd: { units: [POSTGRES_UNIT, { ...REPMGRD_UNIT, user: "" }] } },
		["error REPMGRD_OTHER_USER 2"],
	],
	[
		"a server that starts at boot, and nothing that fences",
		{ systemd: { units: [{ ...POSTGRES_UNIT, fileState: "enabled-runtime" }, REPMGRD_UNIT] } },
		["notice NO_FENCING 2"],
	],
	[
		"a server that does not start at boot",
		{
			conf: { event_notification_command: undefined },
			systemd: { units: [{ ...POSTGRES_UNIT, fileState: "disabled" }, REPMGRD_UNIT] },
		},
		[],
	],
	[
		"a script that promotes",
		{ conf: { event_notification_command: undefined, promote_command: "/usr/local/bin/promote" } },
		[],
	],
	[
		"a wildcard of sudo",
		{ sudo: { entries: [{ command: "/usr/bin/systemctl st?p postgresql*", noPassword: false }] } },
		["error SUDO_REFUSES 2:13"],
	],
	[
		"a wildcard of sudo behind another",
		{
			sudo: {
				entries: [
					{ command: "ALL", noPassword: false },
					{ command: "/usr/bin/systemctl stop *", noPassword: true },
				],
			},
		},
		[],
	],
	[
		"repmgrd is not started at boot",
		{ systemd: { units: [POSTGRES_UNIT, { ...REPMGRD_UNIT, fileState: "disabled" }] } },
		["warning REPMGRD_NOT_ENABLED 2"],
	],
	[
		"repmgrd was started by hand, and there is no unit",
		{
			systemd: {
				repmgrdUnit: null,
				units: [POSTGRES_UNIT, unit("repmgrd.service", { loadState: "not-found" })],
			},
		},
		["error SERVICE_COMMAND_UNIT 2:16", "error SERVICE_COMMAND_UNIT 2:17", "warning REPMGRD_NOT_ENABLED 2"],
	],
	[
		"Debian's init script, well configured",
		{ systemd: { units: [POSTGRES_UNIT, INIT_SCRIPT], repmgrdDefaults: DEFAULTS } },
		[],
	],
	[
		"Debian's init script, switched off",
		{
			systemd: {
				units: [POSTGRES_UNIT, INIT_SCRIPT],
				repmgrdDefaults: { ...DEFAULTS, REPMGRD_ENABLED: "no" },
			},
		},
		["warning REPMGRD_NOT_ENABLED 2"],
	],
	[
		"Debian's init script, as the package has it",
		{ systemd: { units: [POSTGRES_UNIT, INIT_SCRIPT], repmgrdDefaults: { ...DEFAULTS, REPMGRD_OPTS: "" } } },
		["warning REPMGRD_INIT_SCRIPT 2"],
	],
	[
		"Debian's init script with another file",
		{
			systemd: {
				units: [POSTGRES_UNIT, INIT_SCRIPT],
				repmgrdDefaults: { ...DEFAULTS, REPMGRD_CONF: "/etc/repmgr/repmgr.conf", REPMGRD_USER: "root" },
			},
		},
		["error REPMGRD_OTHER_CONF 2", "error REPMGRD_OTHER_USER 2"],
	],
	[
		"a unit with another file",
		{
			systemd: {
				units: [POSTGRES_UNIT, { ...REPMGRD_UNIT, command: "/usr/bin/repmgrd -f /etc/other.conf" }],
			},
		},
		["error REPMGRD_OTHER_CONF 2"],
	],
	[
		"a repmgrd that runs with another file than its unit has",
		{ systemd: { repmgrdConf: "/etc/other.conf" } },
		["error REPMGRD_OTHER_CONF 2"],
	],
	[
		"the same, started by hand",
		{ systemd: { repmgrdConf: "/etc/other.conf", repmgrdUnit: null } },
		["error REPMGRD_OTHER_CONF 2"],
	],
	[
		"a unit of another user",
		{ systemd: { units: [POSTGRES_UNIT, { ...REPMGRD_UNIT, user: "repmgr" }] } },
		["error REPMGRD_OTHER_USER 2"],
	],
	["PostgreSQL's user is a person", { host: { userId: 1000 } }, ["warning REMOVE_IPC 2"]],
	["and systemd was told", { host: { userId: 1000, removesIpc: false } }, []],
	[
		"postgresql.auto.conf is root's",
		{
			host: {
				autoConf: { path: "/var/lib/postgresql/15/main/postgresql.auto.conf", mode: 0o600, owner: "root" },
			},
		},
		["error AUTO_CONF_OWNER 2"],
	],
	[
		"settings that repmgr would damage",
		{ host: { damagedByRepmgr: ["archive_command"] } },
		["error AUTO_CONF_QUOTES 2"],
	],
];

test.each(cases)("%s", (_, change, expected) => {
	expect(inShort(lintOf({ 2: change }))).toEqual(expected);
});

test("gives the exact lines for sudoers", () => {
	const conf = { service_stop_command: "sudo systemctl stop postgresql@15-main" };
	const sudo = { resolved: new Map([["service_stop_command", null]]) };
	expect(lintOf({ 2: { conf, sudo } })[0]?.change).toEqual([
		{
			title: "as root on node2, with visudo -f /etc/sudoers.d/repmgr",
			text: "postgres ALL=(root) NOPASSWD: /usr/bin/systemctl stop postgresql@15-main",
		},
	]);
});

test("a command that is set may not fence", () => {
	const conf = { child_nodes_disconnect_command: "/usr/local/bin/fence" };
	const systemd = { units: [{ ...POSTGRES_UNIT, fileState: "enabled-runtime" }, REPMGRD_UNIT] };
	const [result] = lintOf({ 2: { conf, systemd } });
	expect(result).toMatchObject({ code: "NO_FENCING", severity: "notice" });
	expect(result?.why).toMatch(
		/Whether child_nodes_disconnect_command and event_notification_command prevents that was not checked\.$/,
	);
});
