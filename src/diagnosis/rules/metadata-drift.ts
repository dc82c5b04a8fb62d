import type { Finding } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { isSettled } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { registerAgain } from "../remedies.ts";
import { nameOf, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * METADATA_DRIFT: repmgr.nodes has another type or upstream for a node than is observed. repmgr and repmgrd act on what
 * is registered: which nodes vote, follow, and are included in a switchover (issues #721, #753). `repmgr cluster show`
 * prints "! running as …", or nothing.
 *
 * Compared with the one primary that is seen, where the rows are written. Not reported while roles change.
 */
export const metadataDrift: Rule = (world) => {
	const primary = solePrimary(world);
	if (primary === null) return [];
	return world.snapshot.nodes.flatMap(
		(node) => wrongType(world, node, primary) ?? wrongUpstream(world, node, primary) ?? [],
	);
};

function wrongType(world: World, node: NodeView, primary: NodeView): Finding | null {
	const { role } = node.observed;
	if (role === null || role === node.registered.type || !isSettled(world, node)) return null;
	// STANDBY_DETACHED advises on a detached server in recovery.
	if (role === "standby" && node.observed.attached === false) return null;
	return finding({
		code: "METADATA_DRIFT",
		severity: "warning",
		node,
		message: `${quoted(node)} is registered as ${node.registered.type}, but runs as ${role}`,
		detail:
			"repmgr acts on what is registered: it would look for the primary on the wrong node, and refuse to follow, to rejoin or to switch over.",
		hint: isSafe(world, node, primary)
			? "Register it again with its real role. That changes repmgr.nodes and no server."
			: "Find out first what happened to the nodes that don't answer: one of them may be a primary that still accepts writes.",
		evidence: [
			registeredEvidence(
				world,
				`${quoted(node)} is ${node.registered.type}, ${node.registered.active ? "active" : "inactive"}`,
			),
			evidenceOf(node, `pg_is_in_recovery() = ${role === "standby"}`),
		],
		remedy: isSafe(world, node, primary) ? registerAgain(node, primary) : null,
		...(!isSafe(world, node, primary) && {
			doNot: 'Do not run "repmgr primary register -F" while another node may be a primary.',
		}),
	});
}

/** A primary is registered only when no other node can be one: all of them are seen in another role, or stopped. */
function isSafe({ snapshot }: World, node: NodeView, primary: NodeView): boolean {
	if (node.nodeId !== primary.nodeId) return true;
	return snapshot.nodes.every(
		({ nodeId, observed }) =>
			nodeId === node.nodeId || observed.role !== null || observed.status === "stopped",
	);
}

function wrongUpstream(world: World, node: NodeView, primary: NodeView): Finding | null {
	const { role, attached, upstreamNodeId } = node.observed;
	const registered = node.registered.upstreamNodeId;
	if (role !== "standby" || !attached || upstreamNodeId === null || upstreamNodeId === registered)
		return null;
	if (!isAttachedForLong(world, node)) return null;
	const [seen, said] = [nameOf(world, upstreamNodeId), nameOf(world, registered)];
	return finding({
		code: "METADATA_DRIFT",
		severity: "warning",
		node,
		message: `${quoted(node)} is registered under ${said} and streams from ${seen}`,
		detail: `In a failover repmgrd treats ${quoted(node)} as a downstream of ${said}: that decides whether it votes, follows or is left behind.`,
		hint: `If ${seen} is the intended upstream, register the node again. If ${said} is, run "repmgr standby follow" on ${quoted(node)} with --upstream-node-id=${registered ?? primary.nodeId} instead.`,
		evidence: [
			registeredEvidence(world, `upstream_node_id of ${quoted(node)} is ${registered ?? "null"}`),
			evidenceOf(node, `its walreceiver streams from ${sourceOf(node)}, which is ${seen}`),
		],
		remedy: registerAgain(node, primary),
	});
}

/** repmgr records a new upstream only once the standby streams from it. */
function isAttachedForLong(world: World, node: NodeView): boolean {
	const seconds = current(node.state.server)?.walReceiver?.connectedSeconds ?? null;
	return seconds === null ? isSettled(world, node) : seconds >= world.thresholds.graceSeconds;
}

function sourceOf({ state }: NodeView): string {
	const receiver = current(state.server)?.walReceiver;
	return receiver?.senderHost ? `${receiver.senderHost}:${receiver.senderPort}` : "a server";
}
