import type { InventoryNode } from "../model/inventory.ts";
import { conninfoOf, sourceOf, unitOf } from "./files.ts";
import { asPostgres, command, keyOf, type Name, type NodeContext } from "./node-context.ts";
import {
	CLONE_SCRIPT,
	ENABLE_SCRIPT,
	RELOAD_SCRIPT,
	REPMGR_SCRIPT,
	REPMGRD_SCRIPT,
	ROLE_SCRIPT,
	START_SCRIPT,
	WATCHER_SCRIPT,
} from "./scripts.ts";
import { synchronousNames, synchronousSettings } from "./settings.ts";
import { primaryOf, type Situation, surveyOf } from "./situation.ts";
import type { BootstrapStep } from "./step.ts";
import { PATHS } from "./survey-script.ts";

/** The running server, with what its role needs. */
export function databaseSteps(host: NodeContext): readonly BootstrapStep[] {
	const { inventory } = host.situation;
	const node = host.node;
	const toStart = host.own(
		...(["settings", "hba", "repmgr-conf", "known-hosts", "sudoers"] as const),
		...(host.hasPasswords ? (["passwords"] as const) : []),
		...(inventory.tls ? (["certificate"] as const) : []),
	);
	if (node.role === "primary")
		return [
			start(host, toStart),
			role(host),
			register(host, host.own("role"), ["primary", "register"]),
			...watcher(host),
		];
	const upstream = sourceOf(inventory, node);
	const { user, database } = inventory.repmgr;
	const from = ["-h", upstream.host, "-p", String(inventory.postgresql.port), "-U", user, "-d", database];
	const upstreamIsThere = keyOf("register", upstream);
	if (node.role === "witness")
		return [
			start(host, toStart),
			role(host),
			register(host, [...host.own("role"), upstreamIsThere], [...from, "witness", "register"]),
			...watcher(host),
		];
	return [
		clone(host, upstream, from, [...toStart, upstreamIsThere]),
		start(host, host.own("clone")),
		register(
			host,
			host.own("start"),
			["standby", "register"],
			[`--upstream-node-id=${upstream.id}`, "--wait-sync=60"],
		),
	];
}

function start(host: NodeContext, after: readonly string[]): BootstrapStep {
	const version = host.version;
	return host.step(
		"start",
		"start PostgreSQL",
		after,
		host.isRunning && !host.isUnfinished,
		command(START_SCRIPT, [version], [`systemctl start ${unitOf(version)}`]),
	);
}

function clone(
	host: NodeContext,
	upstream: InventoryNode,
	from: readonly string[],
	after: readonly string[],
): BootstrapStep {
	const { data, found, standby } = host.survey;
	const words = [...from, "standby", "clone", "--fast-checkpoint", `--upstream-node-id=${upstream.id}`];
	return host.step(
		"clone",
		`copy "${upstream.name}"`,
		after,
		found === "cluster" && standby === "yes" && !host.isUnfinished,
		command(
			CLONE_SCRIPT,
			[host.version, data, ...words],
			[host.repmgrLine(`${words.join(" ")} --dry-run`), host.repmgrLine(words.join(" "))],
		),
	);
}

function role(host: NodeContext): BootstrapStep {
	const { inventory } = host.situation;
	const { port } = inventory.postgresql;
	const { user, database } = inventory.repmgr;
	const { sql, login } = host.survey;
	return host.step(
		"role",
		"create repmgr's role and database",
		host.own("start"),
		sql?.role === true && sql.database && login.includes(user),
		command(
			ROLE_SCRIPT,
			[port, user, database, inventory.authentication === "trust" ? "" : "password"],
			[
				asPostgres(`psql -p ${port} -c 'CREATE ROLE ${user} LOGIN SUPERUSER REPLICATION PASSWORD ********'`),
				asPostgres(`psql -p ${port} -c 'CREATE DATABASE ${database} OWNER ${user}'`),
			],
		),
	);
}

function register(
	host: NodeContext,
	after: readonly string[],
	words: readonly string[],
	options: readonly string[] = [],
): BootstrapStep {
	const row = rowOf(host.situation, host.node);
	const all = [...words, ...(row.exists ? ["--force"] : []), ...options];
	return host.step(
		"register",
		`register it as a ${host.node.role}`,
		[...host.own("repmgr-conf"), ...after],
		row.isRight,
		command(REPMGR_SCRIPT, [host.version, ...all], [host.repmgrLine(all.join(" "))]),
	);
}

