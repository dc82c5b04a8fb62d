import type { Lsn } from "../model/lsn.ts";
import type { ClusterSnapshot, NodeStatus, NodeView, Role } from "../model/snapshot.ts";

/** Since when repmgrd is paused. There is no event for a pause (repmgr 5.5), so only what was watched is known. */
export interface RepmgrdPause {
	readonly since: number;
	/** Was it seen to begin? Otherwise it existed at the first reading. */
	readonly isExact: boolean;
}

/** A time in which a node kept its status and role. */
export interface Period {
	/** Epoch ms. */
	readonly since: number;
	readonly status: NodeStatus;
	/** The last role seen; a node that can't be read keeps it. */
	readonly role: Role | null;
	/** Its WAL position at the beginning, out of recovery. */
	readonly currentLsn?: Lsn | null;
	/** Null: not paused; undefined: unknown. The last known value while the node can't be read. */
	readonly pause?: RepmgrdPause | null | undefined;
}

/** The periods of each node, oldest first; the last one is the present one. */
export type NodeHistory = ReadonlyMap<number, readonly Period[]>;

const MOST_PERIODS = 50;

/** The history after one more snapshot; the same value when nothing changed. */
export function recordPeriods(history: NodeHistory, { nodes, takenAt }: ClusterSnapshot): NodeHistory {
	const changed = nodes.filter(({ nodeId, observed }) => {
		const last = history.get(nodeId)?.at(-1);
		const role = observed.role ?? last?.role ?? null;
		return last === undefined || last.status !== observed.status || last.role !== role;
	});
	const pauses = nodes.filter((node) => {
		const last = history.get(node.nodeId)?.at(-1);
		return last !== undefined && pauseOf(node, last, takenAt) !== last.pause;
	});
	const isMemberGone =
		history.size > nodes.length ||
		[...history.keys()].some((id) => !nodes.some(({ nodeId }) => nodeId === id));
	if (changed.length === 0 && pauses.length === 0 && !isMemberGone) return history;
	const next = new Map(nodes.map(({ nodeId }) => [nodeId, history.get(nodeId) ?? []]));
	for (const node of changed) {
		const { nodeId, observed } = node;
		const before = next.get(nodeId) ?? [];
		const last = before.at(-1);
		const period = {
			since: takenAt,
			status: observed.status,
			role: observed.role ?? last?.role ?? null,
			currentLsn: observed.currentLsn,
			pause: pauseOf(node, last, takenAt),
		};
		next.set(nodeId, [...before, period].slice(-MOST_PERIODS));
	}
	// A pause begins no new period: the node keeps its status.
	for (const node of pauses) {
		const periods = next.get(node.nodeId) ?? [];
		const last = periods.at(-1);
		if (last !== undefined) {
			next.set(node.nodeId, [...periods.slice(0, -1), { ...last, pause: pauseOf(node, last, takenAt) }]);
		}
	}
	return next;
}

function pauseOf({ repmgrd }: NodeView, last: Period | undefined, now: number): Period["pause"] {
	if (repmgrd.paused === null) return last?.pause;
	if (!repmgrd.paused) return null;
	return last?.pause ?? { since: now, isExact: last?.pause === null };
}
