import type { ProcessReading } from "../model/host-reading.ts";
import {
	current,
	hostReadingSinceAnswer,
	refusingPostmaster as postmasterSeen,
} from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { isForeign, nodeById, primariesSeen } from "./members.ts";
import { type Observer, observersOf } from "./observers.ts";
import { listed, quoted } from "./words.ts";
import type { World } from "./world.ts";

/**
 * Why no primary is seen.
 *
 * - gone: it is stopped (its host says so), or neither this console nor any observer reaches it
 * - unseen: this console can't read it, and another node sees it, or none can tell
 * - hung: it accepts connections and does not answer
 * - between: it reports that it is starting or stopping, or does not listen yet
 * - rejecting: it rejects this console, and says why
 * - demoted: all nodes that answer are in recovery, the registered primary included
 */
export type Loss =
	| {
			readonly kind: "gone" | "unseen";
			readonly node: NodeView;
			readonly observers: readonly Observer[];
	  }
	| { readonly kind: "hung" | "between" | "rejecting"; readonly node: NodeView }
	| { readonly kind: "demoted"; readonly node: NodeView | null };

/** SQLSTATEs of rejections that have findings of their own. */
const EXPLAINED: readonly string[] = ["28000", "28P01", "53300"];

/** Does another finding say why a server rejects this console? */
export function isRejectionExplained({ fault }: NodeView): boolean {
	return EXPLAINED.includes(fault?.code ?? "");
}

/** Null while a primary is seen, and while too little was read. */
export function lossOf(world: World): Loss | null {
	if (primariesSeen(world).length > 0 || isNothingReached(world)) return null;
	const node = lostPrimary(world);
	if (node === null) return demotion(world);
	switch (node.observed.status) {
		case "unknown":
			return null;
		case "hung":
			return { kind: "hung", node };
		case "starting":
		case "stopping":
			return { kind: "between", node };
		case "refusing":
			return isComingUp(world, node) ? { kind: "between", node } : goneOrUnseen(world, node);
		case "rejecting":
			if (isRejectionExplained(node)) return { kind: "rejecting", node };
			return { kind: "unseen", node, observers: observersOf(world, node) };
		default:
			return goneOrUnseen(world, node);
	}
}

function goneOrUnseen(world: World, node: NodeView): Loss {
	const observers = observersOf(world, node);
	return { kind: isGone(node, observers) ? "gone" : "unseen", node, observers };
}

/** The process of a postmaster that refuses connections, as its host shows it; null where there is none. */
export function refusingPostmaster({ observed, state }: NodeView): ProcessReading | null {
	return observed.status === "refusing" && !observed.reachable ? postmasterSeen(state) : null;
}

/** The predicate for a primary that is neither up nor down. */
export function between({ observed: { status } }: NodeView): string {
	return status === "refusing" ? "is only just starting" : `is ${status}`;
}

/** A postmaster that began a moment ago does not listen yet. */
function isComingUp({ thresholds }: World, node: NodeView): boolean {
	const host = hostReadingSinceAnswer(node.state);
	if (refusingPostmaster(node) === null || host?.hostTime == null || host.pidFileAt == null) return false;
	return host.hostTime - host.pidFileAt < thresholds.graceSeconds * 1000;
}

/** No node answers: that points to this machine's network or load rather than to the cluster. */
export function isAllUnreachable(world: World): boolean {
	return (
		isNothingReached(world) && world.snapshot.nodes.every(({ observed }) => observed.status !== "unknown")
	);
}

/** The same, with nodes that were not read yet: then nothing is known. */
export function isNothingReached({ snapshot }: World): boolean {
	return (
		// The server that listed the nodes is reached, so this machine's network works.
		!snapshot.named &&
		snapshot.nodes.length > 0 &&
		snapshot.nodes.every((node) => node.observed.status === "unknown" || isSilent(node))
	);
}

