import type { Intent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { killForGood } from "../checks/lost-primary.ts";
import { type Facts, hostOf } from "../plan/facts.ts";

/** Where the cluster stands after a failure, and what can be done from there. */
export interface RecoveryOptions {
	/** In plain words, with the evidence. */
	readonly state: string;
	/** The best first. */
	readonly ways: readonly Way[];
}

export interface Way {
	readonly title: string;
	/** One of this program's commands, or a sentence where it has none. */
	readonly command: string;
	/** What the command means, where it is one of this program's. */
	readonly intent?: Intent;
}

/** Nobody is seen to accept writes: is the old primary stopped, stopping, or not to be seen? */
export function withoutPrimary(facts: Facts): RecoveryOptions {
	const { nodes } = facts.snapshot;
	const stopping = nodes.find((node) => node.observed.status === "stopping");
	if (stopping !== undefined) return whileStopping(facts, stopping);
	const old = nodes.find((node) => isDownAsPrimary(facts, node));
	if (old !== undefined) return afterStop(facts, old);
	const hung = nodes.find((node) => isHungPrimary(facts, node));
	if (hung !== undefined) return whileHung(facts, hung);
	return {
		state: "No primary is seen now, and none that was shut down cleanly.",
		ways: [{ title: "find out what became of the primary", command: "status" }],
	};
}

function afterStop(facts: Facts, old: NodeView): RecoveryOptions {
	const silent = facts.snapshot.nodes.filter(
		(node) => !node.observed.reachable && node !== old && node.registered.type !== "witness",
	);
	const isClean = controlState(facts, old) === "shut down";
	const checkpoint = hostOf(facts, old.nodeId).value?.look.controlData?.checkpointLsn ?? "unknown";
	const how = isClean ? "was shut down cleanly" : "has ended without a shutdown";
	const doubt =
		silent.length === 0 ? "" : ` ${listed(silent.map(quoted))} can't be read: make sure it was not promoted.`;
	return {
		state: `Nobody accepts writes. ${quoted(old)} ${how} (its control data: "${controlState(facts, old)}", checkpoint ${checkpoint}), and nobody else is seen promoted.${doubt}`,
		ways: [
			{
				title: `start ${quoted(old)} again: it is the primary as before, nothing is lost${isClean ? "" : "; it recovers from its WAL first"}`,
				command: `start ${shellWords([old.nodeName])}`,
				intent: { kind: "start", nodeId: old.nodeId },
			},
			{
				title: "or promote a standby, and rejoin the old primary then; only if it can't be started",
				command: "promote NODE",
			},
		],
	};
}

/** A server that stops archives what is left, and sends everything to everybody who receives: either may never end. */
function whileStopping(facts: Facts, old: NodeView): RecoveryOptions {
	const host = hostOf(facts, old.nodeId);
	const lingering = host.value?.lingering ?? [];
	const held =
		lingering.length > 0
			? ` Of it are left: ${listed(lingering.map(({ pid, title }) => `${title} (process ${pid})`))}.`
			: host.fault === undefined
				? ""
				: " What holds it up can't be seen without SSH to its host.";
	const on = `on ${quoted(old)}, as the owner of the database`;
	const data = host.value?.look.dataDirectory ?? "DATADIRECTORY";
	return {
		state: `Nobody accepts writes. ${quoted(old)} is still shutting down.${held}`,
		ways: [
			...lingering.map(
				({ pid, title }): Way =>
					/^archiver/.test(title)
						? {
								title: "end the archive_command that hangs; the file stays, to be archived later",
								command: `${on}: pkill -P ${pid}`,
							}
						: { title: "end the walsender whose receiver does not answer", command: `${on}: kill ${pid}` },
			),
			{
				title: `then what was begun goes on by itself; should it have ended, start ${quoted(old)} again: it is the primary as before, nothing is lost`,
				command: `start ${shellWords([old.nodeName])}`,
			},
			{
				title:
					"or have it stop at once, as in a crash; it recovers when it is started, and nothing that was committed is lost",
				command: `${on}: pg_ctl stop -m immediate -D ${data}`,
			},
		],
	};
}

/** It runs and answers nobody: it may wake up, and then it writes. */
function whileHung(facts: Facts, old: NodeView): RecoveryOptions {
	const { pid = 0, state = "" } = hostOf(facts, old.nodeId).value?.look.postmaster || {};
	const on = `on ${quoted(old)}, as the owner of the database`;
	const isFrozen = state === "T";
	return {
		state: `Nobody is seen to accept writes. PostgreSQL on ${quoted(old)} still runs (postmaster ${pid}${isFrozen ? ", which stands still" : ""}), and does not answer: should it wake up, it is the primary as before, and nobody else is seen promoted.`,
		ways: [
			...(isFrozen ? [{ title: "wake it up, nothing is lost", command: `${on}: kill -CONT ${pid}` }] : []),
			{ title: "or end it for good, as in a crash", command: `${on}: ${killForGood(pid)}` },
			{
				title: `then start ${quoted(old)} again: it recovers, and nothing that was committed is lost`,
				command: `start ${shellWords([old.nodeName])}`,
			},
			{ title: "or promote a standby, only if it can't be started", command: "promote NODE" },
		],
	};
}

function isHungPrimary(facts: Facts, { nodeId, observed, registered }: NodeView): boolean {
	const look = hostOf(facts, nodeId).value?.look;
	return observed.status === "hung" && registered.type === "primary" && Boolean(look?.postmaster);
}

/** No postmaster, and what it has left behind is a primary's, shut down or not. A witness has data of its own. */
function isDownAsPrimary(facts: Facts, node: NodeView): boolean {
	const state = controlState(facts, node);
	const isDown = !node.observed.reachable && hostOf(facts, node.nodeId).value?.look.postmaster === false;
	return isDown && node.registered.type !== "witness" && state !== null && !/recovery/.test(state);
}

/** A standby's control data say "shut down in recovery", or "in archive recovery". */
function controlState(facts: Facts, { nodeId }: NodeView): string | null {
	return hostOf(facts, nodeId).value?.look.controlData?.state ?? null;
}
