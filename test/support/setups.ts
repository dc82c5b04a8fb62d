import { expect } from "vitest";
import { lint } from "../../src/lint/index.ts";
import type { Fault } from "../../src/model/fault.ts";
import type { LintResult } from "../../src/model/lint-result.ts";
import type { Registration } from "../../src/model/registration.ts";
import {
	type HbaRule,
	HIDDEN,
	type HostSetup,
	type NodeSetup,
	type PassfileLine,
	type SettingSetup,
	type Setup,
	type SetupSource,
	type SetupSources,
	type SystemdSetup,
	type UnitSetup,
} from "../../src/model/setup.ts";
import { parseConninfoSetup, scanConf } from "../../src/probe/setup/parse.ts";
import { NOW, registration } from "./records.ts";

/** Configurations for the lint rules: four nodes as test/cluster makes them, without any result. */

export const CONF = "/etc/repmgr.conf";
export const POSTGRESQL_CONF = "/etc/postgresql/15/main/postgresql.conf";
export const HBA = "/etc/postgresql/15/main/pg_hba.conf";
export const PASSFILE = "/var/lib/postgresql/.pgpass";
const DATA = "/var/lib/postgresql/15/main";
const BIN = "/usr/lib/postgresql/15/bin";
const UNIT = "postgresql@15-main.service";

/** The address of a node's host. */
export const addressOf = (nodeId: number): string => `10.99.1.1${nodeId}`;

/** repmgr.conf, by setting; undefined is not set. Line numbers follow the order. */
export type ConfValues = Readonly<Record<string, string | undefined>>;

export function confValues(nodeId: number): ConfValues {
	return {
		node_id: String(nodeId),
		node_name: `node${nodeId}`,
		conninfo: `host=node${nodeId} user=repmgr dbname=repmgr connect_timeout=2`,
		data_directory: DATA,
		config_directory: "/etc/postgresql/15/main",
		pg_bindir: BIN,
		use_replication_slots: "yes",
		failover: "automatic",
		primary_visibility_consensus: "true",
		promote_command: `/usr/bin/repmgr standby promote -f ${CONF} --log-to-file`,
		follow_command: `/usr/bin/repmgr standby follow -f ${CONF} --log-to-file --upstream-node-id=%n`,
		service_start_command: "sudo /usr/bin/systemctl start postgresql@15-main",
		service_stop_command: "sudo /usr/bin/systemctl stop postgresql@15-main",
		service_restart_command: "sudo /usr/bin/systemctl restart postgresql@15-main",
		service_reload_command: "sudo /usr/bin/systemctl reload postgresql@15-main",
		repmgrd_service_start_command: "sudo /usr/bin/systemctl start repmgrd",
		repmgrd_service_stop_command: "sudo /usr/bin/systemctl stop repmgrd",
		event_notification_command: '/usr/local/bin/notify %n %e %s "%t" "%d"',
	};
}

/** The text of the file, with quotes doubled. */
export function confText(values: ConfValues): string {
	return Object.entries(values)
		.flatMap(([name, value]) => (value === undefined ? [] : [`${name}='${value.replaceAll("'", "''")}'\n`]))
		.join("");
}

/** PostgreSQL's settings by name; undefined: the server has no such setting. */
export type Settings = Readonly<Record<string, string | Partial<SettingSetup> | undefined>>;

const SETTINGS: Settings = {
	archive_command: "pgbackrest archive-push %p",
	archive_library: "",
	archive_mode: "on",
	data_checksums: "off",
	fsync: "on",
	full_page_writes: "on",
	hot_standby: "on",
	listen_addresses: "*",
	max_connections: "100",
	max_locks_per_transaction: "64",
	max_prepared_transactions: "0",
	max_replication_slots: "10",
	max_slot_wal_keep_size: "51200",
	max_wal_senders: "10",
	max_worker_processes: "8",
	port: "5432",
	recovery_target_timeline: "latest",
	restore_command: "",
	ssl: "on",
	synchronous_commit: "on",
	synchronous_standby_names: "",
	wal_keep_size: "1024",
	wal_level: "replica",
	wal_log_hints: "on",
	wal_receiver_timeout: "60000",
	wal_sender_timeout: "60000",
	config_file: POSTGRESQL_CONF,
	data_directory: DATA,
	hba_file: HBA,
	shared_preload_libraries: "repmgr",
};

