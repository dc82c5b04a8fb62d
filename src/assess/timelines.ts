import { keyOf, type LogEntry, repmgrEntry } from "../model/log-entry.ts";
import type { CommitCount } from "../model/own-wal.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { KnownOperation, NodeTimelines, Timelines } from "../model/timelines.ts";
import { listed, quoted } from "../text/words.ts";
import { type Member, memberOf } from "./histories.ts";
import { nodeEndsOf } from "./node-ends.ts";
import { promotionsOf } from "./promotions.ts";

/** Joins what all nodes tell about timelines. @param operations of this machine's journal, the newest first. */
export function timelinesOf(
	{ nodes, cluster, takenAt }: ClusterSnapshot,
	read: readonly NodeTimelines[],
	operations: readonly KnownOperation[],
): Timelines {
	const members = nodes
		.filter(({ observed, registered }) => (observed.role ?? registered.type) !== "witness")
		.map((node) => {
			const own = read.find(({ nodeId }) => nodeId === node.nodeId);
			return memberOf(node, own, cluster.systemIdentifier);
		});
	const eventsSince = new Map(
		read.flatMap(({ nodeId, server }) => {
			const since = server.value?.events?.since;
			return since == null ? [] : [[nodeId, Date.parse(since)] as const];
		}),
	);
	return {
		readAt: takenAt,
		promotions: promotionsOf({ members, events: eventsOf(read), eventsSince, operations }),
		ends: nodeEndsOf(members),
		unread: unreadOf(members),
	};
}

/** Every node has a copy of most of them. */
function eventsOf(read: readonly NodeTimelines[]): readonly LogEntry[] {
	const entries = read.flatMap(({ server }) =>
		(server.value?.events?.promotions ?? []).filter(({ successful }) => successful).map(repmgrEntry),
	);
	const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]));
	return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** What could not be read, one line a reason, with all nodes that it holds for. */
function unreadOf(members: readonly Member[]): readonly string[] {
	const found = members.flatMap(({ node, read, files }) => {
		const parts = [
			...(files === null ? ["history files"] : []),
			...(read?.server.value?.events == null ? ["repmgr.events"] : []),
			...(read?.host.value?.logged == null ? ["PostgreSQL's log"] : []),
		];
		const faults = [read?.server.fault, read?.host.fault].flatMap((fault) => fault?.message ?? []);
		return parts.length === 0 ? [] : [{ node, what: listed(parts), why: [...new Set(faults)].join("; ") }];
	});
	return [...Map.groupBy(found, ({ what, why }) => `${what} ${why}`).values()].map((alike) => {
		const names = listed(alike.map(({ node }) => quoted(node)));
		const { what = "", why = "" } = alike[0] ?? {};
		return `${what} of ${names} can't be read${why === "" ? "" : `: ${why}`}`;
	});
}

/** With the transactions that only one node has, by node id. */
export function withCommits(
	timelines: Timelines,
	commits: ReadonlyMap<number, CommitCount | null>,
): Timelines {
	return {
		...timelines,
		ends: timelines.ends.map((end) => ({
			...end,
			own: { ...end.own, commits: commits.get(end.nodeId) ?? null },
		})),
	};
}
