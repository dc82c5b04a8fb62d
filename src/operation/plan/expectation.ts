import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import type { Expectation } from "./plan.ts";

/**
 * What of it the cluster does not show, in words; empty where all of it is so.
 *
 * @param since epoch ms: what was read before shows nothing, a fact of before the command must not pass for its effect.
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
			return unregisteredAs(expectation, snapshot, since);
		}
		const node = snapshot.nodes.find(({ nodeId }) => nodeId === expectation.nodeId);
		if (node === undefined) return [`node ${expectation.nodeId} is not registered`];
		if (expectation.kind === "succeeded" || expectation.kind === "one primary") {
			return notTheOnlyPrimary(expectation, snapshot, since);
		}
		if (expectation.kind === "stopped" || expectation.kind === "shut down") {
			return unstopped(expectation, node, since);
		}
		if (askedAt(node) < since || !node.observed.reachable) {
			return [`${quoted(node)} does not answer (${node.observed.status})`];
		}
		const missing = missingOf(expectation, node, snapshot, began);
		return missing === null ? [] : [missing];
	});
}

/** What of it can't come to be, whatever is run: a server that is stopped can't be told anything. In words. */
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
		{ kind: "stopped" | "shut down" | "registered" | "unregistered" | "succeeded" | "one primary" }
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
			const isSo =
				observed.status === "streaming" &&
				observed.upstreamNodeId === expectation.fromNodeId &&
				observed.timeline !== null &&
				observed.timeline === from?.observed.timeline;
			if (isSo) return null;
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
		case "restarted": {
			// By the server's clock; what is known of its distance to ours is taken off.
			const { startedAt, clockOffsetMs } = node.state.server.good?.value ?? { startedAt: 0 };
			return startedAt - (clockOffsetMs ?? 0) >= began - 1000
				? null
				: `${quoted(node)} has not been restarted`;
		}
	}
}

/** Whoever it is; for "succeeded" anybody but the one before, who is not asked. */
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

/** status.ts says "stopped" only of a host that was looked at while its server does not answer. */
function unstopped({ kind }: { readonly kind: "stopped" | "shut down" }, node: NodeView, since: number) {
	const host = node.state.host.good;
	const isStopped = node.observed.status === "stopped" && (host?.at ?? 0) >= since;
	if (!isStopped) return [`${quoted(node)} is not seen to be stopped (${node.observed.status})`];
	const state = host?.value.controlData?.state ?? "unknown";
	return kind === "stopped" || state.startsWith("shut down")
		? []
		: [`${quoted(node)} was not shut down in good order (control data: "${state}")`];
}

/** By the primary's own copy: rows are written there, and the node itself may be gone. */
function unregisteredAs(
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

/** When the newest answer was asked for: what happened after that is not in it. */
function askedAt({ state: { server } }: NodeView): number {
	return server.good === null
		? Number.NEGATIVE_INFINITY
		: server.good.at - (server.good.value.roundTripMs ?? 0);
}
