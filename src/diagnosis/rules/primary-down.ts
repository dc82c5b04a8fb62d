import { byPromotionFitness } from "../../assess/promotion-order.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { failoverOf, isPlannedStop } from "../failover.ts";
import { type Loss, lossOf, possiblyPromoted, refusingPostmaster, writesWithout } from "../lost-primary.ts";
import { standbys } from "../members.ts";
import { promotionDryRun, startServer } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import {
	evidenceOf,
	fenceEvidence,
	finding,
	logEvidence,
	type Rule,
	statusEvidence,
	type World,
} from "../world.ts";

/**
 * PRIMARY_DOWN: its host reports that no postmaster runs, or neither this console nor any standby that streamed from it
 * reaches it (as in Orchestrator's DeadMaster the standbys are the observers), and no failover is under way.
 * PRIMARY_DOWN_NO_STANDBY: the same, and no node can take over: no standby is registered, or all of them are stopped.
 * `unknown` while a node that may have been promoted could not be read.
 */
export const primaryDown: Rule = (world) => {
	const loss = lossOf(world);
	if (loss?.kind !== "gone" || isPlannedStop(world, loss)) return [];
	if (failoverOf(world, loss).isUnderWay) return [];
	const candidates = standbys(world).filter(({ observed }) => observed.status !== "stopped");
	return [candidates.length === 0 ? withoutCandidate(world, loss) : withCandidates(world, loss, candidates)];
};

type Gone = Extract<Loss, { kind: "gone" | "unseen" }>;

function withCandidates(world: World, loss: Gone, candidates: readonly NodeView[]) {
	const { node } = loss;
	const { obstacles, unknowns, overdue } = failoverOf(world, loss);
	const isStopped = node.observed.status === "stopped";
	const isRefusing = refusingPostmaster(node) !== null;
	const unread = possiblyPromoted(world, node);
	const writes = writesWithout(world, node);
	const first =
		unread.length > 0
			? ` First make sure that ${listed(unread.map(quoted))}, which can't be read, ${unread.length === 1 ? "was" : "were"} not promoted.`
			: unknowns.length > 0
				? " First give repmgrd enough time: reconnect_attempts × reconnect_interval, 60 s by default."
				: "";
	const [best] = byPromotionFitness(
		candidates.filter(({ state }) => current(state.server) !== null),
		world.snapshot.nodes,
	);
	const why =
		overdue !== null
			? overdue
			: unknowns.length > 0
				? `Whether repmgrd fails over is unknown: ${listed(unknowns)}.`
				: `repmgrd will not fail over: ${listed(obstacles)}.`;
	return finding({
		code: "PRIMARY_DOWN",
		severity: writes.severity,
		node,
		message: `${
			isStopped
				? `primary ${quoted(node)} is stopped`
				: isRefusing
					? `primary ${quoted(node)} accepts no connections, though its postmaster runs`
					: `primary ${quoted(node)} is down or cut off from all other nodes`
		}${
			overdue !== null
				? ", and the failover is overdue"
				: candidates.every(({ repmgrd }) => repmgrd.paused)
					? ", and repmgrd is paused: no standby will be promoted"
					: ""
		}`,
		detail: `${writes.text} ${why}`,
		hint: isStopped
			? `Start it again if its host is sound: nothing is lost then. Otherwise make sure that it stays down, and promote ${best ? quoted(best) : "the standby that received most"}.${first}`
			: isRefusing
				? `Read its log: it may hang while it starts, or listen on another address or port (listen_addresses, port). Stop it for good before you promote ${best ? quoted(best) : "a standby"}.${first}`
				: `Find out on its host or console whether it runs. Make sure that it stays down (fence it) before you promote ${best ? quoted(best) : "a standby"}.${first}`,
		evidence: [...evidenceOfLoss(world, loss), ...candidates.flatMap(positionOf)],
		// A copied command must not make a second primary beside an unseen one.
		remedy:
			unread.length > 0
				? null
				: isStopped
					? startServer(node)
					: best === undefined || isRefusing
						? null
						: promotionDryRun(best),
		doNot: `${
			overdue === null
				? "Do not expect a failover from unpausing repmgrd: repmgrd does not replace a primary that is already dead."
				: "Do not promote by hand before repmgrd is paused on every node: a delayed one may promote another standby later."
		} Once a standby is promoted, do not start the old primary other than by a rejoin.`,
	});
}

function withoutCandidate(world: World, loss: Gone) {
	const { node } = loss;
	const stopped = standbys(world);
	return finding({
		code: "PRIMARY_DOWN_NO_STANDBY",
		severity: "critical",
		node,
		message: `primary ${quoted(node)} is down, and no standby can take over`,
		detail:
			stopped.length === 0
				? "No node accepts writes, and no standby is registered."
				: `No node accepts writes. Stopped as well: ${listed(stopped.map(quoted))}.`,
		hint: "Start the primary: it has all committed data. If its disk is lost, only a backup or a stopped standby is left.",
		evidence: [
			...evidenceOfLoss(world, loss),
			...stopped.map((standby) => evidenceOf(standby, standby.detail ?? "stopped", "ssh")),
		],
		remedy: node.observed.status === "stopped" ? startServer(node) : null,
		doNot: "Do not clone over or clean up any data directory before the primary runs again.",
	});
}

/** What this console and the other nodes see of a primary that can't be read. */
export function evidenceOfLoss(world: World, { node, observers }: Gone) {
	return [
		statusEvidence(node),
		...logEvidence(node),
		...fenceEvidence(world, node),
		...observers.map(({ evidence }) => evidence),
	];
}

function positionOf(node: NodeView) {
	const { observed } = node;
	if (!observed.reachable) return [];
	const received = observed.receiveLsn ?? "unknown";
	return [evidenceOf(node, `received up to ${received}, replayed up to ${observed.replayLsn ?? "unknown"}`)];
}
