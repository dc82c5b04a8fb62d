import { needsRestartToFollow } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { followAfterRestart, followDryRun, listed, quoted } from "../advice.ts";
import { isSettled } from "../grace.ts";
import { isForeign, solePrimary, standbys } from "../members.ts";
import {
	consoleEvidence,
	evidenceOf,
	finding,
	logEvidence,
	type Rule,
	statusEvidence,
	type World,
} from "../world.ts";
import { isDetached } from "./standby-detached.ts";
import { isStandbyDown } from "./standby-down.ts";
import { fallenUpstreamOf } from "./upstream-standby-down.ts";

/**
 * ALL_STANDBYS_DETACHED: two standbys or more, all of which receive nothing, and not only because they are all
 * stopped: look for one cause, at the primary (slots, pg_hba.conf, walsenders, network; Orchestrator's
 * AllMasterReplicasNotReplicating). NO_REDUNDANCY: every commit is on the primary alone, since its only standby
 * receives nothing, all standbys are stopped, or none is registered. Proven only: a standby that can't be read
 * may well be streaming.
 */
export const noRedundancy: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null || !isSettled(world, primary)) return [];
	const all = standbys(world);
	if (!all.every((node) => isOut(world, node))) return [];
	// Where the cause is known to be elsewhere it is not to be looked for at the primary.
	const detached = all.filter(
		(node) =>
			isDetached(world, node) && fallenUpstreamOf(world, node) === null && !isLeftBehind(node, primary),
	);
	return [all.length > 1 && detached.length > 0 ? allDetached(primary, all) : alone(world, primary, all)];
};

function isOut(world: World, node: NodeView): boolean {
	return isStandbyDown(world, node) || isDetached(world, node) || isForeign(world, node);
}

/** It was not told of this primary: it stands under another node, or on a timeline before the promotion. */
function isLeftBehind({ observed, registered }: NodeView, primary: NodeView): boolean {
	const { upstreamNodeId } = registered;
	const isUnderAnother = upstreamNodeId !== null && upstreamNodeId !== primary.nodeId;
	return (
		isUnderAnother || (observed.timeline !== null && observed.timeline < (primary.observed.timeline ?? 0))
	);
}

function allDetached(primary: NodeView, all: readonly NodeView[]) {
	const server = primary.state.server.good?.value;
	const most = server?.settings.max_wal_senders;
	return finding({
		code: "ALL_STANDBYS_DETACHED",
		severity: "warning",
		message: `no standby streams from primary ${quoted(primary)}`,
		detail: `${listed(all.map(quoted))} receive nothing: every commit since then is on the primary alone.`,
		hint: `Look for one cause, at the primary: pg_hba.conf and the password for replication, missing slots, max_wal_senders${most === undefined ? "" : ` (${most})`}, its network. Its log and a standby's log name it.`,
		evidence: [
			evidenceOf(primary, `pg_stat_replication has ${server?.walSenders.length ?? 0} rows`),
			...all.flatMap((standby) => [statusEvidence(standby), ...logEvidence(standby)]),
		],
		doNot: "Do not switch over or promote now: no standby has what the primary has.",
	});
}

function alone(world: World, primary: NodeView, all: readonly NodeView[]) {
	const left = all.find((node) => isDetached(world, node) && isLeftBehind(node, primary));
	return finding({
		code: "NO_REDUNDANCY",
		severity: "warning",
		message: `primary ${quoted(primary)} has no standby that could take over`,
		detail:
			all.length === 0
				? "No standby is registered: if the primary's disk is lost, a backup is what is left."
				: `${listed(all.map(quoted))} ${all.length === 1 ? "receives" : "receive"} nothing: every commit since then is on the primary alone.`,
		hint:
			all.length === 0
				? "Clone and register a standby."
				: left !== undefined
					? `Let ${quoted(left)} follow ${quoted(primary)}: it still stands under its former upstream. Until then do nothing to the primary.`
					: "Bring a standby back before anything is done to the primary.",
		evidence:
			all.length === 0
				? [consoleEvidence(world, "repmgr.nodes has no standby")]
				: all.flatMap((standby) => [statusEvidence(standby), ...logEvidence(standby)]),
		remedy:
			left === undefined
				? null
				: needsRestartToFollow(left, primary)
					? followAfterRestart(left, primary)
					: followDryRun(left, primary),
		doNot: "Do not restart or maintain the primary now if it can wait.",
	});
}
