import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { loginWords, psqlWords } from "../plan/commands.ts";
import type { Command } from "../plan/plan.ts";
import { SERVICE_SCRIPT, SERVICE_SECONDS, shownService } from "../service/command.ts";
import { COPY_SCRIPT, DRY_RUN_SCRIPT, STOP_SCRIPT } from "./scripts.ts";
import { type BarmanCopy, type Clone, type CloneTarget, cloneSlot, ownSlot } from "./target.ts";

function repmgrWords({ upstream, hasBarman, barman, isCheckpointSpread }: Clone): readonly string[] {
	return [
		...loginWords(upstream.registered),
		...["standby", "clone", `--upstream-node-id=${upstream.nodeId}`],
		// With Barman it has no effect.
		...(barman === null && !isCheckpointSpread ? ["--fast-checkpoint"] : []),
		...(hasBarman && barman === null ? ["--without-barman"] : []),
	];
}

/** Settings of repmgr.conf that this clone adds or overrides, in its syntax. */
function barmanSettings({ barman }: Clone): readonly string[] {
	if (barman === null) return [];
	const { host, server, configFile, madeRestoreCommand: restore } = barman;
	const set = (name: string, value: string): string => `${name}='${value.replaceAll("'", "''")}'`;
	return [
		...[set("barman_host", host), set("barman_server", server), set("barman_config", configFile)],
		...(restore === "" ? [] : [set("restore_command", restore)]),
	];
}

/** The words after the links: those settings, and the backup, or "". */
function barmanWords(clone: Clone): readonly [string, string] {
	const { barman } = clone;
	if (barman === null) return ["", ""];
	return [barmanSettings(clone).join("\n"), backupWords(barman)];
}

/** "HOST SERVER ID CONFIG", as the scripts take a backup. */
export function backupWords({ host, server, backup, configFile }: BarmanCopy): string {
	return [host, server, backup.id, configFile].join(" ").trim();
}

/** What lies beside a directory that changes places. */
export function beside(directory: string): string {
	return `${directory}.repmgr-console`;
}

/** As the scripts take them: no directory has a space (checked in place-checks.ts). */
function linkWords({ linked }: Clone): string {
	return linked.map(({ link, directory }) => `${link}=${directory}`).join(" ");
}

function overridden(clone: Clone): readonly string[] {
	const { target, options, linked } = clone;
	const walDirectory = linked.find(({ link }) => link === "pg_wal")?.directory;
	const more = walDirectory === undefined ? "" : ` --waldir=${beside(walDirectory)}/new`;
	return [
		`# COPY.conf: include '${target.configFile}', then data_directory='${beside(target.dataDirectory)}/new', use_replication_slots=no,`,
		`# pg_basebackup_options='${options}${more}'`,
		...linked.flatMap(({ link, directory }) =>
			link === "pg_wal" ? [] : [`# tablespace_mapping='${directory}=${beside(directory)}/new'`],
		),
		...barmanSettings(clone).map((setting) => `# ${setting}`),
	];
}

export function dryRun(clone: Clone): Command {
	const { target, options } = clone;
	const words = [...repmgrWords(clone), "--dry-run"];
	const [settings] = barmanWords(clone);
	const given = [target.dataDirectory, target.configFile, options, linkWords(clone), settings];
	return script(
		target,
		DRY_RUN_SCRIPT,
		[...given, target.repmgr, ...words],
		[...overridden(clone), shellWords([target.repmgr, "-f", "COPY.conf", ...words])],
	);
}

export function copy(clone: Clone): Command {
	const { target, options, isRunning, linked, barman } = clone;
	const slot = target.usesSlots ? ownSlot(target) : "";
	const words = repmgrWords(clone);
	const work = beside(target.dataDirectory);
	const given = [
		...[target.dataDirectory, target.configFile, isRunning ? "running" : "stopped", options, slot],
		...[cloneSlot(target), linkWords(clone), ...barmanWords(clone), target.repmgr, ...words],
	];
	return script(target, COPY_SCRIPT, given, [
		...[target.dataDirectory, ...linked.map(({ directory }) => directory)].map(
			(directory) => `mkdir ${beside(directory)}`,
		),
		...overridden(clone),
		shellWords([target.repmgr, "-f", "COPY.conf", ...words]),
		...(barman === null
			? []
			: [
					"# repmgr does not look whether rsync has copied everything:",
					`rsync -a --dry-run --itemize-changes --files-from=FILES_OF_${barman.backup.id} ${barman.host}:DATA ${work}/new`,
				]),
		...linked.map(({ link, directory }) => `ln -sfn ${directory} ${work}/new/${link}`),
		`echo "primary_slot_name = '${slot}'" >> ${work}/new/postgresql.auto.conf`,
	]);
}

export function swapShown({ target, linked }: Clone): readonly string[] {
	return [...linked.map(({ directory }) => directory), target.dataDirectory].flatMap((directory) => [
		`mv -T ${directory} ${beside(directory)}/old`,
		`mv -T ${beside(directory)}/new ${directory}`,
	]);
}

/** Names of slots have no characters that need quotes (manual, 27.2.6.1). */
export function arrayOf(names: readonly string[]): string {
	return `ARRAY[${names.map((name) => `'${name}'`).join(", ")}]::name[]`;
}

export function psqlTo(target: CloneTarget, to: NodeView, statement: string): Command {
	return on(target, [target.psql, ...psqlWords(to.registered, statement)]);
}

/** psql on the target's own server, by the conninfo of its repmgr.conf or its row. */
export function ownPsql(target: CloneTarget, statement: string): readonly string[] {
	return [target.psql, ...psqlWords(target.login, statement)];
}

/** @param seconds how long it may take: some service managers wait until the server has replayed enough WAL. */
export function start(target: CloneTarget, seconds: number): Command {
	const { argv } = repmgr(target, ["node", "service", "--action=start"]);
	return script(
		target,
		SERVICE_SCRIPT,
		[String(seconds), target.unit, target.dataDirectory, ...argv],
		[shownService(seconds, argv)],
	);
}

export function stop(target: CloneTarget): Command {
	const { dataDirectory, configFile, unit, repmgr: program } = target;
	const ask = ownPsql(target, "SELECT pg_is_in_recovery()");
	return script(
		target,
		STOP_SCRIPT,
		[dataDirectory, configFile, unit, program, ...ask],
		[
			shellWords(ask),
			shownService(SERVICE_SECONDS.stop, repmgr(target, ["node", "service", "--action=stop"]).argv),
		],
	);
}

export function repmgr(target: CloneTarget, words: readonly string[]): Command {
	return on(target, [target.repmgr, "-f", target.configFile, ...words]);
}

export function script(
	target: CloneTarget,
	text: string,
	words: readonly string[],
	shown: readonly string[],
): Command {
	return { ...on(target, ["sh", "-c", text, "sh", ...words]), shown };
}

function on({ nodeId, user }: CloneTarget, argv: readonly string[]): Command {
	return { nodeId, user, argv, sharesSshTo: [] };
}
