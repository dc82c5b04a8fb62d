import type { HostReading } from "../../../model/host-reading.ts";
import { current } from "../../../model/node-state.ts";
import type { Registration } from "../../../model/registration.ts";
import type { ServerReading } from "../../../model/server-reading.ts";
import type { ClusterSnapshot, NodeView } from "../../../model/snapshot.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import type { LagSample } from "../../../store/lag-history.ts";
import { type Origin, originOf, type Unknown, whyNot } from "./section.ts";

/** Readings of a host are 15 s apart, so at most this old if all is well. */
const FRESH_HOST_MS = 40_000;

/** The node, and what its sections are made from. */
export interface Subject {
	readonly node: NodeView;
	readonly snapshot: ClusterSnapshot;
	/** The copy of repmgr.nodes that the console uses. */
	readonly registrations: readonly Registration[];
	readonly lag: readonly LagSample[];
	readonly now: number;
	/** The newest good readings, however old; null where there never was one. */
	readonly server: ServerReading | null;
	readonly host: HostReading | null;
	readonly sql: Origin;
	readonly ssh: Origin;
	/** Why nothing is known over SQL or SSH. */
	readonly noServer: Unknown;
	readonly noHost: Unknown;
	readonly nameOf: (nodeId: number) => string;
}

/** Null when the node is not registered (any more). */
export function subjectOf(data: ConsoleState, nodeId: number, intervalMs: number): Subject | null {
	const { snapshot, registrations, lagHistory, now, sshOff } = data;
	const node = snapshot.nodes.find((candidate) => candidate.nodeId === nodeId);
	if (node === undefined) return null;
	const { server, host } = node.state;
	const isSshOff = sshOff !== null && host.good === null;
	return {
		node,
		snapshot,
		registrations,
		lag: lagHistory.get(nodeId) ?? [],
		now,
		server: server.good?.value ?? null,
		host: host.good?.value ?? null,
		// Two polls may be missed.
		sql: originOf("SQL", server, now, 2.5 * Math.max(1000, intervalMs)),
		ssh: isSshOff ? { text: "SSH is off", isStale: false } : originOf("SSH", host, now, FRESH_HOST_MS),
		noServer: whyNot(server),
		noHost: isSshOff ? { why: "SSH is off" } : whyNot(host),
		nameOf: (id) => snapshot.nodes.find((other) => other.nodeId === id)?.nodeName ?? `node ${id}`,
	};
}

/** The current reading of another node, or null. */
export function readNow(node: NodeView): ServerReading | null {
	return current(node.state.server);
}