/** A node whose host shows a frozen postmaster has a cause of its own. */
function isSilent({ observed, state }: NodeView): boolean {
	if (observed.reachable) return false;
	if (observed.status === "unreachable" || observed.status === "unresolved") return true;
	const postmaster = current(state.host)?.postmaster;
	return observed.status === "hung" && !(postmaster && postmaster.state === "T");
}

/** For how long a primary has been lost: since this console noticed, or longer if repmgrd on its standbys reports so. */
export function secondsLost(world: World, { state }: NodeView, observers: readonly NodeView[]): number {
	const since = state.server.fault?.since ?? state.ping.fault?.since ?? world.snapshot.takenAt;
	const watched = (world.snapshot.takenAt - since) / 1000;
	const told = observers.map(({ repmgrd }) => (repmgrd.running ? (repmgrd.upstreamLastSeenSeconds ?? 0) : 0));
	return Math.max(watched, ...told);
}

function isGone(node: NodeView, observers: readonly Observer[]): boolean {
	if (observers.some(({ sighting }) => sighting === "sees it")) return false;
	if (node.observed.status === "stopped") return true;
	return observers.length > 0 && observers.every(({ sighting }) => sighting === "lost it");
}

/**
 * The node that was the primary and can't be read: the one last read as primary on the newest known timeline; else the
 * registered one; else the one that standbys stream from.
 */
function lostPrimary(world: World): NodeView | null {
	const { nodes } = world.snapshot;
	const unread = nodes.filter(
		({ observed, registered }) => !observed.reachable && registered.type !== "witness",
	);
	const newest = Math.max(
		0,
		...nodes.map(({ observed }) => observed.timeline ?? observed.timelineAtLeast ?? 0),
	);
	const seen = unread
		.filter((node) => node.state.server.good?.value.inRecovery === false && !isForeign(world, node))
		.filter((node) => (node.state.server.good?.value.timeline ?? 0) >= newest)
		.toSorted((a, b) => (b.state.server.good?.at ?? 0) - (a.state.server.good?.at ?? 0));
	const registered = unread.filter(({ registered: { type, active } }) => type === "primary" && active);
	const upstreams = nodes.flatMap(({ observed }) => {
		const upstream = nodeById(world, observed.upstreamNodeId);
		return upstream !== null && unread.includes(upstream) ? [upstream] : [];
	});
	const active = seen.filter((node) => node.registered.active);
	return [...active, ...registered, ...upstreams, ...seen][0] ?? null;
}

/** Nodes that can't be read (yet) and are not known to be stopped: one of them may have been promoted. */
export function possiblyPromoted({ snapshot }: World, except: NodeView | null): readonly NodeView[] {
	return snapshot.nodes.filter(
		(node) =>
			node !== except &&
			node.registered.type !== "witness" &&
			!node.observed.reachable &&
			node.observed.status !== "stopped",
	);
}

/** What is known about writes while no primary is seen. */
export interface Writes {
	/** `unknown` while an unread node may be the primary. */
	readonly severity: "critical" | "unknown";
	/** A sentence. */
	readonly text: string;
}

/** That no node accepts writes is proven only once every node was read, or is known to accept no connections. */
export function writesWithout(world: World, lost: NodeView | null): Writes {
	const open = possiblyPromoted(world, lost).filter(
		({ observed }) => observed.status !== "starting" && observed.status !== "stopping",
	);
	if (open.length === 0) return { severity: "critical", text: "No node accepts writes." };
	return {
		severity: "unknown",
		text: `No node that could be read accepts writes; ${listed(open.map(quoted))} could not be read and may accept them.`,
	};
}

function demotion(world: World): Loss | null {
	const members = world.snapshot.nodes.filter(({ registered }) => registered.type !== "witness");
	const isAnyStandby = members.some(({ state }) => current(state.server)?.inRecovery);
	if (!isAnyStandby || members.some(({ observed }) => observed.status === "unknown")) return null;
	const node = members.find(({ registered }) => registered.type === "primary" && registered.active) ?? null;
	return { kind: "demoted", node };
}
