import type { Period } from "../assess/node-history.ts";
import type { Finding } from "../model/finding.ts";
import { current, hostReadingSinceAnswer } from "../model/node-state.ts";
import type { NodeStatus, NodeView, Settling } from "../model/snapshot.ts";
import { formatDuration } from "../text/format.ts";
import { solePrimary } from "./members.ts";
import { presentPeriod, secondsInStatus, type World } from "./world.ts";

const WELL: readonly NodeStatus[] = ["running", "streaming", "catching up"];

/** One missed poll proves little: a stalled disk is enough. */
const TWO_POLLS_SECONDS = 2;

/** Is it seen to work normally? */
export function isWell({ observed }: NodeView): boolean {
	return WELL.includes(observed.status);
}

/**
 * For how long a node has not been well, through all its statuses: a restart has several. For one that does not answer:
 * since it stopped answering.
 */
export function secondsInTrouble(world: World, node: NodeView): number {
	const { fault } = node.state.server;
	if (fault !== null) return Math.max(0, world.snapshot.takenAt - fault.since) / 1000;
	const periods = periodsOf(world, node);
	const wellAt = periods.findLastIndex(({ status }) => WELL.includes(status) || status === "unknown");
	const { takenAt } = world.snapshot;
	return Math.max(0, takenAt - (periods[wellAt + 1]?.since ?? takenAt)) / 1000;
}

/** ", for 40 s or longer": for how long the problem was watched; "" where it was not. */
export function lasting(world: World, node: NodeView): string {
	const seconds = secondsInTrouble(world, node);
	return seconds < 1 ? "" : `, for ${formatDuration(seconds)} or longer`;
}

/**
 * Was a node last tried while another node, which answers now, was unreachable? Then the attempt may have failed for the
 * same reason: when this machine's network comes back, one node is always the first.
 */
function isOutdated({ history, snapshot }: World, node: NodeView): boolean {
	const triedAt = node.state.server.fault?.at ?? snapshot.takenAt;
	return snapshot.nodes.some(({ nodeId, observed }) => {
		if (!observed.reachable) return false;
		const [before, present] = history.get(nodeId)?.slice(-2) ?? [];
		return present !== undefined && present.since > triedAt && before?.status === "unreachable";
	});
}

/**
 * Is a node's problem too old to be a mere restart? One that was seen well must have had it for longer than the grace
 * time. If the beginning was not watched, its host or server may know it; if they don't, it counts as long ago.
 */
export function isPastGrace(world: World, node: NodeView): boolean {
	const { graceSeconds } = world.thresholds;
	if (isOutdated(world, node)) return false;
	if (secondsInTrouble(world, node) >= graceSeconds) return true;
	if (wasSeenWell(world, node)) return false;
	const known = knownSecondsInTrouble(node);
	return known === null || known >= graceSeconds;
}

/** Has a node that was seen well had a problem for longer than one poll? */
export function isMoreThanAStall(world: World, node: NodeView): boolean {
	if (isOutdated(world, node)) return false;
	return secondsInTrouble(world, node) >= TWO_POLLS_SECONDS || !wasSeenWell(world, node);
}

/**
 * For how many seconds a node has been in its status: since it was seen to change; without a change, since it started or
 * was promoted. Infinity where the beginning is not known.
 */
export function secondsAsIs(world: World, node: NodeView): number {
	if (periodsOf(world, node).length > 1) return secondsInStatus(world, node);
	const server = current(node.state.server);
	if (server === null) return Number.POSITIVE_INFINITY;
	return (server.serverTime - Math.max(server.startedAt, server.promotedAt ?? 0)) / 1000;
}

/** Has a node been in its status for the grace time? Other nodes may need that long to follow. */
export function isSettled(world: World, node: NodeView): boolean {
	return secondsAsIs(world, node) >= world.thresholds.graceSeconds;
}

/** When a node was seen to enter its status (epoch ms); null where it was never seen in another one. */
export function watchedSince(world: World, node: NodeView): number | null {
	return periodsOf(world, node).length <= 1 ? null : (presentPeriod(world, node)?.since ?? null);
}

/** For how long a problem has lasted, by the server's or host's own data; null: unknown. */
function knownSecondsInTrouble({ observed, state }: NodeView): number | null {
	const server = observed.reachable ? state.server.good?.value : undefined;
	if (server !== undefined) return (server.serverTime - server.startedAt) / 1000;
	const host = hostReadingSinceAnswer(state);
	// postmaster.pid is written when a server begins to start, is ready, and begins to stop.
	const pidFileSeconds =
		host?.hostTime == null || !host.pidFileAt ? null : (host.hostTime - host.pidFileAt) / 1000;
	// Without a reading of the host it may have begun just now.
	if (observed.status === "starting" || observed.status === "stopping") return pidFileSeconds ?? 0;
	// A postmaster without an open port has not opened it yet, or closed it as it stops.
	if (observed.status === "refusing" && host?.postmaster) return pidFileSeconds;
	// After a crash pg_control only has the time of the last checkpoint.
	if (observed.status !== "stopped" || !host?.controlData?.state.startsWith("shut down")) return null;
	return host.hostTime === null || !host.controlFileAt ? null : (host.hostTime - host.controlFileAt) / 1000;
}

function wasSeenWell(world: World, node: NodeView): boolean {
	if (node.state.server.good !== null && !node.observed.reachable) return true;
	return periodsOf(world, node).some(({ status }) => WELL.includes(status));
}

function periodsOf({ history }: World, { nodeId }: NodeView): readonly Period[] {
	return (history.get(nodeId) ?? []).filter(({ status }) => status !== "unknown");
}

/** The nodes that are not well, but without a finding yet: they may only be restarting, or following a new primary. */
export function settlingOf(world: World, findings: readonly Finding[]): Settling | null {
	const { snapshot, thresholds } = world;
	const named = findings.filter(({ severity }) => severity !== "notice").map(({ nodeId }) => nodeId);
	const nodes = snapshot.nodes.filter(
		(node) => node.observed.status !== "unknown" && !isWell(node) && !named.includes(node.nodeId),
	);
	if (nodes.length === 0 || named.includes(null)) return null;
	const primary = solePrimary(world);
	const lasting = Math.max(...nodes.map((node) => secondsInTrouble(world, node)));
	const seconds = primary === null ? lasting : Math.min(lasting, secondsAsIs(world, primary));
	const of = thresholds.graceSeconds;
	if (seconds >= of) return null;
	return {
		since: snapshot.takenAt - seconds * 1000,
		seconds,
		of,
		nodeIds: nodes.map(({ nodeId }) => nodeId),
	};
}
