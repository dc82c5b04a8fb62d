import type { ElectionForecast } from "../model/forecast.ts";
import { current, hostReadingSinceAnswer } from "../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import { formatDuration, formatTime } from "../text/format.ts";
import { confNumber, failoverMode } from "./conf-values.ts";
import { forecastOfLost } from "./election/forecast.ts";
import { isMoreThanAStall, isPastGrace } from "./grace.ts";
import { type Loss, secondsLost } from "./lost-primary.ts";
import { standbys } from "./members.ts";
import { listed, quoted } from "./words.ts";
import type { World } from "./world.ts";

/** After reconnect_attempts × reconnect_interval: connection timeouts, the election, and the promotion. */
const ELECTION_SECONDS = 30;

/** What is known about repmgrd's reaction to a primary that is gone. */
export interface Failover {
	/** Standbys whose repmgrd can promote. */
	readonly candidates: readonly NodeView[];
	/** Certain: repmgrd runs unpaused on a standby with failover=automatic, and still has time. */
	readonly isUnderWay: boolean;
	readonly secondsGone: number;
	readonly secondsLimit: number;
	/** When that is over, epoch ms; null: when the primary was lost is not known. */
	readonly limitAt: number | null;
	/** Which standby will be promoted, and when, as a predicate of "repmgrd"; null where not known. */
	readonly clock: string | null;
	/** Sentences that say that the failover is overdue, and what is seen of the cause; null while it is not. */
	readonly overdue: string | null;
	/** Why standbys can't promote, and for which ones that is not known. */
	readonly obstacles: readonly string[];
	readonly unknowns: readonly string[];
}

/** By the rules of do_election() and do_primary_failover() in repmgrd-physical.c. */
export function failoverOf(world: World, { node }: Loss): Failover {
	const readable = standbys(world).filter(({ state }) => current(state.server) !== null);
	const obstacles = readable.flatMap((standby) => {
		const why = obstacleOf(standby);
		return why === null ? [] : [`${quoted(standby)}: ${why}`];
	});
	const able = readable.filter((standby) => obstacleOf(standby) === null);
	const unknowns = able.flatMap((standby) => {
		const what = unknownOf(standby);
		return what === null ? [] : [`${quoted(standby)}: ${what}`];
	});
	const candidates = able.filter((standby) => unknownOf(standby) === null);
	const secondsLimit = Math.max(0, ...candidates.map(secondsOfDetection)) + ELECTION_SECONDS;
	const secondsGone = node === null ? 0 : secondsLost(world, node, candidates);
	const isInTime = secondsGone <= secondsLimit;
	const late = candidates.length > 0 && !isInTime ? ["its time has run out"] : [];
	const forecast = node === null || candidates.length === 0 ? null : forecastOfLost(world, node);
	return {
		clock: forecast && clockOf(world, forecast),
		overdue: forecast && overdueText(world.snapshot, forecast),
		candidates,
		isUnderWay: candidates.length > 0 && isInTime,
		secondsGone,
		secondsLimit,
		limitAt: forecast === null || forecast.lostAt === null ? null : forecast.lostAt + 1000 * secondsLimit,
		obstacles: readable.length === 0 ? ["no standby can be read"] : [...obstacles, ...late],
		unknowns: candidates.length > 0 ? [] : unknowns,
	};
}

function clockOf(
	{ snapshot }: World,
	{ promotedNodeIds, nodes, dueAt, reason }: ElectionForecast,
): string | null {
	const [winner, ...more] = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	if (winner === undefined) return `is expected to promote no standby: ${reason}`;
	if (dueAt === null || more.length > 0) return null;
	return snapshot.takenAt > dueAt.to
		? `should have promoted ${quoted(winner)} by ${formatTime(dueAt.to)} UTC`
		: `should promote ${quoted(winner)} between ${formatTime(dueAt.from)} UTC and ${formatTime(dueAt.to)} UTC`;
}