function settingsOf(changes: Settings): ReadonlyMap<string, SettingSetup> {
	return new Map(
		Object.entries({ ...SETTINGS, ...changes }).flatMap(([name, given], index): [string, SettingSetup][] => {
			if (given === undefined) return [];
			const change = typeof given === "string" ? { value: given } : given;
			const place = { file: POSTGRESQL_CONF, line: index + 1 };
			return [[name, { value: "", place, pendingRestart: false, ...change }]];
		}),
	);
}

export function hbaRule(line: number, changes: Partial<HbaRule> = {}): HbaRule {
	return {
		place: { file: HBA, line },
		type: "host",
		databases: ["all"],
		users: ["all"],
		address: "10.99.0.0",
		netmask: "255.255.0.0",
		method: "scram-sha-256",
		...changes,
	};
}

export const HBA_RULES: readonly HbaRule[] = [
	hbaRule(1, { type: "local", users: ["postgres"], address: null, netmask: null, method: "peer" }),
	hbaRule(2),
	hbaRule(3, { databases: ["replication"], users: ["repmgr"] }),
];

export function passfileLine(line: number, changes: Partial<PassfileLine> = {}): PassfileLine {
	return { host: null, port: "5432", dbname: null, user: "repmgr", line, ...changes };
}

export function unit(name: string, changes: Partial<UnitSetup> = {}): UnitSetup {
	return {
		name,
		loadState: "loaded",
		fileState: "enabled",
		user: "",
		command: "",
		sourcePath: "",
		...changes,
	};
}

export const REPMGRD_UNIT = unit("repmgrd.service", {
	user: "postgres",
	command: `/usr/bin/repmgrd -f ${CONF} --daemonize=false`,
});

const SYSTEMD: SystemdSetup = {
	postgresUnit: UNIT,
	repmgrdUnit: "repmgrd.service",
	repmgrdConf: null,
	isPostgresRunning: true,
	units: [unit(UNIT, { fileState: "disabled" }), REPMGRD_UNIT],
	repmgrdDefaults: { REPMGRD_ENABLED: "no" },
};

const IDS = [1, 2, 3, 4];

const HOST: HostSetup = {
	user: "postgres",
	userId: 102,
	tools: new Map(
		["pg_ctl", "pg_rewind", "pg_basebackup", "pg_controldata", "repmgr"].map((tool) => [
			tool,
			`${BIN}/${tool}`,
		]),
	),
	programs: [],
	unwritableLog: null,
	repmgrInPath: "/usr/bin/repmgr",
	dataDirectory: { path: DATA, mode: 0o700, owner: "postgres" },
	realDataDirectory: DATA,
	realConfDirectory: DATA,
	binaryDirectory: BIN,
	autoConf: { path: `${DATA}/postgresql.auto.conf`, mode: 0o600, owner: "postgres" },
	damagedByRepmgr: [],
	removesIpc: null,
	addresses: new Map(IDS.map((id) => [`node${id}`, [addressOf(id)]])),
};

/** What differs on one node. */
export interface SetupChange {
	readonly registered?: Partial<Registration>;
	/** Settings of repmgr.conf, or the text of the whole file. */
	readonly conf?: ConfValues | string;
	readonly confMode?: number;
	readonly settings?: Settings;
	readonly server?: Partial<SetupSources["server"]>;
	readonly hba?: readonly HbaRule[];
	readonly hbaProblems?: SetupSources["hba"]["problems"];
	readonly fileErrors?: SetupSources["fileErrors"];
	readonly passfile?: Partial<SetupSources["passfile"]>;
	readonly sudo?: Partial<SetupSources["sudo"]>;
	readonly systemd?: Partial<SystemdSetup>;
	readonly host?: Partial<HostSetup>;
	/** What could not be read. */
	readonly unread?: readonly SetupSource[];
}

export type SetupChanges = Readonly<Record<number, SetupChange>>;

export const UNREAD: Fault = { kind: "unreachable", message: "no answer from the host" };

function rowOf(nodeId: number, changes: Partial<Registration> = {}): Registration {
	return registration(nodeId, {
		conninfo: `host=node${nodeId} user=repmgr dbname=repmgr connect_timeout=2`,
		...(nodeId === 4 && { type: "witness", priority: 0 }),
		...changes,
	});
}

