import { fenceOf } from "../../assess/fence.ts";
import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import type { Expectation } from "./plan.ts";

/**
 * What the cluster does not show yet, as sentences; empty once all expectations are met.
 *
 * @param since epoch ms: older readings are ignored, so that an earlier state is not mistaken for the command's effect.
 * @param began epoch ms: when the command began.
 */
export function unmetExpectations(
	expectations: readonly Expectation[],
	snapshot: ClusterSnapshot,
	since: number,
	began: number,
): readonly string[] {
	return expectations.flatMap((expectation) => {
		if (expectation.kind === "registered" || expectation.kind === "unregistered") {
			return wrongRegistration(expectation, snapshot, since);
		}
		const node = snapshot.nodes.find(({ nodeId }) => nodeId === expectation.nodeId);
		if (node === undefined) return [`node ${expectation.nodeId} is not registered`];
		if (expectation.kind === "succeeded" || expectation.kind === "one primary") {
			return notTheOnlyPrimary(expectation, snapshot, since);
		}
		if (expectation.kind === "stopped" || expectation.kind === "shut down") {
			return notStopped(expectation, node, since);
		}
		if (expectation.kind === "masked") return wrongMask(expectation, node, snapshot, since);
		if (askedAt(node) < since || !node.observed.reachable) {
			return [`${quoted(node)} does not answer (${node.observed.status})`];
		}
		const missing = missingOf(expectation, node, snapshot, began);
		return missing === null ? [] : [missing];
	});
}

/** Expectations that no command can meet, as sentences: repmgrd on a stopped server can't be paused. */
export function impossibleExpectations(
	expectations: readonly Expectation[],
	{ nodes }: Pick<ClusterSnapshot, "nodes">,
): readonly string[] {
	return expectations.flatMap(({ kind, nodeId }) => {
		const node = kind === "paused" && nodes.find((one) => one.nodeId === nodeId);
		return node && node.observed.status === "stopped" ? [`PostgreSQL does not run on ${quoted(node)}`] : [];
	});
}

function missingOf(
	expectation: Exclude<
		Expectation,
		{ kind: "stopped" | "shut down" | "masked" | "registered" | "unregistered" | "succeeded" | "one primary" }
	>,
	node: NodeView,
	snapshot: ClusterSnapshot,
	began: number,
): string | null {
	const { observed, repmgrd, registered } = node;
	switch (expectation.kind) {
		case "primary": {
			if (observed.role !== "primary") return `${quoted(node)} is not a primary`;
			const other = snapshot.nodes.find((one) => one !== node && one.observed.role === "primary");
			return other === undefined ? null : `${quoted(other)} is a primary, too`;
		}
		case "streaming": {
			const from = snapshot.nodes.find(({ nodeId }) => nodeId === expectation.fromNodeId);
			const isStreaming =
				observed.status === "streaming" &&
				observed.upstreamNodeId === expectation.fromNodeId &&
				observed.timeline !== null &&
				observed.timeline === from?.observed.timeline;
			if (isStreaming) return null;
			const missing = `${quoted(node)} does not stream from ${from ? quoted(from) : "it"} yet`;
			const other = snapshot.nodes.find(({ nodeId }) => nodeId === observed.upstreamNodeId);
			return other !== undefined && other !== from
				? `${missing}, but from ${quoted(other)}`
				: `${missing} (${observed.status})`;
		}
		case "watching":
			return registered.upstreamNodeId === expectation.upstreamNodeId
				? null
				: `witness ${quoted(node)} is not registered to watch the new primary`;
		case "paused":
			return repmgrd.paused === expectation.isPaused
				? null
				: `repmgrd on ${quoted(node)} is ${repmgrd.paused ? "" : "not "}paused`;
		case "repmgrd":
			return repmgrd.running === expectation.isRunning
				? null
				: `repmgrd on ${quoted(node)} ${repmgrd.running ? "runs" : "does not run"}`;
		case "read-only":
			return current(node.state.server)?.readOnlyByDefault === expectation.isReadOnly
				? null
				: `${quoted(node)} is ${expectation.isReadOnly ? "not" : "still"} read-only by default`;
		case "restarted": {
			// By the server's clock, corrected by its known offset from ours.
			const { startedAt, clockOffsetMs } = node.state.server.good?.value ?? { startedAt: 0 };
			return startedAt - (clockOffsetMs ?? 0) >= began - 1000
				? null
				: `${quoted(node)} has not been restarted`;
		}
	}
}

