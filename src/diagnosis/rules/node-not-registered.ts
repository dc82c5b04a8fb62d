import { current } from "../../cluster/node-state.ts";
import type { ServerReading, WalSender } from "../../cluster/server-reading.ts";
import type { NodeView } from "../../cluster/snapshot.ts";
import { listed, quoted } from "../advice.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * NODE_NOT_REGISTERED: a standby streams from a node, and no registered node can be that standby. Nothing
 * of repmgr takes it along in a failover or switchover; after one it stays on the old timeline.
 *
 * A walsender is a standby's if its client tells what it replayed (backups and pg_receivewal do not) and if
 * it serves no logical slot. Whoever may be one of the registered nodes is not called a stranger: silent while any of
 * them that is not found elsewhere might hide behind another name or address.
 */
export const nodeNotRegistered: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (server === null) return [];
		const strangers = server.walSenders.filter(
			(sender) =>
				isStandby(sender, server) &&
				// Between cloning and registering a new standby streams for a while.
				(sender.connectedSeconds ?? Number.POSITIVE_INFINITY) >= 6 * world.thresholds.graceSeconds &&
				!world.snapshot.nodes.some((member) => isOf(sender, member, server)),
		);
		if (strangers.length === 0 || mayHide(world, node, server)) return [];
		const names = strangers.map(({ clientAddress }) => clientAddress ?? "a Unix socket");
		return [
			finding({
				code: "NODE_NOT_REGISTERED",
				severity: "notice",
				node,
				message: `a standby at ${listed(names)} streams from ${quoted(node)} and is not registered`,
				detail:
					"repmgr does not know it: after a failover or a switchover it is left behind on the old timeline.",
				hint: 'If it belongs to the cluster, give it a repmgr.conf and run "repmgr standby register" on it. If not, find out whose it is.',
				evidence: strangers.map(({ pid, applicationName, clientAddress, state }) =>
					evidenceOf(
						node,
						`walsender ${pid}: application_name "${applicationName ?? ""}", client ${clientAddress ?? "local"}, ${state}`,
					),
				),
			}),
		];
	});

function isStandby({ pid, state, replayLsn }: WalSender, { slots }: ServerReading): boolean {
	const slot = slots.find(({ activePid }) => activePid === pid);
	return (state === "streaming" || state === "catchup") && replayLsn !== null && slot?.slotType !== "logical";
}

function isOf(sender: WalSender, { registered, state }: NodeView, { slots }: ServerReading): boolean {
	const slot = slots.find(({ activePid }) => activePid === sender.pid)?.slotName;
	return (
		sender.applicationName === registered.nodeName ||
		(slot !== undefined && slot === registered.slotName) ||
		(slot !== undefined && slot === current(state.server)?.walReceiver?.slotName) ||
		(sender.clientAddress !== null &&
			(sender.clientAddress === registered.host ||
				sender.clientAddress === state.server.good?.value.serverAddress))
	);
}

/** A registered standby that streams from here, or from who knows where, and that no walsender here is known to serve. */
function mayHide({ snapshot }: World, upstream: NodeView, server: ServerReading): boolean {
	return snapshot.nodes.some((member) => {
		const { role, reachable, attached, upstreamNodeId } = member.observed;
		if (member.nodeId === upstream.nodeId || (reachable && role !== "standby") || attached === false)
			return false;
		if (upstreamNodeId !== null && upstreamNodeId !== upstream.nodeId) return false;
		// A witness has no walreceiver.
		if (!reachable && member.registered.type === "witness") return false;
		if (member.observed.status === "stopped") return false;
		return !server.walSenders.some((sender) => isOf(sender, member, server));
	});
}
