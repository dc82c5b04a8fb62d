import type { PauseNote } from "../../model/host-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { psql, scriptOn } from "../plan/commands.ts";
import type { Facts } from "../plan/facts.ts";
import { noteName, REMOVE_NOTE, WRITE_NOTE } from "../plan/host-note.ts";
import type { Command, Plan, Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/** Whether repmgrd is paused, for each node where that is known. */
export function pausedNow({ snapshot }: Pick<Facts, "snapshot">): Plan["pausedBefore"] {
	return snapshot.nodes.flatMap(({ nodeId, repmgrd }) =>
		repmgrd.paused === null ? [] : [{ nodeId, isPaused: repmgrd.paused }],
	);
}

/** Pauses or unpauses one repmgrd with the function that `repmgr service pause` calls. */
export function setPaused(facts: Facts, node: NodeView, isPaused: boolean): Step {
	const word = isPaused ? "pause" : "unpause";
	return step({
		key: `${word}-${node.nodeId}`,
		title: `${word} repmgrd on ${quoted(node)}`,
		command: psql(facts, node, `SELECT repmgr.repmgrd_pause(${isPaused})`),
		expects: [{ kind: "paused", nodeId: node.nodeId, isPaused }],
		settleSeconds: 10,
		verification: `repmgr.repmgrd_is_paused() on ${quoted(node)} is ${isPaused}`,
		wayBack: `Repeat it with ${!isPaused}.`,
		together: true,
	});
}

/** $1 and $2 as WRITE_NOTE, then the command. */
export const PAUSE_WITH_NOTE = `${WRITE_NOTE} && shift 2 && exec "$@"`;

/** $1 as REMOVE_NOTE, then the command. */
export const UNPAUSE_WITH_NOTE = `name=$1; shift; "$@" && set -- "$name" && ${REMOVE_NOTE}`;

/** Who pauses it, why and until when lies on the node's host first: every console can then tell. */
export function pauseWithNote(facts: Facts, node: NodeView, note: Note): Step {
	const one = setPaused(facts, node, true);
	return {
		...one,
		command: withNote(facts, node, PAUSE_WITH_NOTE, note, one.command.argv),
		wayBack: "unpause",
	};
}

/** The same for a repmgrd that is paused already. */
export function renewNote(facts: Facts, node: NodeView, note: Note): Step {
	return step({
		key: `note-${node.nodeId}`,
		title: `write on the host of ${quoted(node)} who pauses repmgrd, why and until when`,
		command: withNote(facts, node, WRITE_NOTE, note, []),
		verification: "the command ends with 0",
		together: true,
	});
}

export function unpauseWithNote(facts: Facts, node: NodeView): Step {
	const one = setPaused(facts, node, false);
	const name = noteName("pause", facts, node);
	const shown = [shellWords(one.command.argv), `remove ${NOTES}/${name}`];
	return { ...one, command: scriptOn(facts, node, UNPAUSE_WITH_NOTE, [name, ...one.command.argv], shown) };
}

type Note = Omit<PauseNote, "since" | "nodeId">;

const NOTES = "~/.local/state/repmgr-console";

/** @param argv what the script goes on with. */
function withNote(
	facts: Facts,
	node: NodeView,
	script: string,
	note: Note,
	argv: readonly string[],
): Command {
	const name = noteName("pause", facts, node);
	const words = [name, JSON.stringify({ ...note, nodeId: node.nodeId }), ...argv];
	const shown = `write who, why and until when into ${NOTES}/${name}`;
	return scriptOn(facts, node, script, words, [shown, ...(argv.length === 0 ? [] : [shellWords(argv)])]);
}

/** Pauses repmgrd on those of the nodes where it is not paused. */
export function pauseSteps(facts: Facts, nodes: readonly NodeView[]): readonly Step[] {
	return nodes.filter(({ repmgrd }) => repmgrd.paused === false).map((node) => setPaused(facts, node, true));
}

/**
 * repmgr's switchover pauses repmgrd on every node and leaves it paused whenever it gives up (repmgr-action-standby.c). These
 * steps restore the state before, whatever happened.
 *
 * @param suffix makes the keys of the steps differ from those of an earlier attempt, whose run directories exist.
 */
export function restorePauses(facts: Facts, before = pausedNow(facts), suffix = ""): readonly Step[] {
	const wanted = new Map(before.map(({ nodeId, isPaused }) => [nodeId, isPaused]));
	return facts.snapshot.nodes.flatMap((node) => {
		const isPaused = wanted.get(node.nodeId);
		if (isPaused === undefined) return [];
		const one = setPaused(facts, node, isPaused);
		return [{ ...one, key: `${one.key}${suffix}`, title: `${one.title}, as before`, runs: "always" }];
	});
}
