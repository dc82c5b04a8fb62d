import { needsRestartToFollow } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { isSettled } from "../grace.ts";
import { isForeign, solePrimary, standbys } from "../members.ts";
import { followAfterRestart, followDryRun } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
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
 * ALL_STANDBYS_DETACHED: two standbys or more, none of which receives WAL, and not all of them stopped: look for one
 * cause at the primary (slots, pg_hba.conf, walsenders, network; Orchestrator's AllMasterReplicasNotReplicating).
 * NO_REDUNDANCY: every commit is on the primary alone, since its only standby receives nothing, all standbys are stopped,
 * or none is registered. Only where that is proven: a standby that can't be read may be streaming.
 */
export const noRedundancy: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null || !isSettled(world, primary)) return [];
	const all = standbys(world);
	if (!all.every((node) => isOut(world, node))) return [];
	// Without those whose cause is known to be elsewhere.
	const detached = all.filter(
		(node) =>
			isDetached(world, node) && fallenUpstreamOf(world, node) === null && !isLeftBehind(node, primary),
	);
	return [all.length > 1 && detached.length > 0 ? allDetached(primary, all) : alone(world, primary, all)];
};

function isOut(world: World, node: NodeView): boolean {
	return isStandbyDown(world, node) || isDetached(world, node) || isForeign(world, node);
}

/** Does it not follow this primary yet? It is registered under another node, or on a timeline from before the promotion. */
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
		hint: `Look for one cause at the primary: pg_hba.conf and the password for replication, missing slots, max_wal_senders${most === undefined ? "" : ` (${most})`}, its network. Its log and a standby's log name the cause.`,
		evidence: [
			evidenceOf(primary, `pg_stat_replication has ${server?.walSenders.length ?? 0} rows`),
			...all.flatMap((standby) => [statusEvidence(standby), ...logEvidence(standby)]),
		],
		doNot: "Do not switch over or promote now: no standby has all of the primary's data.",
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
				? "No standby is registered: if the primary's disk is lost, only a backup is left."
				: `${listed(all.map(quoted))} ${all.length === 1 ? "receives" : "receive"} nothing: every commit since then is on the primary alone.`,
		hint:
			all.length === 0
				? "Clone and register a standby."
				: left !== undefined
					? `Make ${quoted(left)} follow ${quoted(primary)}: its configuration still names its former upstream. Until then leave the primary alone.`
					: "Bring a standby back before you touch the primary.",
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
		doNot: "Do not restart the primary or do maintenance on it now if that can wait.",
	});
}
