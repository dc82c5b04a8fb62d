import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";

/** A host's clock minus this console's, known to within `toleranceMs`. */
export interface Clock {
	readonly nodeId: number;
	readonly offsetMs: number;
	readonly toleranceMs: number;
	readonly by: "sql" | "ssh";
}

/** Reading a host starts programs: the clock may be read more than half a network round trip from the middle. */
const SSH_TOLERANCE_MS = 1000;

/** The clock of a node's host as it was read last; null where neither its server nor its host answers. */
export function clockOf({ nodeId, state }: NodeView): Clock | null {
	const server = current(state.server);
	const offsetMs = server?.clockOffsetMs ?? null;
	if (offsetMs !== null) return { nodeId, offsetMs, toleranceMs: (server?.roundTripMs ?? 0) / 2, by: "sql" };
	const { clockOffsetMs: hostOffsetMs = null, readMs = 0 } = current(state.host) ?? {};
	// On a busy machine reading a host takes long, and its clock may be read at any moment meanwhile.
	const toleranceMs = Math.max(SSH_TOLERANCE_MS, readMs / 2);
	return hostOffsetMs === null ? null : { nodeId, offsetMs: hostOffsetMs, toleranceMs, by: "ssh" };
}