/** Any node may be the primary; for "succeeded" any but the one before. */
function notTheOnlyPrimary(
	{ kind, nodeId }: Expectation,
	snapshot: ClusterSnapshot,
	since: number,
): readonly string[] {
	const primaries = snapshot.nodes.filter(
		(node) => askedAt(node) >= since && node.observed.reachable && node.observed.role === "primary",
	);
	const [primary, other] = primaries;
	if (primary === undefined) return ["no primary is seen"];
	if (other !== undefined) return [`${quoted(primary)} and ${quoted(other)} are primaries`];
	return kind === "succeeded" && primary.nodeId === nodeId ? [`${quoted(primary)} is still the primary`] : [];
}

/** A status "stopped" rests on a reading of the host (assess/status.ts), which must not be older than `since`. */
function notStopped({ kind }: { readonly kind: "stopped" | "shut down" }, node: NodeView, since: number) {
	const host = node.state.host.good;
	const isStopped = node.observed.status === "stopped" && (host?.at ?? 0) >= since;
	if (!isStopped) return [`${quoted(node)} is not seen to be stopped (${node.observed.status})`];
	const state = host?.value.controlData?.state ?? "unknown";
	return kind === "stopped" || state.startsWith("shut down")
		? []
		: [`${quoted(node)} was not shut down cleanly (control data: "${state}")`];
}

/** By a reading of the host that is not older than `since`. */
function wrongMask(
	{ isMasked }: Extract<Expectation, { kind: "masked" }>,
	node: NodeView,
	snapshot: ClusterSnapshot,
	since: number,
): readonly string[] {
	const { good } = node.state.host;
	if (good === null || good.at < since) return [`the host of ${quoted(node)} has not been read since`];
	const mask = fenceOf(good.value, node.nodeId, snapshot)?.mask ?? null;
	return (mask !== null) === isMasked
		? []
		: [`the unit of ${quoted(node)} is ${isMasked ? "not" : "still"} masked`];
}

/** By the primary's copy of repmgr.nodes: rows are written there, and the node itself may be gone. */
function wrongRegistration(
	expectation: Extract<Expectation, { kind: "registered" | "unregistered" }>,
	{ nodes, cluster }: ClusterSnapshot,
	since: number,
): readonly string[] {
	const { nodeId } = expectation;
	const primary = nodes.find((node) => node.nodeId === cluster.primaryNodeId);
	const rows = primary && askedAt(primary) >= since ? current(primary.state.server)?.registrations : null;
	if (rows == null) return ["the primary's repmgr.nodes can't be read"];
	const row = rows.find((one) => one.nodeId === nodeId);
	if (expectation.kind === "unregistered") {
		return row === undefined ? [] : [`node ${nodeId} is still registered`];
	}
	if (row === undefined) return [`node ${nodeId} is not registered`];
	const under = (id: number | null): string => (id === null ? "under no node" : `under node ${id}`);
	return row.active && row.type === expectation.as && row.upstreamNodeId === expectation.upstreamNodeId
		? []
		: [
				`${quoted(row)} is registered as ${row.active ? "an active" : "an inactive"} ${row.type} ${under(row.upstreamNodeId)}`,
			];
}

/** When the newest answer was asked for; it shows nothing that happened later. */
function askedAt({ state: { server } }: NodeView): number {
	return server.good === null
		? Number.NEGATIVE_INFINITY
		: server.good.at - (server.good.value.roundTripMs ?? 0);
}
