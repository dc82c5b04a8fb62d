import type { LintChange } from "../cluster/lint-result.ts";
import type { ConfSetup, FilePlace, NodeSetup, ServerSetup, Setup } from "../cluster/setup.ts";
import { entryOf } from "./conf.ts";
import { primaryOf } from "./members.ts";
import { hostOf } from "./rule.ts";

/** A line of a file as it is to be; of a file without such a line, what is to be added. */
export function editLine(node: NodeSetup, { file, line }: FilePlace, text: string): LintChange {
	const where = `${file} on ${hostOf(node)}`;
	return { title: line === null ? `add to ${where}` : `line ${line} of ${where}`, text };
}

/** A setting of repmgr.conf as it is to be. */
export function confLine(node: NodeSetup, conf: ConfSetup, name: string, value: string): LintChange {
	const place = entryOf(conf, name)?.place ?? { file: conf.path, line: null };
	return editLine(node, place, `${name}='${value.replaceAll("'", "''")}'`);
}

/** A command for the shell of PostgreSQL's user on a node's host. */
export function asPostgres(node: NodeSetup, text: string): LintChange {
	return { title: `then, as postgres on ${hostOf(node)}`, text };
}

export function sqlOn(node: NodeSetup, text: string): LintChange {
	return { title: `in SQL on ${hostOf(node)}`, text };
}

/** Of the settings that repmgrd can take on while it runs (manual, "Applying configuration changes to repmgrd"). */
export function reloadRepmgrd(node: NodeSetup): LintChange {
	return asPostgres(node, "pkill -HUP -x repmgrd");
}

/** For what repmgr.nodes must know, too. */
export function registerAgain(node: NodeSetup, setup: Setup): LintChange {
	const { type, configFile } = node.registration;
	const primary = primaryOf(setup);
	const { user = "repmgr", dbname = "repmgr" } = primary?.sources.registered.value ?? {};
	const source = type === "witness" && primary ? ` -h ${hostOf(primary)} -U ${user} -d ${dbname}` : "";
	return asPostgres(node, `repmgr -f ${configFile} ${type} register --force${source}`);
}

/** A PostgreSQL setting as it is to be: in the file where it stands, else by ALTER SYSTEM, whose file nobody edits. */
export function settingLine(
	node: NodeSetup,
	{ settings }: ServerSetup,
	name: string,
	value: string,
): LintChange {
	const text = `${name} = ${/^([a-z_]+|\d+)$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`;
	const place = settings.get(name)?.place ?? null;
	return place === null || place.file.endsWith("postgresql.auto.conf")
		? sqlOn(node, `ALTER SYSTEM SET ${text};`)
		: editLine(node, place, text);
}

/** The same, where a part of the text is for the operator to choose. */
export function withNote(change: LintChange, note: string): LintChange {
	return { ...change, title: `${change.title}, ${note}` };
}

export function reloadServer(node: NodeSetup): LintChange {
	return { ...sqlOn(node, "SELECT pg_reload_conf();"), title: `then, in SQL on ${hostOf(node)}` };
}

/** Of the primary it is a short outage: standbys first, then a switchover. */
export function restartServer(node: NodeSetup): LintChange {
	return asPostgres(node, `repmgr -f ${node.registration.configFile} node service --action=restart`);
}