function nodeOf(nodeId: number, change: SetupChange): NodeSetup {
	const row = rowOf(nodeId, change.registered);
	const conf = change.conf ?? {};
	const text = typeof conf === "string" ? conf : confText({ ...confValues(nodeId), ...conf });
	const settings = settingsOf(change.settings ?? {});
	const scanned = scanConf(CONF, new Map([[CONF, text]]));
	const conninfo = scanned.entries.findLast(({ name }) => name === "conninfo")?.value ?? "";
	const sources: SetupSources = {
		conf: {
			path: CONF,
			files: [{ path: CONF, mode: change.confMode ?? 0o640, owner: "postgres" }],
			...scanned,
		},
		conninfo: parseConninfoSetup(conninfo) ?? {},
		registered: parseConninfoSetup(row.conninfo) ?? {},
		passfile: {
			path: PASSFILE,
			file: { path: PASSFILE, mode: 0o600, owner: "postgres" },
			lines: [passfileLine(1)],
			...change.passfile,
		},
		hba: { rules: change.hba ?? HBA_RULES, problems: change.hbaProblems ?? [] },
		server: {
			version: 150_020,
			settings,
			address: addressOf(nodeId),
			role: { name: "repmgr", isSuperuser: true, canReplicate: true, missingRoles: [], missingFunctions: [] },
			monitoringHistoryBytes: 8192,
			logicalSlots: [],
			syncedSlots: [],
			physicalSlots: [],
			followsWithDatabase: nodeId === 1 ? null : true,
			repmgrVersion: "5.3",
			...change.server,
		},
		privileged: {
			settings,
			pendingRestart: [...settings].flatMap(([name, { pendingRestart, place }]) =>
				pendingRestart && place !== null ? [{ name, place }] : [],
			),
		},
		fileErrors: change.fileErrors ?? [],
		sudo: {
			user: "postgres",
			refusal: null,
			entries: [{ command: "/usr/bin/systemctl", noPassword: true }],
			resolved: new Map([["service_stop_command", "/usr/bin/systemctl stop postgresql@15-main"]]),
			...change.sudo,
		},
		systemd: { ...SYSTEMD, ...change.systemd },
		host: { ...HOST, ...change.host },
	};
	const outcomes = Object.entries(sources).map(([name, value]) => [
		name,
		change.unread?.includes(name as SetupSource) || (name === "conninfo" && conninfo === HIDDEN)
			? { fault: UNREAD }
			: { value },
	]);
	return { registration: row, sources: Object.fromEntries(outcomes) as NodeSetup["sources"] };
}

/** Four healthy nodes, except for these changes. */
export function setupOf(changes: SetupChanges = {}, ids: readonly number[] = IDS): Setup {
	return { readAt: NOW, nodes: ids.map((id) => nodeOf(id, changes[id] ?? {})) };
}

/** Runs lint, and checks the format of each result. */
export function lintOf(changes: SetupChanges = {}, ids: readonly number[] = IDS): readonly LintResult[] {
	const { results } = lint(setupOf(changes, ids));
	for (const { message, why, link, change, where } of results) {
		expect(message).toMatch(/^(?:[^A-Z]|PostgreSQL ).*[^.]$/);
		expect(why).toMatch(/\.$/);
		expect(link).toMatch(
			/^https:\/\/(www\.repmgr\.org\/docs\/current|www\.postgresql\.org\/docs\/current|github\.com\/EnterpriseDB\/repmgr\/issues)\/[\w.-]+(#[A-Z-]+)?$/,
		);
		const texts = [message, why, where.file, ...change.flatMap(({ title, text }) => [title, text])];
		for (const text of texts) expect(text).not.toMatch(/undefined|\bnull\b|NaN|Infinity|\[object/);
	}
	return results;
}

/** Results in short, for tables of tests: severity, code, node, line. */
export function inShort(results: readonly LintResult[]): readonly string[] {
	return results.map(
		({ severity, code, nodeId, where }) =>
			`${severity} ${code} ${nodeId ?? "cluster"}${where.line === null ? "" : `:${where.line}`}`,
	);
}
