import type { InventoryNode } from "../model/inventory.ts";
import {
	authorizedKeys,
	blockIn,
	CREATECLUSTER,
	conninfoOf,
	hba,
	knownHosts,
	pgpass,
	repmgrConf,
	repmgrdUnit,
	settings,
	sourceOf,
	sudoers,
	unitOf,
} from "./files.ts";
import type { FileKey } from "./host-survey.ts";
import {
	CLONE_SCRIPT,
	CREATE_SCRIPT,
	ENABLE_SCRIPT,
	INSTALL_SCRIPT,
	KEY_SCRIPT,
	RELOAD_SCRIPT,
	REPMGR_SCRIPT,
	REPMGRD_SCRIPT,
	ROLE_SCRIPT,
	START_SCRIPT,
	WATCHER_SCRIPT,
} from "./scripts.ts";
import { primaryOf, type Situation, surveyOf, versionOf } from "./situation.ts";
import { PATHS } from "./survey-script.ts";

/** One thing that is to be so on one host. */
export interface BootstrapStep {
	/** Unique within the plan, and the name of a directory: "packages-1". */
	readonly key: string;
	readonly node: string;
	readonly title: string;
	/** Steps that come before it, by their keys. */
	readonly after: readonly string[];
	/** It is so already, by the survey. */
	readonly isDone: boolean;
	readonly work: FileWork | CommandWork;
}

export interface FileWork {
	readonly kind: "file";
	readonly path: string;
	readonly owner: "root" | "postgres";
	readonly mode: string;
	/** whole: the file is ours. block: only some of its lines are. */
	readonly part: "whole" | "block";
	/** Null: it is not known before other steps are done. */
	readonly content: string | null;
	/** What is there now: the whole file, or our block. */
	readonly before: string;
	readonly check: "visudo" | null;
}

export interface CommandWork {
	readonly kind: "command";
	readonly script: string;
	readonly words: readonly string[];
	/** The commands in it, for a person; as root. */
	readonly shown: readonly string[];
}

export interface BootstrapPlan {
	readonly cluster: string;
	readonly version: number;
	readonly steps: readonly BootstrapStep[];
}

/** All that has to be so for the inventory's cluster, and what of it is. */
export function planOf(situation: Situation): BootstrapPlan {
	return {
		cluster: situation.inventory.cluster,
		version: versionOf(situation),
		steps: situation.inventory.nodes.flatMap((node) => stepsOf(situation, node)),
	};
}

/** Packages by the major version. */
export function packagesOf(version: number): readonly string[] {
	return [`postgresql-${version}`, `postgresql-${version}-repmgr`, "repmgr", "sudo", "openssh-client"];
}

type Name =
	| "no-cluster"
	| "packages"
	| "key"
	| "known-hosts"
	| "authorized-keys"
	| "passwords"
	| "repmgr-conf"
	| "sudoers"
	| "unit"
	| "enable"
	| "create"
	| "settings"
	| "hba"
	| "reload"
	| "role"
	| "clone"
	| "start"
	| "register"
	| "watcher"
	| "repmgrd";

const keyOf = (name: Name, node: InventoryNode): string => `${name}-${node.id}`;

