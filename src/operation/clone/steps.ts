import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { psqlWords } from "../plan/commands.ts";
import type { Step } from "../plan/plan.ts";
import { dryRunStep, step, watchStep } from "../plan/step.ts";
import { SERVICE_SECONDS } from "../service/command.ts";
import {
	arrayOf,
	backupWords,
	beside,
	copy,
	dryRun,
	ownPsql,
	psqlTo,
	repmgr,
	script,
	start,
	stop,
	swapShown,
} from "./commands.ts";
import {
	ABORT_SCRIPT,
	DISCARD_SCRIPT,
	DROP_SLOTS_SCRIPT,
	END_SCRIPT,
	NEWEST_SCRIPT,
	SWAP_SCRIPT,
} from "./scripts.ts";
import { type BarmanCopy, type Clone, type CloneTarget, cloneSlot, ownSlot } from "./target.ts";

export function cloneSteps(clone: Clone): readonly Step[] {
	const { target, upstream, isRunning, formerUpstream } = clone;
	const { nodeId, name } = target;
	const stop = isRunning ? [stopStep(target)] : [];
	const isFirst = clone.old === "discard first";
	return [
		dryRunStep(dryRun(clone)),
		makeSlots(clone),
		...(isFirst ? [...newestStep(clone), ...stop, discardStep(clone)] : []),
		copyStep(clone),
		...(isFirst ? [] : stop),
		step({
			key: "swap",
			title: `give the copy the place of the old directory${clone.linked.length === 0 ? "" : ", and of what its links lead to"}`,
			command: script(target, SWAP_SCRIPT, [target.dataDirectory], swapShown(clone)),
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
		...repmgrdSteps(clone),
		...endSteps(target, upstream, clone),
	];
}

/** A server that repmgrd does not watch takes no part in a failover. */
function repmgrdSteps({ target, repmgrd }: Clone): readonly Step[] {
	const { nodeId, name } = target;
	const expects = { kind: "repmgrd", nodeId, isRunning: true } as const;
	if (repmgrd === "runs") return [watchStep("repmgrd", `see repmgrd run on ${name}`, target, expects)];
	if (repmgrd === "is left") return [];
	return [
		step({
			key: "repmgrd-start",
			title: `start repmgrd on ${name}`,
			command: repmgr(target, ["daemon", "start"]),
			expects: [expects],
			settleSeconds: 60,
			verification: `the server of ${name} says that repmgrd runs`,
			wayBack: "repmgrd-start tries it again.",
		}),
	];
}

const PUT_BACK = "The cleanup puts the old directory back, and starts its server if it ran before.";
const NOTHING_BACK = "There is no old directory any more: clone it again.";

function copyStep(clone: Clone): Step {
	const { target, upstream, old, barman, linked } = clone;
	const what = barman === null ? quoted(upstream) : `backup ${barman.backup.id} of Barman`;
	const directories = [target.dataDirectory, ...linked.map(({ directory }) => directory)];
	return step({
		key: "clone",
		title: `copy ${what} to the host of ${target.name}${old === "discard first" ? "" : ", beside the old directory"}`,
		command: copy(clone),
		backup:
			barman === null
				? { fromNodeId: upstream.nodeId, name: cloneSlot(target) }
				: {
						directories: directories.map((directory) => `${beside(directory)}/new`),
						totalBytes: barman.backup.bytes,
					},
		verification:
			barman === null
				? "repmgr ends with 0, and the copy is complete"
				: "repmgr ends with 0, and rsync finds each file of the backup in the copy",
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

/** repmgr copies whichever backup is the newest then; the old directory is not given up for another one than was planned. */
function newestStep(clone: Clone): readonly Step[] {
	const { target, barman } = clone;
	if (barman === null) return [];
	const { backup } = barman;
	return [
		step({
			key: "newest",
			title: `see that backup ${backup.id} is still the newest of Barman`,
			command: script(
				target,
				NEWEST_SCRIPT,
				[target.dataDirectory, backupWords(barman)],
				[shownNewest(barman)],
			),
			verification: "Barman names that backup",
			wayBack: "No directory has been changed; the cleanup drops the slots.",
		}),
	];
}

function shownNewest({ host, server }: BarmanCopy): string {
	return `ssh ${host} barman show-backup ${server} latest`;
}

function discardStep({ target, barman }: Clone): Step {
	const { dataDirectory } = target;
	return step({
		key: "discard",
		title: "delete the old directory, to make room for the copy",
		command: script(
			target,
			DISCARD_SCRIPT,
			[dataDirectory, barman === null ? "" : backupWords(barman)],
			[...(barman === null ? [] : [shownNewest(barman)]), `rm -rf ${dataDirectory}`],
		),
		verification: `${dataDirectory} is gone`,
		wayBack: NOTHING_BACK,
	});
}

/** Enough to fetch and replay one on a slow host. */
const SECONDS_FOR_A_WAL_FILE = 20;

function startStep({ target, upstream, old, barman }: Clone): Step {
	const { nodeId, name, isNew } = target;
	const from = quoted(upstream);
	// It replays first what was written during the copy, or since the backup.
	const seconds = SERVICE_SECONDS.start + SECONDS_FOR_A_WAL_FILE * (barman?.walFiles ?? 0);
	return step({
		key: "start",
		title: `start PostgreSQL on ${name}${isNew ? "" : `, and see it stream from ${from}`}`,
		command: start(target, seconds),
		expects: isNew ? [] : [{ kind: "streaming", nodeId, fromNodeId: upstream.nodeId }],
		settleSeconds: seconds,
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
	{ old, hasSlot, linked = [] }: Pick<Clone, "old" | "hasSlot"> & Partial<Pick<Clone, "linked">>,
	suffix = "",
): readonly Step[] {
	const { dataDirectory, configFile, unit, repmgr: program, name } = target;
	const ask =
		"SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT coalesce(status, 'streaming') FROM pg_stat_wal_receiver) ELSE 'promoted' END";
	const words = [dataDirectory, configFile, old === "keep" ? "keep" : "discard", unit, program];
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
					...[...linked.map(({ directory }) => directory), dataDirectory].flatMap((directory) => [
						...(old === "keep" ? [`mv -T ${directory}.repmgr-console/old ${directory}.old-DATE`] : []),
						`rm -rf ${directory}.repmgr-console`,
					]),
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
