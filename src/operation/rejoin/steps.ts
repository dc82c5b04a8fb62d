import { serverLines, type WalSource } from "../../model/own-wal.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { afterRejoin, beforeStart, maskAgain } from "../fence/steps.ts";
import { pauseSteps, restorePauses } from "../pause/steps.ts";
import { psql, repmgr, scriptOn, singleUser } from "../plan/commands.ts";
import {
	confNumber,
	type Facts,
	fenceOn,
	hostOf,
	isUsingSlots,
	programsOn,
	serverOf,
} from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { checkpointStep, dryRunStep, step } from "../plan/step.ts";
import { attachOthers } from "../promote/followers.ts";
import { stopStep } from "../service/steps.ts";
import { savePlace } from "./checks.ts";
import { dumpStep } from "./dump.ts";
import { barmanLine, walServers } from "./own-ranges.ts";
import { MARK_SCRIPT, SAVE_WAL_SCRIPT } from "./scripts.ts";
import type { Rejoin } from "./wal-comparison.ts";

/** repmgrd is paused only where the node is stopped first. @param leftOvers steps that set right what else is seen. */
export function rejoinSteps(facts: Facts, rejoin: Rejoin, leftOvers: readonly Step[] = []): readonly Step[] {
	const { node, primary, isRunning, isRecovered, isRewound, isDumped, conninfo } = rejoin;
	const words = ["node", "rejoin", "-d", conninfo ?? "", ...(isRewound ? ["--force-rewind"] : [])];
	const dryRun = repmgr(facts, node, [...words, "--dry-run"]);
	return [
		// repmgrd must not promote a standby because this node stops.
		...(isRunning ? pauseSteps(facts, facts.snapshot.nodes) : []),
		...(isRunning ? [stopStep(facts, node, "shut down"), dryRunStep(dryRun, "trial")] : [dryRunStep(dryRun)]),
		...(isRewound ? [saveStep(facts, rejoin)] : []),
		...(isRewound ? [checkpointStep(facts, primary, `so that ${quoted(node)} can be rewound`)] : []),
		...(isRecovered ? [recover(facts, node)] : []),
		...(isDumped ? [dumpStep(facts, node)] : []),
		...beforeStart(facts, node),
		...(isRewound ? [markStep(facts, node)] : []),
		rejoinStep(facts, rejoin, words),
		...afterRejoin(facts, node),
		...dropSlots(facts, rejoin),
		...leftOvers,
		...(fenceOn(facts, node)?.mask ? maskAgain(facts, node) : []),
		...(isRunning ? restorePauses(facts) : []),
	];
}

/** Whatever it can't prove to have saved is not rewound. */
function saveStep(facts: Facts, { node, own }: Rejoin): Step {
	const place = own === null ? null : savePlace(own);
	const missing = own?.missing ?? [];
	const config = hostOf(facts, node.nodeId).value?.serverConfigFile ?? "";
	const words = [
		place ?? own?.directory.places[0]?.directory ?? "",
		String(own?.directory.segmentBytes ?? ""),
		...[own?.first ?? "", node.nodeName],
		...(missing.length === 0
			? ["", "", ""]
			: [config, serverLines(walServers(facts, node.nodeId)), barmanLine(facts, node.nodeId)]),
		missing.map(({ name, from }) => `${from?.kind === "node" ? "servers" : "archive"}/${name}`).join(" "),
		...(own?.ranges ?? []).flatMap(({ timeline, from, to }) => [String(timeline), from, to ?? ""]),
	];
	return step({
		key: "save-wal",
		title: `copy the WAL of ${quoted(node)} that a rewind discards, and what waits to be archived`,
		command: scriptOn(
			facts,
			node,
			SAVE_WAL_SCRIPT,
			[...directoriesOn(facts, node), ...words],
			[
				`copy the WAL files from ${own === null ? "the oldest" : `*${own.first}`} on, the history files and those that wait to be archived into a dated directory in ${place ?? "the console's directory"}`,
				...missing.map(({ name, from }) => `fetch ${name} ${from === null ? "" : sourceWords(from)} into it`),
				"list the commits there with pg_waldump, and compare the list with that of pg_wal",
			],
		),
		verification: "pg_waldump reads the same commits in the copy, to the same end",
		wayBack: "Nothing has been changed: delete the directory if it is not wanted.",
	});
}

function sourceWords(from: WalSource): string {
	switch (from.kind) {
		case "node":
			return `from the pg_wal of node ${from.nodeId}`;
		case "barman":
			return "from Barman, by barman get-wal";
		case "archive":
			return "by restore_command";
	}
}

function markStep(facts: Facts, node: NodeView): Step {
	return step({
		key: "mark-rewind",
		title: `mark the data directory of ${quoted(node)} as being rewound`,
		command: scriptOn(facts, node, MARK_SCRIPT, directoriesOn(facts, node), [
			"put saved WAL files that pg_wal has no longer back into it, as pg_rewind reads them",
			"write the mark into the console's directory there, so that no half-rewound server is started",
		]),
		verification: "the script ends with 0",
		wayBack: "Nothing has been changed.",
	});
}