function stepsOf(situation: Situation, node: InventoryNode): readonly BootstrapStep[] {
	const { inventory } = situation;
	const survey = surveyOf(situation, node);
	const version = versionOf(situation);
	const { port, locale, checksums } = inventory.postgresql;
	const { user, database } = inventory.repmgr;
	const hasPasswords = inventory.authentication !== "trust" || inventory.console !== null;
	const isStandby = node.role === "standby";
	const running = survey.running === "yes";
	const unfinished = survey.unfinished === "yes";

	const step = (
		name: Name,
		title: string,
		after: readonly string[],
		isDone: boolean,
		work: BootstrapStep["work"],
	) => ({ key: keyOf(name, node), node: node.name, title, after, isDone, work }) satisfies BootstrapStep;
	const own = (...names: readonly Name[]): readonly string[] => names.map((name) => keyOf(name, node));
	const command = (
		script: string,
		words: readonly (string | number)[],
		shown: readonly string[],
	): CommandWork => ({
		...{ kind: "command", script, shown },
		words: words.map(String),
	});
	const file = (
		name: Name,
		title: string,
		after: readonly Name[],
		key: FileKey,
		wanted: Pick<FileWork, "path" | "owner" | "mode" | "part" | "content"> & { readonly check?: "visudo" },
	): BootstrapStep => {
		const found = survey.files.get(key);
		const before =
			found === undefined ? "" : wanted.part === "whole" ? found.content : blockIn(found.content);
		const isDone = before === wanted.content && found?.mode === wanted.mode && found.owner === wanted.owner;
		return step(name, title, own(...after), isDone, { kind: "file", check: null, before, ...wanted });
	};
	const home = survey.home ?? PATHS.home;
	const missing = packagesOf(version).filter((name) => !survey.installed.some(([one]) => one === name));
	const asPostgres = (words: string) => `runuser -u postgres -- ${words}`;
	const repmgr = (words: string) =>
		asPostgres(`/usr/lib/postgresql/${version}/bin/repmgr -f ${PATHS.repmgrConf} ${words}`);

	const files = [
		file("no-cluster", "keep the packages from creating a server of their own", [], "createcluster", {
			...{ path: PATHS.createcluster, owner: "root", mode: "644", part: "whole" },
			content: CREATECLUSTER(inventory),
		}),
		step(
			"packages",
			"install the packages",
			own("no-cluster"),
			missing.length === 0,
			command(INSTALL_SCRIPT, missing, [
				"apt-get update",
				`apt-get install --no-install-recommends ${missing.join(" ")}`,
			]),
		),
		step(
			"key",
			"make an SSH key of postgres",
			own("packages"),
			survey.key !== undefined,
			command(KEY_SCRIPT, [], [asPostgres(`ssh-keygen -t ed25519 -N '' -f ${home}/.ssh/id_ed25519`)]),
		),
		file("known-hosts", "know the other hosts' keys", ["key"], "known_hosts", {
			...{ path: `${home}/.ssh/known_hosts`, owner: "postgres", mode: "600", part: "block" },
			content: knownHosts(situation),
		}),
		file("authorized-keys", "let postgres log in from the other hosts", ["key"], "authorized_keys", {
			...{ path: `${home}/.ssh/authorized_keys`, owner: "postgres", mode: "600", part: "block" },
			content: authorizedKeys(situation),
		}),
		...(hasPasswords
			? [
					file("passwords", "write the passwords", ["packages"], "pgpass", {
						...{ path: `${home}/.pgpass`, owner: "postgres", mode: "600", part: "block" },
						content: pgpass(situation),
					}),
				]
			: []),
		file("repmgr-conf", "write repmgr.conf", ["packages"], "repmgr.conf", {
			...{ path: PATHS.repmgrConf, owner: "postgres", mode: "644", part: "whole" },
			content: repmgrConf(situation, node),
		}),
		file("sudoers", "let postgres control the two services", ["packages"], "sudoers", {
			...{ path: PATHS.sudoers, owner: "root", mode: "440", part: "whole", check: "visudo" },
			content: sudoers(situation),
		}),
		file("unit", "write the unit of repmgrd", ["packages"], "unit", {
			...{ path: PATHS.unit, owner: "root", mode: "644", part: "whole" },
			content: repmgrdUnit(situation),
		}),
	] satisfies readonly BootstrapStep[];
	const [unitFile] = files.slice(-1);
	const [fileState, needsReload] = [survey.repmgrd.includes("enabled"), survey.repmgrd.includes("yes")];

	const settingsFile = file("settings", "write PostgreSQL's settings", ["create"], "settings", {
		...{ path: PATHS.settings(version), owner: "postgres", mode: "644", part: "whole" },
		content: settings(situation),
	});
	const hbaFile = file("hba", "let the nodes and this console connect", ["create"], "hba", {
		...{ path: PATHS.hba(version), owner: "postgres", mode: "640", part: "block" },
		content: hba(situation),
	});
	const created = survey.configured !== undefined && (isStandby || !unfinished);
	const before = own(
		...(["settings", "hba", "repmgr-conf", "known-hosts", "sudoers"] as const),
		...(hasPasswords ? (["passwords"] as const) : []),
	);
	const server = [
		step(
			"create",
			isStandby ? "configure PostgreSQL, with an empty data directory" : "create PostgreSQL's data directory",
			// Of a directory without our repmgr.conf it is not known whose it is.
			own("repmgr-conf"),
			created,
			command(
				CREATE_SCRIPT,
				[version, survey.data, port, locale, checksums ? "checksums" : "", isStandby ? "empty" : ""],
				[
					`pg_createcluster -u postgres -d ${survey.data} -p ${port} --locale ${locale} -e UTF8 ${version} main${checksums ? " -- --data-checksums" : ""}`,
					...(isStandby ? [`find ${survey.data} -mindepth 1 -delete   # what initdb has just made`] : []),
				],
			),
		),
		settingsFile,
		hbaFile,
		...(running && !(settingsFile.isDone && hbaFile.isDone)
			? [
					step(
						"reload",
						"reload PostgreSQL's configuration",
						own("settings", "hba"),
						false,
						command(RELOAD_SCRIPT, [version], [`systemctl reload ${unitOf(version)}`]),
					),
				]
			: []),
	];

	const start = step(
		"start",
		"start PostgreSQL",
		isStandby ? own("clone") : before,
		running && !unfinished,
		command(START_SCRIPT, [version], [`systemctl start ${unitOf(version)}`]),
	);
	const roleIsDone = survey.sql?.role === true && survey.sql.database && survey.login.includes(user);
	const role = step(
		"role",
		"create repmgr's role and database",
		own("start"),
		roleIsDone,
		command(
			ROLE_SCRIPT,
			[port, user, database, inventory.authentication === "trust" ? "" : "password"],
			[
				asPostgres(`psql -p ${port} -c 'CREATE ROLE ${user} LOGIN SUPERUSER REPLICATION PASSWORD ********'`),
				asPostgres(`psql -p ${port} -c 'CREATE DATABASE ${database} OWNER ${user}'`),
			],
		),
	);
	const row = rowOf(situation, node);
	const register = (after: readonly string[], words: readonly string[], options: readonly string[] = []) => {
		const all = [...words, ...(row.exists ? ["--force"] : []), ...options];
		return step(
			"register",
			`register it as a ${node.role}`,
			[...own("repmgr-conf"), ...after],
			row.isRight,
			command(REPMGR_SCRIPT, [version, ...all], [repmgr(all.join(" "))]),
		);
	};
	const watcher = inventory.console?.user;
	const watching =
		watcher === undefined
			? []
			: [
					step(
						"watcher",
						"create this console's role",
						own("register"),
						survey.sql?.watcher === true && survey.granted === "yes" && survey.login.includes(watcher),
						command(
							WATCHER_SCRIPT,
							[port, watcher, database],
							[
								asPostgres(
									`psql -p ${port} -d ${database} -c 'CREATE ROLE ${watcher} LOGIN IN ROLE pg_monitor PASSWORD ********'`,
								),
								asPostgres(`psql -p ${port} -d ${database} -c 'GRANT USAGE ON SCHEMA repmgr TO ${watcher}'`),
								asPostgres(
									`psql -p ${port} -d ${database} -c 'GRANT SELECT ON ALL TABLES IN SCHEMA repmgr TO ${watcher}'`,
								),
							],
						),
					),
				];
	const from = (upstream: InventoryNode) => [
		...["-h", upstream.host, "-p", String(port), "-U", user, "-d", database],
	];
	const members = (): readonly BootstrapStep[] => {
		if (node.role === "primary")
			return [start, role, register(own("role"), ["primary", "register"]), ...watching];
		const upstream = sourceOf(inventory, node);
		if (node.role === "witness") {
			const words = [...from(upstream), "witness", "register"];
			return [start, role, register([...own("role"), keyOf("register", upstream)], words), ...watching];
		}
		const words = [
			...from(upstream),
			"standby",
			"clone",
			"--fast-checkpoint",
			`--upstream-node-id=${upstream.id}`,
		];
		return [
			step(
				"clone",
				`copy "${upstream.name}"`,
				[...before, keyOf("register", upstream)],
				survey.found === "cluster" && survey.standby === "yes" && !unfinished,
				command(
					CLONE_SCRIPT,
					[version, survey.data, ...words],
					[repmgr(`${words.join(" ")} --dry-run`), repmgr(words.join(" "))],
				),
			),
			start,
			register(
				own("start"),
				["standby", "register"],
				[`--upstream-node-id=${upstream.id}`, "--wait-sync=60"],
			),
		];
	};

	const confIsDone = files.every(({ key, isDone }) => !own("repmgr-conf", "unit").includes(key) || isDone);
	return [
		...files,
		...server,
		...members(),
		step(
			"enable",
			"start repmgrd with the host",
			own("unit"),
			unitFile?.isDone === true && fileState && !needsReload,
			command(ENABLE_SCRIPT, [], ["systemctl daemon-reload", "systemctl enable repmgrd"]),
		),
		step(
			"repmgrd",
			"start repmgrd",
			own("enable", "register"),
			confIsDone && row.isRight && survey.repmgrd.includes("active"),
			command(REPMGRD_SCRIPT, [port, database], ["systemctl restart repmgrd"]),
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
