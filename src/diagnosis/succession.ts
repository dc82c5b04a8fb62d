import { current } from "../cluster/node-state.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import { quoted } from "./advice.ts";
import { confNumber, failoverMode } from "./conf-values.ts";
import { type Loss, secondsLost } from "./lost-primary.ts";
import { standbys } from "./members.ts";
import { isPastGrace } from "./trouble.ts";
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
	return {
		candidates,
		isUnderWay: candidates.length > 0 && isInTime,
		secondsGone,
		secondsLimit,
		obstacles: heirs.length === 0 ? ["no standby can be read"] : [...obstacles, ...late],
		unknowns: candidates.length > 0 ? [] : unknowns,
	};
}

/**
 * A primary that goes away for a moment while repmgrd is paused: a switchover, or a restart that somebody
 * prepared. Not when it crashed, or stays away for longer than the grace time.
 */
export function isPlannedStop(world: World, { node }: Loss): boolean {
	if (node === null || !isAnyPaused(world)) return false;
	// A switchover stops a server; it does not make its host silent.
	const isStopping = ["stopped", "refusing", "starting", "stopping"].includes(node.observed.status);
	const control = node.state.host.good?.value.controlData?.state;
	if (!isStopping || (node.observed.status === "stopped" && control === "in production")) return false;
	return !isPastGrace(world, node);
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