function directoriesOn(facts: Facts, { nodeId }: NodeView): readonly string[] {
	return [hostOf(facts, nodeId).value?.look.dataDirectory ?? "", programsOn(facts, nodeId)];
}

function recover(facts: Facts, node: NodeView): Step {
	return step({
		key: "recover",
		title: `recover ${quoted(node)} from its crash, in single-user mode`,
		command: singleUser(facts, node),
		expects: [{ kind: "shut down", nodeId: node.nodeId }],
		settleSeconds: 20,
		verification: `its control data say "shut down"`,
		wayBack: "Nothing is lost: it has replayed its own WAL.",
	});
}

/** The characters of a slot's name (manual, 27.2.6.1). */
const SLOT_NAME = /^[a-z0-9_]{1,63}$/;

/**
 * The slots that the node had for its standbys hold back WAL forever; repmgr drops only the one of the present primary. After a
 * rewind there are none: repmgr deletes them all.
 */
function dropSlots(facts: Facts, { node, isRewound }: Rejoin): readonly Step[] {
	const names = facts.snapshot.nodes
		.filter(({ nodeId, registered }) => nodeId !== node.nodeId && registered.upstreamNodeId !== node.nodeId)
		.flatMap(({ registered: { slotName } }) => slotName ?? [])
		.filter((name) => SLOT_NAME.test(name));
	if (isRewound || names.length === 0 || !isUsingSlots(facts, node.nodeId)) return [];
	return [dropStep(facts, "drop-slots", node, names)];
}

function dropStep(facts: Facts, key: string, on: NodeView, names: readonly string[]): Step {
	const list = names.map((name) => `'${name}'`).join(", ");
	return step({
		key,
		title: `drop the slots on ${quoted(on)} of nodes that no longer receive from it`,
		command: psql(
			facts,
			on,
			`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND slot_name IN (${list})`,
		),
		verification: "psql ends with 0",
		wayBack: "Not needed: slots are created again where they are needed.",
	});
}

/** What earlier changes of roles have left: slots on the primary that nobody uses, and a witness under another node. */
export function leftOverSteps(facts: Facts, rejoin: Rejoin): readonly Step[] {
	const witnesses = staleWitnesses(facts, rejoin.primary);
	return [
		...dropUnused(facts, rejoin),
		...attachOthers(facts, rejoin.primary, { kept: [], attached: [], witnesses, left: [] }),
	];
}

/** Slots on the primary of standbys that are seen to receive from another node; none where its host can't run psql. */
function dropUnused(facts: Facts, { node, primary }: Rejoin): readonly Step[] {
	if (hostOf(facts, primary.nodeId).fault !== undefined) return [];
	const idle = serverOf(facts, primary.nodeId).value?.idleSlots ?? [];
	const names = facts.snapshot.nodes.flatMap(({ nodeId, observed, registered: { slotName } }) => {
		const isElsewhere =
			observed.attached === true && ![null, primary.nodeId].includes(observed.upstreamNodeId);
		return nodeId !== node.nodeId &&
			isElsewhere &&
			slotName !== null &&
			SLOT_NAME.test(slotName) &&
			idle.includes(slotName)
			? [slotName]
			: [];
	});
	return names.length === 0 ? [] : [dropStep(facts, "drop-unused", primary, names)];
}

/** Witnesses that are registered under another node than the primary: repmgrd of a witness does not follow in every case. */
function staleWitnesses(facts: Facts, primary: NodeView): readonly NodeView[] {
	return facts.snapshot.nodes.filter(
		({ nodeId, registered, observed }) =>
			registered.type === "witness" &&
			registered.upstreamNodeId !== primary.nodeId &&
			observed.reachable &&
			primary.registered.host !== null &&
			hostOf(facts, nodeId).fault === undefined,
	);
}

function rejoinStep(facts: Facts, { node, primary, isRewound }: Rejoin, words: readonly string[]): Step {
	return step({
		key: "rejoin",
		title: `rejoin ${quoted(node)} to ${quoted(primary)}${isRewound ? ", with pg_rewind if needed" : ""}`,
		command: repmgr(facts, node, words),
		expects: [
			{ kind: "streaming", nodeId: node.nodeId, fromNodeId: primary.nodeId },
			{ kind: "registered", nodeId: node.nodeId, as: "standby", upstreamNodeId: primary.nodeId },
		],
		settleSeconds: confNumber(facts, node.nodeId, "node_rejoin_timeout", 60) ?? 60,
		verification: `${quoted(node)} streams from ${quoted(primary)} on its timeline, and is registered as its active standby`,
		wayBack: isRewound
			? `The WAL was saved before. If pg_rewind failed half way: clone ${shellWords([node.nodeName])}. Else repeat the operation.`
			: "Nothing was discarded: repeat the operation.",
	});
}
