import { current } from "../model/node-state.ts";
import type { WalSender } from "../model/server-reading.ts";
import type { NodeView } from "../model/snapshot.ts";
import { nodeById, solePrimary } from "./members.ts";
import type { World } from "./world.ts";

/** The walsender that serves a node, as another node shows it: for a node that can't be read itself. */
export type Feed =
	| { readonly from: NodeView; readonly sender: WalSender }
	/** Its upstream was read and has no walsender that may serve this node. */
	| "none"
	| "unknown";

/** By slot, application_name or address, where walsenders are visible. */
export function feedOf(world: World, node: NodeView): Feed {
	for (const from of world.snapshot.nodes) {
		if (from.nodeId === node.nodeId) continue;
		const sender = current(from.state.server)?.walSenders.find((item) => isFor(item, from, node));
		if (sender !== undefined) return { from, sender };
	}
	const upstream = nodeById(world, node.registered.upstreamNodeId ?? solePrimary(world)?.nodeId ?? null);
	const server = upstream && current(upstream.state.server);
	if (!server) return "unknown";
	const others = world.snapshot.nodes.filter(({ nodeId }) => nodeId !== node.nodeId);
	const isAnyUnclear = server.walSenders.some(
		(sender) =>
			sender.state !== "backup" &&
			!others.some((other) => upstream !== null && isFor(sender, upstream, other)),
	);
	return isAnyUnclear ? "unknown" : "none";
}

function isFor(sender: WalSender, from: NodeView, node: NodeView): boolean {
	const { slotName, nodeName, host } = node.registered;
	const slot = current(from.state.server)?.slots.find(({ activePid }) => activePid === sender.pid);
	if (slot !== undefined && slotName !== null) return slot.slotName === slotName;
	const address = node.state.server.good?.value.serverAddress ?? host;
	if (sender.applicationName === nodeName) return true;
	return sender.clientAddress !== null && sender.clientAddress === address;
}