/** The role with which this console watches. */
function watcher(host: NodeContext): readonly BootstrapStep[] {
	const { console: watcher, postgresql, repmgr } = host.situation.inventory;
	if (watcher === null) return [];
	const { user } = watcher;
	const { sql, granted, login } = host.survey;
	const psql = (statement: string): string =>
		asPostgres(`psql -p ${postgresql.port} -d ${repmgr.database} -c '${statement}'`);
	return [
		host.step(
			"watcher",
			"create this console's role",
			host.own("register"),
			sql?.watcher === true && granted === "yes" && login.includes(user),
			command(
				WATCHER_SCRIPT,
				[postgresql.port, user, repmgr.database],
				[
					psql(`CREATE ROLE ${user} LOGIN IN ROLE pg_monitor PASSWORD ********`),
					psql(`GRANT USAGE ON SCHEMA repmgr TO ${user}`),
					psql(`GRANT SELECT ON ALL TABLES IN SCHEMA repmgr TO ${user}`),
				],
			),
		),
	];
}

/** Commits wait for a standby, once all are there; or not any more. */
export function synchronousSteps(host: NodeContext): readonly BootstrapStep[] {
	const { situation, node, survey, version } = host;
	const { inventory } = situation;
	if (node.role === "witness" || !(inventory.synchronous || survey.files.has("synchronous"))) return [];
	const standbys = inventory.nodes.filter(({ role }) => role === "standby");
	const title = inventory.synchronous ? "make commits wait for a standby" : "let commits wait for no standby";
	const wait = host.file("synchronous", title, ["start"], "synchronous", {
		...{ path: PATHS.synchronous(version), owner: "postgres", mode: "644", part: "whole" },
		content: synchronousSettings(inventory),
	});
	return [
		{ ...wait, after: [...wait.after, ...standbys.map((standby) => keyOf("register", standby))] },
		host.step(
			"use-synchronous",
			"reload PostgreSQL's configuration for it",
			host.own("synchronous"),
			wait.isDone && survey.sql?.synchronous === synchronousNames(inventory),
			command(RELOAD_SCRIPT, [version], [`systemctl reload ${unitOf(version)}`]),
		),
	];
}

export function repmgrdSteps(host: NodeContext, files: readonly BootstrapStep[]): readonly BootstrapStep[] {
	const { postgresql, repmgr } = host.situation.inventory;
	const { repmgrd } = host.survey;
	const isWritten = (name: Name): boolean =>
		files.some(({ key, isDone }) => key === keyOf(name, host.node) && isDone);
	return [
		host.step(
			"enable",
			"start repmgrd with the host",
			host.own("unit"),
			// "yes": systemd has to read its file again.
			isWritten("unit") && repmgrd.includes("enabled") && !repmgrd.includes("yes"),
			command(ENABLE_SCRIPT, [], ["systemctl daemon-reload", "systemctl enable repmgrd"]),
		),
		host.step(
			"repmgrd",
			"start repmgrd",
			host.own("enable", "register"),
			isWritten("unit") &&
				isWritten("repmgr-conf") &&
				rowOf(host.situation, host.node).isRight &&
				repmgrd.includes("active"),
			command(REPMGRD_SCRIPT, [postgresql.port, repmgr.database], ["systemctl restart repmgrd"]),
		),
	];
}

/** The node's row in repmgr.nodes of the primary. */
function rowOf(
	situation: Situation,
	node: InventoryNode,
): { readonly exists: boolean; readonly isRight: boolean } {
	const { inventory } = situation;
	const row = surveyOf(situation, primaryOf(inventory)).node.find(({ id }) => id === node.id);
	if (row === undefined) return { exists: false, isRight: false };
	const upstream = node.role === "primary" ? null : sourceOf(inventory, node).id;
	const isRight =
		row.active &&
		row.name === node.name &&
		row.type === node.role &&
		row.upstream === upstream &&
		row.location === node.location &&
		row.priority === node.priority &&
		row.conninfo === conninfoOf(inventory, node);
	return { exists: true, isRight };
}
