import { wasStandby } from "../../model/control-state.ts";
import type { Intent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { killForGood } from "../checks/lost-primary.ts";
import { type Facts, hostOf } from "../plan/facts.ts";

/** The state of the cluster, and what can be done. */
export interface Situation {
	/** For the operator, with the evidence. */
	readonly state: string;
	/** The best option first. */
	readonly ways: readonly RecoveryOption[];
}

export interface RecoveryOption {
	readonly title: string;
	/** One of this program's commands, or a sentence where it has none. */
	readonly command: string;
	/** The intent of the command, where it is one of this program's. */
	readonly intent?: Intent;
}

/** Options where no primary is seen: the old one has stopped, is stopping, hangs, or can't be seen. */
export function withoutPrimary(facts: Facts): Situation {
	const { nodes } = facts.snapshot;
	const stopping = nodes.find((node) => node.observed.status === "stopping");
	if (stopping !== undefined) return whilePrimaryStops(facts, stopping);
	const old = nodes.find((node) => isDownAsPrimary(facts, node));
	if (old !== undefined) return afterStop(facts, old);
	const hung = nodes.find((node) => isRunningUnseen(facts, node));
	if (hung !== undefined) return whileHung(facts, hung);
	return {
		state: "No primary is seen now, and none that was shut down cleanly.",
		ways: [{ title: "find out the state of the primary", command: "status" }],
	};
}

function afterStop(facts: Facts, old: NodeView): Situation {
	const silent = facts.snapshot.nodes.filter(
		(node) => !node.observed.reachable && node !== old && node.registered.type !== "witness",
	);
	const isClean = controlState(facts, old) === "shut down";
	const checkpoint = hostOf(facts, old.nodeId).value?.look.controlData?.checkpointLsn ?? "unknown";
	const how = isClean ? "was shut down cleanly" : "has ended without a shutdown";
	const doubt =
		silent.length === 0 ? "" : ` ${listed(silent.map(quoted))} can't be read: make sure it was not promoted.`;
	return {
		state: `No server accepts writes. ${quoted(old)} ${how} (its control data: "${controlState(facts, old)}", checkpoint ${checkpoint}), and no standby is seen promoted.${doubt}`,
		ways: [
			{
				title: `start ${quoted(old)} again: it is the primary as before, nothing is lost${isClean ? "" : "; it recovers from its WAL first"}`,
				command: `start ${shellWords([old.nodeName])}`,
				intent: { kind: "start", nodeId: old.nodeId },
			},
			{
				title: "or promote a standby, then rejoin the old primary; only if it can't be started",
				command: "promote NODE",
			},
		],
	};
}

/** A server that stops archives what is left and sends all WAL to its receivers: either may never end. */
function whilePrimaryStops(facts: Facts, old: NodeView): Situation {
	const host = hostOf(facts, old.nodeId);
	const lingering = host.value?.lingering ?? [];
	const held =
		lingering.length > 0
			? ` Still running: ${listed(lingering.map(({ pid, title }) => `${title} (process ${pid})`))}.`
			: host.fault === undefined
				? ""
				: " What delays it can't be seen without SSH to its host.";
	const on = `on ${quoted(old)}, as the owner of the database`;
	const data = host.value?.look.dataDirectory ?? "DATADIRECTORY";
	return {
		state: `No server accepts writes. ${quoted(old)} is still shutting down.${held}`,
		ways: [
			...lingering.map(
				({ pid, title }): RecoveryOption =>
					/^archiver/.test(title)
						? {
								title: "end the hanging archive_command; the file stays, to be archived later",
								command: `${on}: pkill -P ${pid}`,
							}
						: { title: "end the walsender whose receiver does not answer", command: `${on}: kill ${pid}` },
			),
			{
				title: `then the command continues by itself; if it has ended, start ${quoted(old)} again: it is the primary as before, nothing is lost`,
				command: `start ${shellWords([old.nodeName])}`,
			},
			{
				title: "or stop it at once, as in a crash; it recovers when it is started, and no commit is lost",
				command: `${on}: pg_ctl stop -m immediate -D ${data}`,
			},
		],
	};
}

/** The server runs but does not answer here: it may continue any time, and then accepts writes, or does so for others. */
function whileHung(facts: Facts, old: NodeView): Situation {
	const { pid = 0, state = "" } = hostOf(facts, old.nodeId).value?.look.postmaster || {};
	const on = `on ${quoted(old)}, as the owner of the database`;
	const isFrozen = state === "T";
	const name = shellWords([old.nodeName]);
	return {
		state: `No server is seen to accept writes. PostgreSQL on ${quoted(old)} still runs (postmaster ${pid}${isFrozen ? ", which is stopped by a signal" : ""}), and does not answer this console: if it continues, it is the primary as before. No standby is seen promoted.`,
		ways: [
			...(isFrozen
				? [{ title: "let it continue, nothing is lost", command: `${on}: kill -CONT ${pid}` }]
				: []),
			{
				title: `or stop it for certain and keep it from starting: cleanly if it can within a minute, else at once`,
				command: `fence ${name} --reason TEXT`,
			},
			{ title: "or kill it, as in a crash", command: `${on}: ${killForGood(pid)}` },
			{
				title: `then start ${quoted(old)} again, after a fence once it is unfenced: it recovers, and no commit is lost`,
				command: `start ${name}`,
			},
			{ title: "or promote a standby, only if it can't be started", command: "promote NODE" },
		],
	};
}

function isRunningUnseen(facts: Facts, { nodeId, observed, registered }: NodeView): boolean {
	const look = hostOf(facts, nodeId).value?.look;
	return !observed.reachable && registered.type === "primary" && Boolean(look?.postmaster);
}

/** No postmaster runs, and its control data are a primary's, shut down or not. A witness is a primary of its own. */
function isDownAsPrimary(facts: Facts, node: NodeView): boolean {
	const state = controlState(facts, node);
	const isDown = !node.observed.reachable && hostOf(facts, node.nodeId).value?.look.postmaster === false;
	return isDown && node.registered.type !== "witness" && state !== null && !wasStandby(state);
}

/** A standby's control data say "shut down in recovery", or "in archive recovery". */
function controlState(facts: Facts, { nodeId }: NodeView): string | null {
	return hostOf(facts, nodeId).value?.look.controlData?.state ?? null;
}
