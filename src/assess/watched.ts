import { findingKey } from "../model/finding.ts";
import type { Watched, WatchedFinding, WatchedHandover, WatchedNode } from "../model/incident.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { byNodeId, FIRST_READING_MS, GRAVITY, overAmong, readSources } from "./finding-periods.ts";
import { type Handovers, NO_HANDOVER, recordHandover } from "./handover.ts";

/**
 * What a console saw, from its snapshots in the order in which they were taken; null without any.
 *
 * @param entries its event log, once all snapshots were taken.
 */
export function watchedOf(
	snapshots: Iterable<ClusterSnapshot>,
	entries: () => readonly LogEntry[],
): Watched | null {
	const findings = new Map<string, WatchedFinding & { readonly sources: readonly string[] }>();
	const over: WatchedFinding[] = [];
	const changes: WatchedHandover[] = [];
	let handovers: Handovers = NO_HANDOVER;
	/** The time without a primary so far. */
	let gone = null as { readonly at: number; readonly until: number } | null;
	let first: ClusterSnapshot | null = null;
	let before: ClusterSnapshot | null = null;
	let last = 0;
	for (const snapshot of snapshots) {
		const { takenAt, nodes } = snapshot;
		first ??= snapshot;
		last = takenAt;
		if (before === null && snapshot.cluster.primaryNodeId !== null) before = snapshot;

		const byId = byNodeId(nodes);
		for (const finding of snapshot.findings) {
			const { code, nodeId, severity, message, evidence } = finding;
			const key = findingKey(finding);
			const known = findings.get(key);
			findings.set(key, {
				...{ code, nodeId, message, until: null, unread: [], sources: readSources(evidence, byId) },
				severity:
					known !== undefined && GRAVITY[known.severity] > GRAVITY[severity] ? known.severity : severity,
				since: known?.since ?? takenAt,
				isExact: known?.isExact ?? takenAt - first.takenAt > FIRST_READING_MS,
			});
		}
		for (const {
			key,
			known: { sources: _, ...finding },
			unread,
		} of overAmong(findings, snapshot)) {
			over.push({ ...finding, until: takenAt, unread });
			findings.delete(key);
		}

		const isGone = handovers.primary !== null && nodes.every(({ observed }) => observed.role !== "primary");
		if (isGone) gone = { at: gone?.at ?? takenAt, until: takenAt };
		const next = recordHandover(handovers, snapshot);
		const change = next.last;
		if (change !== null && change.at !== handovers.last?.at) {
			const { from, toNodeId, at, wasSplit } = change;
			changes.push({
				...{ fromNodeId: from.nodeId, toNodeId, lastAt: from.at, firstAt: at, wasSplit },
				...{ goneAt: gone?.at ?? null, goneUntil: gone?.until ?? null },
				loss: change.loss.text,
			});
			gone = null;
		} else if (!isGone && snapshot.cluster.primaryNodeId !== null) gone = null;
		const newest = changes.at(-1);
		if (change !== null && newest !== undefined)
			changes[changes.length - 1] = { ...newest, loss: change.loss.text };
		handovers = next;
	}
	if (first === null) return null;
	const start = before ?? first;
	return {
		range: { from: first.takenAt, to: last },
		before: { at: start.takenAt, nodes: start.nodes.map(nodeOf) },
		findings: [...over, ...[...findings.values()].map(({ sources: _, ...finding }) => finding)].toSorted(
			(a, b) => a.since - b.since,
		),
		handovers: changes,
		entries: entries().filter(({ source }) => source === "console"),
	};
}

function nodeOf({ nodeId, observed }: ClusterSnapshot["nodes"][number]): WatchedNode {
	const { role, status, timeline, upstreamNodeId } = observed;
	return { nodeId, role, status, timeline, upstreamNodeId };
}
