import { lsnDistanceBytes } from "../cluster/lsn.ts";
import { current } from "../cluster/node-state.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import { thePrimary, type World } from "./world.ts";

/** Somebody who does not stand for election, or can't vote, and why. */
export interface Exclusion {
	readonly nodeId: number;
	readonly reason: string;
}

/** What repmgrd would do if the primary died now. */
export interface ElectionForecast {
	readonly primaryNodeId: number;
	/** Null: nobody would be promoted; `obstacle` says why. */
	readonly winnerNodeId: number | null;
	readonly obstacle: string | null;
	/** Why the winner before the others. */
	readonly reason: string | null;
	readonly excluded: readonly Exclusion[];
	/** Nodes that answer, of those that share the primary as upstream; more than half must. */
	readonly visible: number;
	readonly electorate: number;
	/** From the primary's death to the new primary: a killed server to a cut network. */
	readonly detectionSeconds: { readonly least: number; readonly most: number } | null;
	/** WAL that the winner had not received when it was last read: at most that much is lost. */
	readonly lossBytes: number | null;
	readonly lossSeconds: number | null;
	/** What was taken for granted because it can't be seen. */
	readonly assumptions: readonly string[];
}

/** repmgr's defaults (repmgr.conf.sample) for what a repmgr.conf does not set. */
const DEFAULTS = { monitor_interval_secs: 2, reconnect_attempts: 6, reconnect_interval: 10 };

/** Connection attempts to a black hole each last this long in repmgrd; libpq's least. */
const CONNECT_TIMEOUT_SECONDS = 2;

/**
 * The election as repmgrd carries it out (do_election() in repmgrd-physical.c of 5.3 to 5.5; field notes
 * 1.9): every active standby of the primary holds one for itself and promotes itself if it is the best
 * by what was received, then priority, then the lower id, among the siblings whose repmgrd is known to
 * their server. A sibling's `failover` mode and pause are not asked for: if the best one may not act,
 * nobody does. Null without exactly one primary.
 */
export function forecastElection(world: World): ElectionForecast | null {
	const primary = thePrimary(world);
	if (primary === null) return null;
	const voters = world.snapshot.nodes.filter(
		({ nodeId, registered }) =>
			nodeId !== primary.nodeId && registered.active && registered.upstreamNodeId === primary.nodeId,
	);
	const answering = voters.filter(({ observed }) => observed.reachable);
	const candidates = answering.filter((node) => exclusionOf(node) === null).toSorted(better);
	const [best, second] = candidates;
	const obstacle = obstacleOf(primary, voters, answering, best);
	const winner = obstacle === null ? (best ?? null) : null;
	return {
		primaryNodeId: primary.nodeId,
		winnerNodeId: winner?.nodeId ?? null,
		obstacle,
		reason: winner === null ? null : reasonFor(winner, second),
		excluded: exclusions(world, primary, voters),
		visible: answering.length,
		electorate: voters.length,
		detectionSeconds: winner === null ? null : detectionOf(winner),
		lossBytes:
			winner && atLeastZero(lsnDistanceBytes(winner.observed.receiveLsn, primary.observed.currentLsn)),
		lossSeconds: winner?.observed.lagSeconds ?? null,
		assumptions:
			best === undefined || confOf(best) !== null
				? []
				: [
						`repmgr.conf of ${best.nodeName} can't be read: failover=automatic and repmgr's default timing are taken for granted`,
					],
	};
}

/** Why an active standby or witness of the primary can't be elected; null when it can. */
function exclusionOf({ registered, observed, state }: NodeView): string | null {
	if (!observed.reachable) return "does not answer";
	if (registered.type === "witness") return "a witness votes, but can't be promoted";
	if (observed.role !== "standby") return "is not in recovery";
	if (registered.priority <= 0) return "priority 0: never promoted";
	// repmgrd passes over nodes whose server does not know a repmgrd, even when they are ahead.
	if (!current(state.server)?.repmgrd?.pid)
		return "its server knows of no repmgrd, so its siblings pass over it";
	if (observed.receiveLsn === null) return "what it received is not known";
	return null;
}

