import { type Login, loginOf } from "../../libpq/registered.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { cutName, quoted } from "../../text/words.ts";
import { loginWords, psqlWords } from "../plan/commands.ts";
import { type Facts, hostOf, isUsingSlots } from "../plan/facts.ts";
import type { Command, Step } from "../plan/plan.ts";
import { dryRunStep, step, watchStep } from "../plan/step.ts";
import {
	ABORT_SCRIPT,
	COPY_SCRIPT,
	DISCARD_SCRIPT,
	DROP_SLOTS_SCRIPT,
	DRY_RUN_SCRIPT,
	END_SCRIPT,
	STOP_SCRIPT,
	SWAP_SCRIPT,
} from "./scripts.ts";

/** The node that is cloned, and how commands are run on its host: it may have no row yet. */
export interface CloneTarget {
	readonly nodeId: number;
	/** In quotes. */
	readonly name: string;
	/** Has it no row yet? */
	readonly isNew: boolean;
	readonly user: string;
	readonly configFile: string;
	readonly repmgr: string;
	readonly psql: string;
	/** To its own server. */
	readonly login: Login;
	readonly dataDirectory: string;
	readonly usesSlots: boolean;
}

/** A clone with all that its steps depend on. */
export interface Clone {
	readonly target: CloneTarget;
	readonly upstream: NodeView;
	/** pg_basebackup_options. */
	readonly options: string;
	/** Its server runs now. */
	readonly isRunning: boolean;
	readonly repmgrdRuns: boolean;
	readonly hasBarman: boolean;
	/** keep: under a dated name. afterwards, first: it is deleted once the new server streams, or to make room for the copy. */
	readonly old: "keep" | "discard afterwards" | "discard first";
	/** The upstream has the node's own slot already. */
	readonly hasSlot: boolean;
	/** Where it has a slot that it will not use any more. */
	readonly formerUpstream: NodeView | null;
}

/** The slot that keeps WAL on the upstream from before the copy until the new server streams; also the copy's application_name. */
export function cloneSlot({ nodeId }: Pick<CloneTarget, "nodeId">): string {
	return `repmgr_console_clone_${nodeId}`;
}

/** The node's own slot, by repmgr's name for it (repmgr-client.c, create_slot_name). */
function ownSlot({ nodeId }: Pick<CloneTarget, "nodeId">): string {
	return `repmgr_slot_${nodeId}`;
}

export function targetOf(facts: Facts, node: NodeView, dataDirectory: string): CloneTarget {
	const host = hostOf(facts, node.nodeId).value;
	return {
		nodeId: node.nodeId,
		name: quoted(node),
		isNew: false,
		user: facts.ownerOn(node.nodeId) ?? DATABASE_OWNER,
		configFile: node.registered.configFile,
		repmgr: host?.repmgr?.path ?? "repmgr",
		psql: host?.psql ?? "psql",
		login: node.registered,
		dataDirectory,
		usesSlots: isUsingSlots(facts, node.nodeId),
	};
}

/** The same on a host without a row; null: its repmgr.conf does not say which node it is. */
export function targetOn({ unregisteredHost: there, clone: read }: Facts): CloneTarget | null {
	const host = there?.survey.value;
	const nodeId = host?.configuredNodeId ?? null;
	const { node_name: nodeName, conninfo = "" } = host?.look.repmgrConf ?? {};
	if (there === undefined || host === undefined || nodeId === null || nodeName === undefined) return null;
	return {
		nodeId,
		name: `"${cutName(nodeName)}"`,
		isNew: true,
		user: there.user,
		configFile: there.configFile,
		repmgr: host.repmgr?.path ?? "repmgr",
		psql: host.psql,
		login: loginOf(conninfo, nodeName),
		dataDirectory: read?.value?.dataDirectory ?? "",
		usesSlots: read?.value?.usesSlots ?? false,
	};
}

export function cloneSteps(clone: Clone): readonly Step[] {
	const { target, upstream, isRunning, repmgrdRuns, formerUpstream } = clone;
	const { nodeId, name } = target;
	const stop = isRunning ? [stopStep(target)] : [];
	const isFirst = clone.old === "discard first";
	return [
		dryRunStep(dryRun(clone)),
		makeSlots(clone),
		...(isFirst ? [...stop, discardStep(target)] : []),
		copyStep(clone),
		...(isFirst ? [] : stop),
		step({
			key: "swap",
			title: "give the copy the place of the old directory",
			command: script(target, SWAP_SCRIPT, [target.dataDirectory], swapShown(target)),
			verification: "both are renamed",
			wayBack: isFirst ? NOTHING_BACK : PUT_BACK,
		}),
		startStep(clone),
		registerStep(clone),
		// Only a registered node is watched.
		...(target.isNew
			? [
					watchStep("in-place", `see ${name} stream from ${quoted(upstream)}`, target, {
						...{ kind: "streaming", nodeId, fromNodeId: upstream.nodeId },
					}),
				]
			: []),
		...(formerUpstream === null ? [] : [dropFormerSlot(target, formerUpstream)]),
		...(repmgrdRuns && isRunning
			? [
					watchStep("repmgrd", `see repmgrd run on ${name}`, target, {
						kind: "repmgrd",
						nodeId,
						isRunning: true,
					}),
				]
			: []),
		...endSteps(target, upstream, clone),
	];
}

