import { isFirstInSegment, type Lsn, lsnDistanceBytes } from "../model/lsn.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import { formatBytes, formatSeconds } from "../text/format.ts";
import { forkFrom, walEndOf } from "./positions.ts";

/** The only primary, as it last answered. */
export interface SeenPrimary {
	readonly nodeId: number;
	/** Epoch ms. */
	readonly at: number;
	readonly timeline: number | null;
	/** Where its WAL ended then. */
	readonly lsn: Lsn | null;
}

/** A change of the primary that this console watched. */
export interface Handover {
	readonly from: SeenPrimary;
	readonly toNodeId: number;
	/** When the new primary first answered as the only one, epoch ms. */
	readonly at: number;
	/** More than one node was seen as a primary in between. */
	readonly wasSplit: boolean;
	/** As it was known best: the old primary's control data are overwritten once it is a standby again. */
	readonly loss: HandoverLoss;
}

/** The last primary seen, and the last change. */
export interface Handovers {
	readonly primary: SeenPrimary | null;
	readonly last: Handover | null;
	/** More than one primary was seen since `primary` answered. */
	readonly isSplit: boolean;
}

export const NO_HANDOVER: Handovers = { primary: null, last: null, isSplit: false };

/** What is known after one more snapshot; the same value if that is no more. */
export function recordHandover(known: Handovers, snapshot: ClusterSnapshot): Handovers {
	const next = withPrimary(known, snapshot);
	const { last } = next;
	const loss = last && handoverLoss(snapshot.nodes, last);
	return last !== null && loss !== null && isMoreCertain(loss, last.loss)
		? { ...next, last: { ...last, loss } }
		: next;
}

function withPrimary(known: Handovers, { cluster, nodes }: ClusterSnapshot): Handovers {
	if (nodes.filter(({ observed }) => observed.role === "primary").length > 1)
		return known.isSplit ? known : { ...known, isSplit: true };
	const node = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	const at = node?.state.server.good?.at;
	if (node === undefined || at === undefined || at === known.primary?.at) return known;
	const { nodeId, observed } = node;
	const primary = { nodeId, at, timeline: observed.timeline, lsn: observed.currentLsn };
	const from = known.primary;
	const isOther = from !== null && from.nodeId !== nodeId && from.at < at;
	const last = isOther
		? { from, toNodeId: nodeId, at, wasSplit: known.isSplit, loss: NOT_KNOWN }
		: known.last;
	return { primary, last, isSplit: false };
}

/** Between the last answer of the old primary and the first one of the new. */
export function handoverGap({ from, at }: Handover): string {
	return `no primary answered for ${formatSeconds((at - from.at) / 1000)} at most`;
}

export interface HandoverLoss {
	readonly text: string;
	/** By what it is known, the least first. */
	readonly by: (typeof KNOWN_BY)[number];
}

/** What the control data prove comes before what was seen at the last answer, and that before what is not known. */
const KNOWN_BY = ["nothing", "fork not read", "last answer", "control data"] as const;

const NOT_KNOWN: HandoverLoss = { by: "nothing", text: "bytes lost: unknown" };

function isMoreCertain(loss: HandoverLoss, known: HandoverLoss): boolean {
	return KNOWN_BY.indexOf(loss.by) > KNOWN_BY.indexOf(known.by);
}

/** By the old primary's end of WAL if its control data have it, else by its last answer as the primary. */
function handoverLoss(nodes: readonly NodeView[], { from, toNodeId, at }: Handover): HandoverLoss {
	const [old, winner] = [from.nodeId, toNodeId].map((id) => nodes.find(({ nodeId }) => nodeId === id));
	const fork = winner && from.timeline !== null ? forkFrom(winner, from.timeline) : undefined;
	if (fork == null)
		return { by: "fork not read", text: "bytes lost: unknown, the end of the old timeline can't be read" };
	const host = old?.state.host.good;
	const end =
		old !== undefined && !old.observed.reachable && host && host.at > at ? walEndOf(old, host.value) : null;
	const seen = lsnDistanceBytes(fork, from.lsn);
	if (end?.isComplete && end.timeline === from.timeline) {
		const bytes = lsnDistanceBytes(fork, end.lsn) ?? 0;
		return { by: "control data", text: isFirstInSegment(end.lsn) ? atMost(seen, bytes) : exactly(bytes) };
	}
	if (seen === null) return NOT_KNOWN;
	return {
		by: "last answer",
		text:
			seen > 0
				? `at least ${formatBytes(seen)} of its WAL lost`
				: "bytes lost: unknown; 0 of what it had at its last answer",
	};
}

const exactly = (bytes: number): string =>
	bytes > 0 ? `${formatBytes(bytes)} of its WAL lost` : "0 bytes lost";

/** @param seen lost of what it had at its last answer; null: not known. @param most with what a segment may have unused at its end. */
function atMost(seen: number | null, most: number): string {
	if (most <= 0) return "0 bytes lost";
	const bound = `at most ${formatBytes(most)}`;
	if (seen === null) return `${bound} of its WAL lost`;
	return seen > 0
		? `at least ${formatBytes(seen)} and ${bound} of its WAL lost`
		: `0 bytes lost of what it had at its last answer, and ${bound} of later WAL`;
}
