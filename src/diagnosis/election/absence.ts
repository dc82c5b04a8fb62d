import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { commandTrouble, confIsOn, failoverMode } from "../conf-values.ts";
import { quoted } from "../words.ts";
import { type Electorate, hasLost, isFrozen, isRepmgrdKnown, ownCopy } from "./electorate.ts";
import { secondsOfLosing } from "./seconds.ts";

/**
 * Why a standby would not promote itself even if it were the best, as a clause about it; null when it would. Its siblings
 * check none of this and wait for it (do_primary_failover(), do_election() and promote_self() in repmgrd-physical.c).
 */
export function absenceOf(electorate: Electorate, node: NodeView): string | null {
	const daemon = daemonTrouble(node);
	if (daemon !== null) return daemon;
	if (node.repmgrd.paused === true) return "its repmgrd is paused";
	const copy = ownCopy(electorate, node);
	const self = copy.find(({ nodeId }) => nodeId === node.nodeId);
	const unconcerned = wrongUpstream(electorate, self, copy) ?? pastElection(electorate, node);
	if (unconcerned !== null) return unconcerned;
	if (failoverMode(node) === "manual") return "its repmgr.conf says failover=manual";
	const command = commandTrouble(node, "promote_command");
	if (command !== null) return command;
	if ((self?.priority ?? 0) <= 0) return "its priority is 0";
	if (self?.upstreamNodeId === null && !confIsOn(node, "always_promote"))
		return "its copy of repmgr.nodes names no upstream for it, and always_promote is not set";
	return null;
}

/** Why a node's repmgrd can't act. */
export function daemonTrouble(node: NodeView): string | null {
	const { observed, state, repmgrd } = node;
	if (!observed.reachable) return observed.status === "rejecting" ? "it can't be read" : "it does not answer";
	const process = current(state.host)?.repmgrd ?? null;
	if (process && isFrozen(process)) return "its repmgrd is frozen";
	if (repmgrd.running === false) return "its repmgrd does not run";
	return isRepmgrdKnown(node) ? null : "its server does not know of a repmgrd";
}

/** repmgrd monitors the upstream in its own copy of repmgr.nodes, and acts if that is a primary there. */
function wrongUpstream(
	{ primary, byId }: Electorate,
	self: Registration | undefined,
	copy: readonly Registration[],
): string | null {
	const upstream = self?.upstreamNodeId ?? null;
	if (upstream !== null && upstream !== primary.nodeId) {
		const node = byId.get(upstream);
		return `it is registered under ${node === undefined ? `node ${upstream}` : quoted(node)}`;
	}
	const type = copy.find(({ nodeId }) => nodeId === primary.nodeId)?.type;
	return type === "primary" ? null : `its copy of repmgr.nodes does not have ${quoted(primary)} as a primary`;
}

/** A repmgrd that lost the primary long ago has held its election, and waits until it sees the primary again. */
function pastElection({ primary, isLost }: Electorate, node: NodeView): string | null {
	const { upstreamLastSeenSeconds: unseen } = node.repmgrd;
	if (isLost || unseen === null || unseen <= secondsOfLosing(node, primary).most) return null;
	return `its repmgrd has not seen the primary for ${formatDuration(unseen)} and waits for it`;
}

/** Has repmgrd lost a primary that still runs, so that it will hold an election? */
export function isLosing({ primary, isLost }: Electorate, node: NodeView): boolean {
	const unseen = node.repmgrd.upstreamLastSeenSeconds ?? 0;
	return !isLost && hasLost(node) && unseen <= secondsOfLosing(node, primary).most;
}
