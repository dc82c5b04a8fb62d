import type { ElectionForecast } from "../model/forecast.ts";
import { current, hostReadingSinceAnswer } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { formatDuration, formatTime } from "../text/format.ts";
import { listed, quoted } from "./advice.ts";
import { confNumber, failoverMode } from "./conf-values.ts";
import { forecastOfLost } from "./election/forecast.ts";
import { isMoreThanAStall, isPastGrace } from "./grace.ts";
import { type Loss, secondsLost } from "./lost-primary.ts";
import { standbys } from "./members.ts";
import type { World } from "./world.ts";

/** Beyond reconnect_attempts × reconnect_interval: connection timeouts, the election, the promotion itself. */
const ELECTION_SECONDS = 30;

/** What repmgrd does about a primary that is gone, as far as it can be told. */
export interface Failover {
	/** Standbys whose repmgrd may and will promote or vote. */
	readonly candidates: readonly NodeView[];
	/** Known: it runs, unpaused, on a standby whose repmgr.conf says automatic, and its time is not up. */
	readonly isUnderWay: boolean;
	readonly secondsGone: number;
	readonly secondsLimit: number;
	/** Who is to be promoted, and when, as a clause with "repmgrd" as its subject; null where that is not known. */
	readonly clock: string | null;
	/** Said where it did not come: that, and what is seen of why, as a sentence. */
	readonly overdue: string | null;
	/** Why standbys do not stand for election, and what of that is not known. */
	readonly obstacles: readonly string[];
	readonly unknowns: readonly string[];
}

/** repmgrd's part when a primary is lost (field notes 1.9). */
export function failoverOf(world: World, { node }: Loss): Failover {
	const heirs = standbys(world).filter(({ state }) => current(state.server) !== null);
	const obstacles = heirs.flatMap((heir) => {
		const why = obstacleOf(heir);
		return why === null ? [] : [`${quoted(heir)}: ${why}`];
	});
	const able = heirs.filter((heir) => obstacleOf(heir) === null);
	const unknowns = able.flatMap((heir) => {
		const what = unknownOf(heir);
		return what === null ? [] : [`${quoted(heir)}: ${what}`];
	});
	const candidates = able.filter((heir) => unknownOf(heir) === null);
	const secondsLimit = Math.max(0, ...candidates.map(secondsOfDetection)) + ELECTION_SECONDS;
	const secondsGone = node === null ? 0 : secondsLost(world, node, candidates);
	const isInTime = secondsGone <= secondsLimit;
	const late = candidates.length > 0 && !isInTime ? ["its time for it is up"] : [];
	const forecast = node === null || candidates.length === 0 ? null : forecastOfLost(world, node);
	return {
		clock: forecast && clockOf(world, forecast),
		overdue: forecast && node && overdueOf(world, forecast, node),
		candidates,
		isUnderWay: candidates.length > 0 && isInTime,
		secondsGone,
		secondsLimit,
		obstacles: heirs.length === 0 ? ["no standby can be read"] : [...obstacles, ...late],
		unknowns: candidates.length > 0 ? [] : unknowns,
	};
}

function clockOf(
	{ snapshot }: World,
	{ promotedNodeIds, nodes, dueAt, reason }: ElectionForecast,
): string | null {
	const [winner, ...more] = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	if (winner === undefined) return `is expected to promote nobody: ${reason}`;
	if (dueAt === null || more.length > 0) return null;
	return snapshot.takenAt > dueAt.to
		? `was to promote ${quoted(winner)} by ${formatTime(dueAt.to)} UTC, and has not`
		: `is to promote ${quoted(winner)} between ${formatTime(dueAt.from)} UTC and ${formatTime(dueAt.to)} UTC`;
}

/** Its siblings wait for the one that they would promote, whatever its repmgrd does. */
function overdueOf(
	{ snapshot }: World,
	{ promotedNodeIds, dueAt }: ElectionForecast,
	primary: NodeView,
): string | null {
	const winner = snapshot.nodes.find(({ nodeId }) => nodeId === promotedNodeIds[0]);
	if (winner === undefined || dueAt === null || snapshot.takenAt <= dueAt.to) return null;
	const unseen = winner.repmgrd.upstreamLastSeenSeconds;
	const waiting = snapshot.nodes.filter(
		(node) => node !== winner && node.observed.role === "standby" && node.repmgrd.running === true,
	);
	return [
		`Failover to ${quoted(winner)} was due by ${formatTime(dueAt.to)} UTC, and has not come:`,
		unseen === null
			? `what repmgrd there does is not known; its log says.`
			: `repmgrd there last saw ${quoted(primary)} ${formatDuration(unseen)} ago and promotes nobody. It may hang in a connection to ${quoted(primary)}; its log says.`,
		...(waiting.length === 0
			? []
			: [`${listed(waiting.map(quoted))} ${waiting.length === 1 ? "waits" : "wait"} for it.`]),
	].join(" ");
}

/**
 * A primary that goes away for a moment while repmgrd is paused: a switchover, or a restart that somebody
 * prepared. Not when it crashed, or stays away for longer than the grace time.
 */
export function isPlannedStop(world: World, loss: Loss): boolean {
	const { node } = loss;
	if (node === null || !isAnyPaused(world)) return false;
	// A switchover stops a server; it does not make its host silent.
	const { status } = node.observed;
	const control = node.state.host.good?.value.controlData?.state;
	if (!["stopped", "refusing", "starting", "stopping"].includes(status)) return false;
	if (status === "stopped" && control === "in production") return false;
	// Stopped or crashed, nothing tells yet: while repmgrd is paused nobody fails over, so a crash must be said at once.
	const isSeen = "observers" in loss && loss.observers.some(({ sighting }) => sighting === "sees it");
	const isUnexplained = status === "refusing" && !isSeen && hostReadingSinceAnswer(node.state) === null;
	if (isUnexplained && !isCommandRunning(world)) return !isMoreThanAStall(world, node);
	return !isPastGrace(world, node);
}

/** Does a repmgr command that changes roles run on a host, as far as is seen? */
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
	if (node.repmgrd.running === null || node.repmgrd.paused === null) return "its repmgrd can't be seen";
	return failoverMode(node) === null ? "its repmgr.conf was not read, or not all of it" : null;
}

/** repmgr's defaults (repmgr.conf.sample): 6 × 10 s. */
function secondsOfDetection(node: NodeView): number {
	return confNumber(node, "reconnect_attempts", 6) * confNumber(node, "reconnect_interval", 10);
}