const PUT_BACK = "The cleanup puts the old directory back, and starts its server if it ran before.";
const NOTHING_BACK = "There is no old directory any more: clone it again.";

function copyStep(clone: Clone): Step {
	const { target, upstream, old } = clone;
	return step({
		key: "clone",
		title: `copy ${quoted(upstream)} to the host of ${target.name}${old === "discard first" ? "" : ", beside the old directory"}`,
		command: copy(clone),
		backup: { fromNodeId: upstream.nodeId, name: cloneSlot(target) },
		verification: "repmgr ends with 0, and the copy is complete",
		wayBack: `The cleanup removes the copy. ${old === "discard first" ? NOTHING_BACK : "The old directory was not touched."}`,
	});
}

function stopStep(target: CloneTarget): Step {
	return step({
		key: "stop",
		title: `stop PostgreSQL on ${target.name}`,
		command: stop(target),
		expects: [{ kind: "stopped", nodeId: target.nodeId }],
		settleSeconds: 60,
		verification: `no postmaster runs on the host of ${target.name}`,
		wayBack: "The cleanup starts it again.",
	});
}

function discardStep(target: CloneTarget): Step {
	return step({
		key: "discard",
		title: "delete the old directory, to make room for the copy",
		command: script(target, DISCARD_SCRIPT, [target.dataDirectory], [`rm -rf ${target.dataDirectory}`]),
		verification: `${target.dataDirectory} is gone`,
		wayBack: NOTHING_BACK,
	});
}

function startStep({ target, upstream, old }: Clone): Step {
	const { nodeId, name, isNew } = target;
	const from = quoted(upstream);
	return step({
		key: "start",
		title: `start PostgreSQL on ${name}${isNew ? "" : `, and see it stream from ${from}`}`,
		command: start(target),
		expects: isNew ? [] : [{ kind: "streaming", nodeId, fromNodeId: upstream.nodeId }],
		// It replays first what was written during the copy.
		settleSeconds: 600,
		verification: isNew ? "the command ends with 0" : `${name} streams from ${from} on its timeline`,
		wayBack: old === "discard first" ? NOTHING_BACK : PUT_BACK,
	});
}

function registerStep({ target, upstream }: Clone): Step {
	const { nodeId, name } = target;
	const words = ["standby", "register", "--force", `--upstream-node-id=${upstream.nodeId}`, "--wait-sync=60"];
	return step({
		key: "register",
		title: `register ${name} as a standby of ${quoted(upstream)}`,
		command: repmgr(target, words),
		expects: [{ kind: "registered", nodeId, as: "standby", upstreamNodeId: upstream.nodeId }],
		settleSeconds: 15,
		verification: `repmgr.nodes on the primary has node ${nodeId} as an active standby under node ${upstream.nodeId}`,
		wayBack: "Register it again.",
	});
}

const ENDINGS: Readonly<Record<Clone["old"], string>> = {
	keep: "keep the old directory under a dated name if the new server streams; else put it back",
	"discard afterwards": "delete the old directory if the new server streams; else put it back",
	"discard first": "remove what the clone leaves, and the copy if its server does not stream",
};

/** What ends a clone: the same steps whether it worked, failed, or was interrupted. */
export function endSteps(
	target: CloneTarget,
	upstream: NodeView,
	{ old, hasSlot }: Pick<Clone, "old" | "hasSlot">,
	suffix = "",
): readonly Step[] {
	const { dataDirectory, configFile, repmgr: program, name } = target;
	const ask = "SELECT coalesce(status, 'streaming') FROM pg_stat_wal_receiver";
	const words = [dataDirectory, configFile, old === "keep" ? "keep" : "discard", program];
	return [
		step({
			key: `end-clone${suffix}`,
			title: ENDINGS[old],
			command: script(
				target,
				END_SCRIPT,
				[...words, ...ownPsql(target, ask)],
				[
					shellWords(ownPsql(target, ask)),
					...(old === "keep" ? [`mv -T ${dataDirectory}.repmgr-console/old ${dataDirectory}.old-DATE`] : []),
					`rm -rf ${dataDirectory}.repmgr-console`,
				],
			),
			verification: `${dataDirectory}.repmgr-console is gone`,
			wayBack: `What is left lies in ${dataDirectory}.repmgr-console on ${name}.`,
			runs: "always",
		}),
		dropSlots(target, upstream, hasSlot ? [cloneSlot(target)] : [cloneSlot(target), ownSlot(target)], suffix),
	];
}

