import type { LintChange } from "../model/lint-result.ts";
import { DATABASE_OWNER } from "../model/registration.ts";
import type { ConfSetup, FilePlace, NodeSetup, ServerSetup, Setup } from "../model/setup.ts";
import { shellWords } from "../text/shell.ts";
import { entryOf } from "./conf.ts";
import { hostOf, primaryOf } from "./rule.ts";

/** The new text of a line in a file, or a line to add. */
export function editLine(node: NodeSetup, { file, line }: FilePlace, text: string): LintChange {
	const where = `${file} on ${hostOf(node)}`;
	return { title: line === null ? `add to ${where}` : `line ${line} of ${where}`, text };
}

/** The new value of a setting in repmgr.conf. */
export function confLine(node: NodeSetup, conf: ConfSetup, name: string, value: string): LintChange {
	const place = entryOf(conf, name)?.place ?? { file: conf.path, line: null };
	return editLine(node, place, `${name}='${value.replaceAll("'", "''")}'`);
}

/** Quoted, since the words come from a database and from files on hosts. */
function line(commands: readonly (readonly string[])[]): string {
	return commands.map(shellWords).join(" && ");
}

/** PostgreSQL's user on a node's host. */
export function ownerOf({ sources: { host } }: NodeSetup): string {
	return host.value?.user ?? DATABASE_OWNER;
}

/** Commands for a shell of PostgreSQL's user. */
export function asPostgres(node: NodeSetup, ...commands: readonly (readonly string[])[]): LintChange {
	return { title: `then, as ${ownerOf(node)} on ${hostOf(node)}`, text: line(commands) };
}

export function asRoot(node: NodeSetup, ...commands: readonly (readonly string[])[]): LintChange {
	return { title: `as root on ${hostOf(node)}`, text: line(commands) };
}

/** Commands that PostgreSQL's user may run as root without a password. */
export function sudoers(node: NodeSetup, commands: readonly string[]): LintChange {
	return {
		title: `as root on ${hostOf(node)}, with visudo -f /etc/sudoers.d/repmgr`,
		text: `${ownerOf(node)} ALL=(root) NOPASSWD: ${commands.join(", ")}`,
	};
}

/** repmgr on a node, with the registered repmgr.conf. */
export function repmgrOn(
	{ registration: { configFile } }: NodeSetup,
	...words: readonly string[]
): readonly string[] {
	return ["repmgr", "-f", configFile, ...words];
}

export function sqlOn(node: NodeSetup, text: string): LintChange {
	return { title: `in SQL on ${hostOf(node)}`, text };
}

/** For the settings that repmgrd can reload (repmgr manual, "Applying configuration changes to repmgrd"). */
export function reloadRepmgrd(node: NodeSetup): LintChange {
	return asPostgres(node, ["pkill", "-HUP", "-x", "repmgrd"]);
}

/** The options with which a witness connects to its primary. */
function toPrimary(primary: NodeSetup): readonly string[] {
	const { user = "repmgr", dbname = "repmgr" } = primary.sources.registered.value ?? {};
	return ["-h", hostOf(primary), "-U", user, "-d", dbname];
}

/** For settings that are also in repmgr.nodes. */
export function registerAgain(node: NodeSetup, setup: Setup): LintChange {
	const { type } = node.registration;
	const primary = primaryOf(setup);
	const to = type === "witness" && primary ? toPrimary(primary) : [];
	return asPostgres(node, repmgrOn(node, type, "register", "--force", ...to));
}

/** A new witness, on a described host. */
export function registerWitness(primary: NodeSetup, host: string): LintChange {
	const words = ["repmgr", "-f", "/etc/repmgr.conf", "witness", "register", ...toPrimary(primary)];
	return { title: `on ${host}, as postgres`, text: line([words]) };
}

/** The new value of a PostgreSQL setting: in the file that sets it, or by ALTER SYSTEM instead of editing postgresql.auto.conf. */
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

/** The same, with a part that the operator has to choose. */
export function withNote(change: LintChange, note: string): LintChange {
	return { ...change, title: `${change.title}, ${note}` };
}

export function reloadServer(node: NodeSetup): LintChange {
	return { ...sqlOn(node, "SELECT pg_reload_conf();"), title: `then, in SQL on ${hostOf(node)}` };
}

/** On a primary a short outage. */
export function restartServer(node: NodeSetup): LintChange {
	return asPostgres(node, repmgrOn(node, "node", "service", "--action=restart"));
}
