import type { Fault } from "../model/fault.ts";
import { current, type NodeState } from "../model/node-state.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { NamedServer } from "../model/snapshot.ts";

/**
 * The id that a server's shared memory has for it, where that is another node's than the one it was reached as; else null. It
 * is a hint: there is one for the whole server, set once after its start (set_local_node_id() in repmgr.c). Another database
 * with repmgr on that server, or a registration under another id, leaves an id there that belongs to no node, or to another one.
 */
export function otherNodeId({ nodeId, server }: NodeState): number | null {
	const told = current(server)?.repmgrd?.localNodeId ?? null;
	return told === nodeId ? null : told;
}

/**
 * Is what was read under this node's address another node's server? Only if more says so than the id there: it is the very
 * server that was read as that node, or that node's address leads to this one's server.
 */
export function isMistaken(state: NodeState, states: ReadonlyMap<number, NodeState>): boolean {
	const id = otherNodeId(state);
	const other = id === null ? undefined : states.get(id);
	const there = other?.server.good?.value;
	const here = current(state.server);
	if (other === undefined || there === undefined || here === null) return false;
	return isSameServer(here, there) || otherNodeId(other) === state.nodeId;
}

/** A start is told to the microsecond. */
export function isSameServer(a: ServerReading, b: ServerReading): boolean {
	return (
		a.systemIdentifier !== null && a.systemIdentifier === b.systemIdentifier && a.startedAt === b.startedAt
	);
}

/** Is the server that the user named one of the nodes? By address, by its start, or by the id that it has for itself. */
export function isNode({ address, reading }: NamedServer, states: Iterable<NodeState>): boolean {
	return [...states].some(
		(state) =>
			state.address === address ||
			reading.repmgrd?.localNodeId === state.nodeId ||
			(state.server.good !== null && isSameServer(state.server.good.value, reading)),
	);
}

/** The state as it may be believed: nothing that another node's server told. */
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