/** Of a clone that was interrupted: its result would not be used. */
export function abortStep(target: CloneTarget, suffix: string): Step {
	return step({
		key: `abort-copy${suffix}`,
		title: "end the copy if it still runs",
		command: script(
			target,
			ABORT_SCRIPT,
			[target.dataDirectory],
			[`kill -TERM -- "-$(cut -d ' ' -f 1 ${target.dataDirectory}.repmgr-console/pid)"`],
		),
		verification: "no process of it is left",
		runs: "always",
	});
}

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

function dryRun(clone: Clone): Command {
	const { target, options } = clone;
	const words = [...repmgrWords(clone), "--dry-run"];
	const given = [target.dataDirectory, target.configFile, options, target.repmgr, ...words];
	return script(target, DRY_RUN_SCRIPT, given, [
		...overridden(clone, `${target.dataDirectory}.repmgr-console/new`),
		shellWords([target.repmgr, "-f", "COPY.conf", ...words]),
	]);
}

function copy(clone: Clone): Command {
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

function swapShown({ dataDirectory }: CloneTarget): readonly string[] {
	const work = `${dataDirectory}.repmgr-console`;
	return [`mv -T ${dataDirectory} ${work}/old`, `mv -T ${work}/new ${dataDirectory}`];
}

function makeSlots({ target, upstream, hasSlot }: Clone): Step {
	const names = [cloneSlot(target), ...(target.usesSlots && !hasSlot ? [ownSlot(target)] : [])];
	return step({
		key: "slots",
		title: `keep WAL on ${quoted(upstream)} for it, with the slot${names.length === 1 ? "" : "s"} ${names.join(" and ")}`,
		command: psqlTo(
			target,
			upstream,
			`SELECT pg_create_physical_replication_slot(name, true) FROM unnest(${arrayOf(names)}) name WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name)`,
		),
		verification: "psql ends with 0",
		wayBack: "The cleanup drops what nobody uses.",
	});
}

function dropSlots(target: CloneTarget, upstream: NodeView, names: readonly string[], suffix: string): Step {
	const unused = `FROM pg_replication_slots WHERE slot_name = ANY (${arrayOf(names)}) AND NOT active`;
	const drop = `SELECT pg_drop_replication_slot(slot_name) ${unused}`;
	const count = `SELECT count(*) FROM pg_replication_slots WHERE slot_name = '${cloneSlot(target)}'`;
	const login = [target.psql, ...psqlWords(upstream.registered, "").slice(0, -2)];
	return step({
		key: `drop-slots${suffix}`,
		title: `drop the slot${names.length === 1 ? "" : "s"} made for it on ${quoted(upstream)} that nobody uses`,
		command: script(target, DROP_SLOTS_SCRIPT, [drop, count, ...login], [shellWords([...login, "-c", drop])]),
		verification: `${cloneSlot(target)} is gone`,
		wayBack: `Once ${quoted(upstream)} answers, drop ${cloneSlot(target)} there: it keeps WAL.`,
		runs: "always",
	});
}

/** A slot that nobody uses keeps WAL forever. */
function dropFormerSlot(target: CloneTarget, former: NodeView): Step {
	return step({
		key: "drop-former-slot",
		title: `drop ${ownSlot(target)} on ${quoted(former)}, which ${target.name} no longer uses`,
		command: psqlTo(
			target,
			former,
			`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${ownSlot(target)}' AND NOT active`,
		),
		verification: "psql ends with 0",
		wayBack: "Drop it there by hand: it keeps WAL.",
	});
}

/** Names of slots have no characters that need quotes (manual, 27.2.6.1). */
function arrayOf(names: readonly string[]): string {
	return `ARRAY[${names.map((name) => `'${name}'`).join(", ")}]::name[]`;
}

function psqlTo(target: CloneTarget, to: NodeView, statement: string): Command {
	return on(target, [target.psql, ...psqlWords(to.registered, statement)]);
}

/** psql on the target's own server, by the conninfo of its repmgr.conf or its row. */
function ownPsql(target: CloneTarget, statement: string): readonly string[] {
	return [target.psql, ...psqlWords(target.login, statement)];
}

function start(target: CloneTarget): Command {
	return repmgr(target, ["node", "service", "--action=start"]);
}

function stop(target: CloneTarget): Command {
	const { dataDirectory, configFile, repmgr: program } = target;
	const ask = ownPsql(target, "SELECT pg_is_in_recovery()");
	return script(
		target,
		STOP_SCRIPT,
		[dataDirectory, configFile, program, ...ask],
		[shellWords(ask), shellWords([program, "-f", configFile, "node", "service", "--action=stop"])],
	);
}

function repmgr(target: CloneTarget, words: readonly string[]): Command {
	return on(target, [target.repmgr, "-f", target.configFile, ...words]);
}

function script(
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
