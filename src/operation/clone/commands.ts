import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { loginWords, psqlWords } from "../plan/commands.ts";
import type { Command } from "../plan/plan.ts";
import { COPY_SCRIPT, DRY_RUN_SCRIPT, STOP_SCRIPT } from "./scripts.ts";
import { type Clone, type CloneTarget, cloneSlot, ownSlot } from "./target.ts";

function repmgrWords({ upstream, hasBarman }: Clone): readonly string[] {
	return [
		...loginWords(upstream.registered),
		...["standby", "clone", `--upstream-node-id=${upstream.nodeId}`, "--fast-checkpoint"],
		...(hasBarman ? ["--without-barman"] : []),
	];
}

function overridden({ target, options }: Clone, copy: string): readonly string[] {
	return [
		`# COPY.conf: include '${target.configFile}', then data_directory='${copy}', use_replication_slots=no,`,
		`# pg_basebackup_options='${options}'`,
	];
}

export function dryRun(clone: Clone): Command {
	const { target, options } = clone;
	const words = [...repmgrWords(clone), "--dry-run"];
	const given = [target.dataDirectory, target.configFile, options, target.repmgr, ...words];
	return script(target, DRY_RUN_SCRIPT, given, [
		...overridden(clone, `${target.dataDirectory}.repmgr-console/new`),
		shellWords([target.repmgr, "-f", "COPY.conf", ...words]),
	]);
}

export function copy(clone: Clone): Command {
	const { target, options, isRunning } = clone;
	const slot = target.usesSlots ? ownSlot(target) : "";
	const words = repmgrWords(clone);
	const work = `${target.dataDirectory}.repmgr-console`;
	const given = [
		...[target.dataDirectory, target.configFile, isRunning ? "running" : "stopped", options, slot],
		...[cloneSlot(target), target.repmgr, ...words],
	];
	return script(target, COPY_SCRIPT, given, [
		`mkdir ${work}`,
		...overridden(clone, `${work}/new`),
		shellWords([target.repmgr, "-f", "COPY.conf", ...words]),
		`echo "primary_slot_name = '${slot}'" >> ${work}/new/postgresql.auto.conf`,
	]);
}

export function swapShown({ dataDirectory }: CloneTarget): readonly string[] {
	const work = `${dataDirectory}.repmgr-console`;
	return [`mv -T ${dataDirectory} ${work}/old`, `mv -T ${work}/new ${dataDirectory}`];
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

export function start(target: CloneTarget): Command {
	return repmgr(target, ["node", "service", "--action=start"]);
}

export function stop(target: CloneTarget): Command {
	const { dataDirectory, configFile, repmgr: program } = target;
	const ask = ownPsql(target, "SELECT pg_is_in_recovery()");
	return script(
		target,
		STOP_SCRIPT,
		[dataDirectory, configFile, program, ...ask],
		[shellWords(ask), shellWords([program, "-f", configFile, "node", "service", "--action=stop"])],
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
