import type { Lsn } from "../model/lsn.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import { current } from "../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import { formatBytes } from "../text/format.ts";
import { listed } from "../text/words.ts";
import { partedAt } from "./positions.ts";

/** Where primaries parted: the end of a timeline that they have in common. */
export interface Fork {
	readonly timeline: number;
	readonly lsn: Lsn;
}

/** What is known about one of several primaries, to decide which one to keep. */
export interface Side {
	readonly node: NodeView;
	/** Bytes of WAL past the fork; a promotion and background work write some, too. */
	readonly written: number | null;
	readonly followers: readonly NodeView[];
	readonly clients: number | null;
	/** The witnesses whose repmgrd watches it. */
	readonly watchers: readonly NodeView[];
	/** default_transaction_read_only is on in its configuration files: ordinary sessions can't write. */
	readonly isReadOnly: boolean;
}

export function sideOf({ nodes }: Pick<ClusterSnapshot, "nodes">, node: NodeView, fork: Fork | null): Side {
	const server = current(node.state.server);
	return {
		node,
		written: fork === null ? null : lsnDistanceBytes(fork.lsn, node.observed.currentLsn),
		followers: nodes.filter(({ observed }) => observed.upstreamNodeId === node.nodeId),
		clients: server?.clientSessions ?? null,
		watchers: nodes.filter(
			({ observed, state }) =>
				observed.role === "witness" && current(state.server)?.repmgrd?.upstreamNodeId === node.nodeId,
		),
		isReadOnly: server?.readOnlyByDefault === true,
	};
}

/** The earliest point at which one of them left the others; null: not known. */
export function forkPoint(primaries: readonly NodeView[]): Fork | null {
	const forks = primaries.flatMap((a, index) => primaries.slice(index + 1).map((b) => partedAt(a, b)));
	const known = forks.filter((fork) => fork !== null);
	if (known.length < forks.length) return null;
	return known.toSorted((a, b) => lsnDistanceBytes(b.lsn, a.lsn) ?? 0)[0] ?? null;
}

export function clientSessions(clients: number): string {
	return `${clients} client ${clients === 1 ? "session" : "sessions"}`;
}

/** "wrote 1.2 MB of WAL since then, has no client session and has 1 standby". */
export function sideWords({ written, followers, clients, isReadOnly }: Side): string {
	return listed([
		...(isReadOnly ? ["is read-only by default"] : []),
		written === null
			? "wrote an unknown amount since then"
			: `wrote ${formatBytes(written)} of WAL since then`,
		clients === null
			? "clients are not known"
			: `has ${clients === 0 ? "no client session" : clientSessions(clients)}`,
		`has ${followers.length === 0 ? "no standby" : followers.length === 1 ? "1 standby" : `${followers.length} standbys`}`,
	]);
}