function exclusions(world: World, primary: NodeView, voters: readonly NodeView[]): readonly Exclusion[] {
	return world.snapshot.nodes.flatMap((node) => {
		if (node.nodeId === primary.nodeId) return [];
		const reason = voters.includes(node)
			? exclusionOf(node)
			: node.registered.active
				? "is not registered as a downstream of the primary"
				: "is registered as inactive";
		return reason === null ? [] : [{ nodeId: node.nodeId, reason }];
	});
}

/** Highest received LSN, then higher priority, then lower id. */
function better(a: NodeView, b: NodeView): number {
	const ahead = lsnDistanceBytes(a.observed.receiveLsn, b.observed.receiveLsn) ?? 0;
	return ahead || b.registered.priority - a.registered.priority || a.nodeId - b.nodeId;
}

function reasonFor(winner: NodeView, second: NodeView | undefined): string {
	if (second === undefined) return "the only candidate";
	const ahead = lsnDistanceBytes(second.observed.receiveLsn, winner.observed.receiveLsn) ?? 0;
	if (ahead > 0) return `has received ${ahead} bytes more than ${second.nodeName}`;
	if (winner.registered.priority !== second.registered.priority) {
		return `has received as much as ${second.nodeName} and has the higher priority (${winner.registered.priority}, not ${second.registered.priority})`;
	}
	return `has received as much as ${second.nodeName}, at the same priority, and has the lower node id`;
}

/** In the order in which repmgrd asks. */
function obstacleOf(
	primary: NodeView,
	voters: readonly NodeView[],
	answering: readonly NodeView[],
	best: NodeView | undefined,
): string | null {
	if (best === undefined) return "no standby of the primary can be promoted";
	const conf = confOf(best);
	if (conf !== null && (conf.failover ?? "manual") !== "automatic") {
		return `${best.nodeName} would be chosen, but its repmgr.conf says failover=manual, and its siblings wait for it`;
	}
	if (best.repmgrd.paused)
		return `${best.nodeName} would be chosen, but its repmgrd is paused, and its siblings wait for it`;
	if (conf !== null && conf.promote_command === undefined) return `${best.nodeName} has no promote_command`;
	const { location } = primary.registered;
	const isAlone = voters.length === 1;
	const isLocationSeen = (isAlone ? [best] : answering).some((node) => node.registered.location === location);
	if (!isLocationSeen) {
		return isAlone
			? `${best.nodeName} is alone and not in the primary's location "${location}": repmgrd takes that for a cut network`
			: `no node in the primary's location "${location}" answers: repmgrd takes that for a cut network`;
	}
	if (answering.length <= voters.length / 2) {
		return `only ${answering.length} of ${voters.length} nodes answer: no majority`;
	}
	return null;
}

function confOf(node: NodeView): Readonly<Record<string, string>> | null {
	return current(node.state.host)?.repmgrConf ?? node.state.host.good?.value.repmgrConf ?? null;
}

/**
 * Measured (field notes 0): attempts 3 × 2 s take 4.5 s after a kill and 15 s after a cut; 3 × 5: 10 and 21;
 * 6 × 10: 50 and 68. The first attempt is immediate; into a black hole each one waits for its time-out.
 */
function detectionOf(node: NodeView): ElectionForecast["detectionSeconds"] {
	const conf = confOf(node);
	const setting = (name: keyof typeof DEFAULTS): number => {
		const value = Number(conf?.[name] ?? Number.NaN);
		return Number.isFinite(value) ? value : DEFAULTS[name];
	};
	const attempts = setting("reconnect_attempts");
	const waits = Math.max(0, attempts - 1) * setting("reconnect_interval");
	return {
		least: waits,
		most: waits + setting("monitor_interval_secs") + (attempts + 2) * CONNECT_TIMEOUT_SECONDS,
	};
}

function atLeastZero(bytes: number | null): number | null {
	return bytes === null ? null : Math.max(0, bytes);
}
