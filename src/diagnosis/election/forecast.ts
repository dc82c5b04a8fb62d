import type { ElectionForecast } from "../../model/forecast.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confOf } from "../conf-values.ts";
import { lossOf, secondsLost } from "../lost-primary.ts";
import { feedOf } from "../wal-senders.ts";
import { thePrimary, type World } from "../world.ts";
import { type Afterwards, afterNothing, afterPromotion } from "./afterwards.ts";
import { partsOf, type Roll, rollOf } from "./ballot.ts";
import { type Electorate, electorateOf, isNodesTableEmpty } from "./electorate.ts";
import { assumptionsOf, type ElectionOutcome, reservationsOf } from "./notes.ts";
import { placeOf, whyNobody, whyPromoted } from "./reasons.ts";
import { secondsOfFailover } from "./seconds.ts";

/** For the primary that runs, or the one that was just lost; null without either. */
export function forecastElection(world: World): ElectionForecast | null {
	const primary = thePrimary(world);
	if (primary !== null) return forecastFor(world, primary, null);
	const loss = lossOf(world);
	return loss?.kind === "gone" || loss?.kind === "hung" || loss?.kind === "between"
		? forecastOfLost(world, loss.node)
		: null;
}

/** What repmgrd is expected to do about a lost primary, and when. */
export function forecastOfLost(world: World, primary: NodeView): ElectionForecast {
	const standbys = world.snapshot.nodes.filter(({ observed }) => observed.role === "standby");
	return forecastFor(world, primary, world.snapshot.takenAt - 1000 * secondsLost(world, primary, standbys));
}

/**
 * What repmgrd would do if the primary died now, computed as each standby's repmgrd does it (do_election() in
 * repmgrd-physical.c of 5.3 to 5.5). A standby does not ask its siblings for their `failover` mode, pause or process: if
 * the best one can't act, none does.
 */
function forecastFor(world: World, primary: NodeView, lostAt: number | null): ElectionForecast {
	const electorate = electorateOf(world, primary, lostAt !== null);
	const { others } = electorate;
	const roll = rollOf(electorate, electorate.authoritative);
	const candidates = roll.candidates.flatMap(({ nodeId }) => electorate.byId.get(nodeId) ?? []);
	const standbys = isNodesTableEmpty(primary) ? [] : others.filter((node) => mayStand(node, primary));
	const parts = partsOf(electorate, standbys);
	const promoted = standbys.filter(({ nodeId }) => parts.get(nodeId)?.result === "won");
	const [winner] = promoted;
	const afterwards = new Map(others.map((node) => [node.nodeId, afterwardsOf(electorate, node, promoted)]));
	const rivals = winner === undefined ? [] : rivalsOf(electorate, candidates, winner);
	const outcome = { electorate, candidates, parts, winner, rivals, afterwards };
	const seconds =
		winner === undefined || confOf(winner) === null ? null : secondsOfFailover(winner, primary, others);
	return {
		primaryNodeId: primary.nodeId,
		lostAt,
		dueAt: lostAt === null || seconds === null ? null : dueAt(primary, lostAt, seconds),
		promotedNodeIds: promoted.map(({ nodeId }) => nodeId),
		isSure: promoted.length > 0 || !dependsOnSilent(outcome, roll),
		reason: winner === undefined ? whyNobody(outcome) : whyPromoted(outcome, promoted),
		rivalNodeIds: rivals.map(({ nodeId }) => nodeId),
		nodes: [...candidates, ...others.filter((node) => !candidates.includes(node))].map((node) => ({
			nodeId: node.nodeId,
			nodeName: node.nodeName,
			...placeOf(outcome, node),
			receiveLsn: node.observed.role === "standby" ? node.observed.receiveLsn : null,
			afterwards: afterwards.get(node.nodeId)?.text ?? "",
		})),
		visible: roll.visible.length,
		electorate: roll.voters.length,
		seconds,
		...expectedLoss(primary, winner),
		isSynchronous: winner !== undefined && isSynchronous(world, primary, winner),
		reservations: reservationsOf(outcome),
		assumptions: assumptionsOf(outcome),
	};
}

function dueAt(
	{ observed }: NodeView,
	lostAt: number,
	{ crash, cut }: NonNullable<ElectionForecast["seconds"]>,
) {
	const { least, most } = observed.status === "unreachable" || observed.status === "hung" ? cut : crash;
	return { from: lostAt + 1000 * least, to: lostAt + 1000 * most };
}

/** Not an inactive one: if its repmgrd ran, that would make it active again. */
function mayStand({ registered }: NodeView, primary: NodeView): boolean {
	const isUnderIt = registered.upstreamNodeId === primary.nodeId || registered.upstreamNodeId === null;
	return registered.type !== "witness" && registered.active && isUnderIt;
}

function afterwardsOf(electorate: Electorate, node: NodeView, promoted: readonly NodeView[]): Afterwards {
	const [winner] = promoted;
	if (winner === undefined) return afterNothing(electorate, node);
	return promoted.includes(node)
		? { text: "is promoted", isLoss: false }
		: afterPromotion(electorate, node, winner);
}

/** Where no standby is promoted: would a node make a difference that does not answer this console but may answer the others? */
function dependsOnSilent({ electorate, candidates, parts }: ElectionOutcome, { voters }: Roll): boolean {
	const [best] = candidates;
	const isBlocked = best !== undefined && parts.get(best.nodeId)?.result === "absent";
	return voters.some(({ nodeId, type }) => {
		const status = electorate.byId.get(nodeId)?.observed.status;
		const mayAnswer =
			status === "unreachable" || status === "unresolved" || status === "unknown" || status === "rejecting";
		// A witness does not change which candidate is best.
		return mayAnswer && !(isBlocked && type === "witness");
	});
}

/** Candidates that are level with the winner while WAL is being written. */
function rivalsOf(
	{ level, isWritten }: Electorate,
	candidates: readonly NodeView[],
	winner: NodeView,
): readonly NodeView[] {
	if (!isWritten || !level.has(winner.nodeId)) return [];
	return candidates.filter((node) => node !== winner && level.has(node.nodeId));
}

/** Bytes up to the primary's newest known position; seconds at most since the winner's last replayed commit. */
function expectedLoss(
	primary: NodeView,
	winner: NodeView | undefined,
): Pick<ElectionForecast, "lossBytes" | "lossSeconds"> {
	const distance = lsnDistanceBytes(winner?.observed.receiveLsn ?? null, primary.observed.currentLsn);
	if (winner === undefined || distance === null) return { lossBytes: null, lossSeconds: null };
	if (distance <= 0) return { lossBytes: 0, lossSeconds: 0 };
	const sinceCommit = current(winner.state.server)?.lastReplayedCommitSeconds ?? null;
	return { lossBytes: distance, lossSeconds: winner.observed.lagSeconds ?? sinceCommit };
}

/** With synchronous_commit off or local, commits don't wait for standbys (manual 20.5.1). */
function isSynchronous(world: World, primary: NodeView, winner: NodeView): boolean {
	const mode = current(primary.state.server)?.settings.synchronous_commit;
	const feed = feedOf(world, winner);
	if (mode === undefined || mode === "off" || mode === "local" || typeof feed === "string") return false;
	return feed.from === primary && feed.sender.syncState === "sync";
}
