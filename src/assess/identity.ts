import type { Fault } from "../model/fault.ts";
import { current, type NodeState } from "../model/node-state.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { NamedServer } from "../model/snapshot.ts";

/**
 * The node id in a server's shared memory, where it is not that of the node it was reached as; else null. Only a hint:
 * there is one for the whole server, set once after its start (set_local_node_id() in repmgr.c). If another database there
 * uses repmgr, or the node was registered under another id, it belongs to no node or to another one.
 */
export function otherNodeId({ nodeId, server }: NodeState): number | null {
	const told = current(server)?.repmgrd?.localNodeId ?? null;
	return told === nodeId ? null : told;
}

/**
 * Does this node's address lead to another node's server? The id alone is not enough: it must be the same server that was
 * read as that node, or that node's address must lead to this node's server.
 */
export function isMistaken(state: NodeState, states: ReadonlyMap<number, NodeState>): boolean {
	const id = otherNodeId(state);
	const other = id === null ? undefined : states.get(id);
	const there = other?.server.good?.value;
	const here = current(state.server);
	if (other === undefined || there === undefined || here === null) return false;
	return isSameServer(here, there) || otherNodeId(other) === state.nodeId;
}

/** The start time has microseconds, so it identifies a server. */
export function isSameServer(a: ServerReading, b: ServerReading): boolean {
	return (
		a.systemIdentifier !== null && a.systemIdentifier === b.systemIdentifier && a.startedAt === b.startedAt
	);
}

/** Is the server that the user named one of the nodes? By its address, start time, or own node id. */
export function isNode({ address, reading }: NamedServer, states: Iterable<NodeState>): boolean {
	return [...states].some(
		(state) =>
			state.address === address ||
			reading.repmgrd?.localNodeId === state.nodeId ||
			(state.server.good !== null && isSameServer(state.server.good.value, reading)),
	);
}

/** The state without what another node's server answered in its place. */
export function withoutMistaken(state: NodeState, states: ReadonlyMap<number, NodeState>): NodeState {
	const { good } = state.server;
	if (good === null || !isMistaken(state, states)) return state;
	const fault = wrongNode(state.nodeId, otherNodeId(state) ?? 0);
	return { ...state, server: { good: null, fault: { fault, at: good.at, since: good.at } } };
}

function wrongNode(expected: number, found: number): Fault {
	return {
		kind: "protocol",
		message: `the server at the address of node ${expected} is node ${found}`,
		hint: "Check the node's address in repmgr.nodes, and where the configuration file maps it.",
	};
}
