import { lsnDistanceBytes } from "../model/lsn.ts";
import { current, type NodeState } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { ServerReading } from "../model/server-reading.ts";

/**
 * The authoritative copy of repmgr.nodes: the primary's, since rows are only written there; of several primaries that on
 * the highest timeline; without a primary that of the standby that replayed furthest. A witness's copy, which its repmgrd
 * refreshes only from time to time, comes last.
 *
 * @returns null when no copy can be read now, so that the last one stays in use. An empty table is a copy.
 */
export function authoritativeRegistrations(states: Iterable<NodeState>): readonly Registration[] | null {
	let best: { server: ServerReading; rank: number } | null = null;
	for (const state of states) {
		const server = current(state.server);
		if (!server?.registrations) continue;
		const rank = rankOf(state, server);
		if (best === null || rank > best.rank || (rank === best.rank && isAhead(server, best.server))) {
			best = { server, rank };
		}
	}
	return best?.server.registrations ?? null;
}

function rankOf(state: NodeState, server: ServerReading): number {
	if (server.inRecovery) return 1;
	return state.registration.type === "witness" ? 0 : 2;
}

function isAhead(a: ServerReading, b: ServerReading): boolean {
	const [timelineA, timelineB] = [a, b].map(
		({ timeline, timelineAtLeast }) => timeline ?? timelineAtLeast ?? 0,
	);
	if (timelineA !== timelineB) return (timelineA ?? 0) > (timelineB ?? 0);
	return (lsnDistanceBytes(b.currentLsn ?? b.replayLsn, a.currentLsn ?? a.replayLsn) ?? 0) > 0;
}