/** That it is overdue, and what is seen of the cause; null while it is not. */
export function overdueText(snapshot: ClusterSnapshot, forecast: ElectionForecast): string | null {
	const winner = snapshot.nodes.find(({ nodeId }) => nodeId === forecast.promotedNodeIds[0]);
	const cause = overdueCause(snapshot, forecast);
	return winner === undefined || forecast.dueAt === null || cause === null
		? null
		: `The failover to ${quoted(winner)} was due by ${formatTime(forecast.dueAt.to)} UTC and has not happened: ${cause}`;
}

/** What is seen of the cause alone. The winner's siblings wait for it, whatever its repmgrd does. */
export function overdueCause(
	snapshot: ClusterSnapshot,
	{ primaryNodeId, promotedNodeIds, dueAt }: ElectionForecast,
): string | null {
	const winner = snapshot.nodes.find(({ nodeId }) => nodeId === promotedNodeIds[0]);
	const primary = snapshot.nodes.find(({ nodeId }) => nodeId === primaryNodeId);
	if (winner === undefined || primary === undefined || dueAt === null || snapshot.takenAt <= dueAt.to)
		return null;
	const unseen = winner.repmgrd.upstreamLastSeenSeconds;
	const waiting = snapshot.nodes.filter(
		(node) => node !== winner && node.observed.role === "standby" && node.repmgrd.running === true,
	);
	return [
		unseen === null
			? `what repmgrd there does is not known; read its log.`
			: `repmgrd there last saw ${quoted(primary)} ${formatDuration(unseen)} ago and does not promote it. It may hang in a connection to ${quoted(primary)}; read its log.`,
		...(waiting.length === 0
			? []
			: [`${listed(waiting.map(quoted))} ${waiting.length === 1 ? "waits" : "wait"} for it.`]),
	].join(" ");
}

/**
 * Did the primary stop for a moment while repmgrd is paused, as in a switchover or a planned restart? Not if it crashed,
 * or stays down for longer than the grace time.
 */
export function isPlannedStop(world: World, loss: Loss): boolean {
	const { node } = loss;
	if (node === null || !isAnyPaused(world)) return false;
	// A switchover stops a server, but does not cut off its host.
	const { status } = node.observed;
	const control = node.state.host.good?.value.controlData?.state;
	if (!["stopped", "refusing", "starting", "stopping"].includes(status)) return false;
	if (status === "stopped" && (control === "in production" || control === "in crash recovery")) return false;
	// It may have stopped or crashed: with repmgrd paused there is no failover, so a crash must be reported at once.
	const isSeen = "observers" in loss && loss.observers.some(({ sighting }) => sighting === "sees it");
	const isUnexplained = status === "refusing" && !isSeen && hostReadingSinceAnswer(node.state) === null;
	if (isUnexplained && !isCommandRunning(world)) return !isMoreThanAStall(world, node);
	return !isPastGrace(world, node);
}

/** Is a repmgr command that changes roles seen to run on a host? */
export function isCommandRunning({ snapshot }: World): boolean {
	return snapshot.nodes.some(({ state }) =>
		current(state.host)?.repmgrCommands?.some((command) => /switchover|rejoin|promote/.test(command)),
	);
}

export function isAnyPaused({ snapshot }: World): boolean {
	return snapshot.nodes.some(({ repmgrd }) => repmgrd.paused === true);
}

function obstacleOf(node: NodeView): string | null {
	const { repmgrd, registered } = node;
	if (repmgrd.running === false) return "its repmgrd does not run";
	if (repmgrd.paused === true) return "its repmgrd is paused";
	if (registered.priority === 0) return "its priority is 0";
	if (!registered.active) return "it is registered as inactive";
	return failoverMode(node) === "manual" ? "failover is manual in its repmgr.conf" : null;
}

function unknownOf(node: NodeView): string | null {
	if (node.repmgrd.running === null || node.repmgrd.paused === null)
		return "the state of its repmgrd is not known";
	return failoverMode(node) === null ? "its repmgr.conf was not read, or not all of it" : null;
}

/** repmgr's defaults (repmgr.conf.sample): 6 × 10 s. */
function secondsOfDetection(node: NodeView): number {
	return confNumber(node, "reconnect_attempts", 6) * confNumber(node, "reconnect_interval", 10);
}
