import { consoleEntry, type LogEntry } from "../model/log-entry.ts";
import type { ClusterSnapshot, NodeStatus, NodeView } from "../model/snapshot.ts";

/** The differences between two snapshots, as entries for the event log. */
export function changesBetween(before: ClusterSnapshot, after: ClusterSnapshot): readonly LogEntry[] {
	const old = new Map(before.nodes.map((node) => [node.nodeId, node]));
	const now = new Set(after.nodes.map(({ nodeId }) => nodeId));
	const at = after.takenAt;
	return [
		...before.nodes
			.filter(({ nodeId }) => !now.has(nodeId))
			.map(({ nodeId, nodeName }) =>
				consoleEntry(at, nodeId, "unregistered", null, `"${nodeName}" is no longer registered`),
			),
		...after.nodes.flatMap((node) => {
			const was = old.get(node.nodeId);
			// The first reading of a node is not a change.
			if (was === undefined || was.observed.status === "unknown") return [];
			return changesOfNode(was, node, after, at);
		}),
	];
}

function changesOfNode(was: NodeView, is: NodeView, after: ClusterSnapshot, at: number): readonly LogEntry[] {
	const entries: LogEntry[] = [];
	const add = (event: string, successful: boolean | null, details: string): void => {
		entries.push(consoleEntry(at, is.nodeId, event, successful, details));
	};
	if (is.observed.status !== was.observed.status) {
		const detail = is.detail === null ? "" : `: ${is.detail}`;
		add("status", isGood(is.observed.status), `${was.observed.status} → ${is.observed.status}${detail}`);
	}
	// Unreadable means unknown, not changed.
	if (!is.observed.reachable || !was.observed.reachable) return entries;
	// Marked as failed even if it was intended: nothing matters more in the log of a night.
	if (is.observed.role !== was.observed.role)
		add("role", false, `${was.observed.role} → ${is.observed.role}`);
	// Without a restart a server never returns to an earlier timeline: that value is only late.
	const isRestarted = startOf(was) !== startOf(is);
	if (
		differs(was.observed.timeline, is.observed.timeline) &&
		(isRestarted || (is.observed.timeline ?? 0) > (was.observed.timeline ?? 0))
	) {
		add("timeline", null, `${was.observed.timeline} → ${is.observed.timeline}`);
	}
	if (differs(was.observed.upstreamNodeId, is.observed.upstreamNodeId)) {
		const name = (id: number | null) =>
			after.nodes.find(({ nodeId }) => nodeId === id)?.nodeName ?? String(id);
		add("upstream", null, `${name(was.observed.upstreamNodeId)} → ${name(is.observed.upstreamNodeId)}`);
	}
	if (differs(was.repmgrd.running, is.repmgrd.running)) {
		add("repmgrd", is.repmgrd.running, is.repmgrd.running ? "running" : "not running");
	}
	if (differs(was.repmgrd.paused, is.repmgrd.paused)) {
		add("repmgrd", !is.repmgrd.paused, is.repmgrd.paused ? "paused" : "unpaused");
	}
	return entries;
}

function startOf({ state }: NodeView): number | null {
	return state.server.good?.value.startedAt ?? null;
}

function differs<T>(was: T | null, is: T | null): boolean {
	return was !== null && is !== null && was !== is;
}

function isGood(status: NodeStatus): boolean | null {
	switch (status) {
		case "running":
		case "streaming":
			return true;
		case "unknown":
		case "catching up":
		case "starting":
			return null;
		default:
			return false;
	}
}
