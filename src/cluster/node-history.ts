import type { ClusterSnapshot, NodeStatus, Role } from "./snapshot.ts";

/** From when on a node was seen like this (epoch ms). */
export interface Spell {
	readonly since: number;
	readonly status: NodeStatus;
	/** The last role seen; a node that can't be read keeps it. */
	readonly role: Role | null;
}

/** How each node fared, oldest first; the last spell is the present one. */
export type NodeHistory = ReadonlyMap<number, readonly Spell[]>;

const MOST_SPELLS = 50;

/** The history after one more snapshot; the same value when nothing changed. */
export function recordSpells(history: NodeHistory, { nodes, takenAt }: ClusterSnapshot): NodeHistory {
	const changed = nodes.filter(({ nodeId, observed }) => {
		const last = history.get(nodeId)?.at(-1);
		const role = observed.role ?? last?.role ?? null;
		return last === undefined || last.status !== observed.status || last.role !== role;
	});
	const isMemberGone =
		history.size > nodes.length ||
		[...history.keys()].some((id) => !nodes.some(({ nodeId }) => nodeId === id));
	if (changed.length === 0 && !isMemberGone) return history;
	const next = new Map(nodes.map(({ nodeId }) => [nodeId, history.get(nodeId) ?? []]));
	for (const { nodeId, observed } of changed) {
		const before = next.get(nodeId) ?? [];
		const role = observed.role ?? before.at(-1)?.role ?? null;
		next.set(nodeId, [...before, { since: takenAt, status: observed.status, role }].slice(-MOST_SPELLS));
	}
	return next;
}
