import type { Fault } from "../../src/model/fault.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import { NOW, receiver, SYSTEM_IDENTIFIER } from "./records.ts";
import type { Changes, NodeChanges } from "./worlds.ts";

/** Unreachable nodes as the probe reports them, for worlds.ts. */

/** A black hole: nothing answers, neither SQL nor SSH. */
export const silent: NodeChanges = {
	fault: { kind: "unreachable", message: "no answer from node:5432" },
	hostFault: {},
};

/** The host answers SSH, the port does not. */
export const filtered: NodeChanges = { fault: { kind: "unreachable", message: "no answer from node:5432" } };

export const refusal: Partial<Fault> = { kind: "refused", message: "connection to node:5432 refused" };

/** Nothing listens on the port, and the host can't be reached. */
export const refusing: NodeChanges = { fault: refusal, hostFault: {} };

/** No postmaster on the host; `state` is pg_controldata's. */
export function stopped(state: string, host: Partial<HostReading> = {}): NodeChanges {
	return {
		fault: refusal,
		host: {
			postmaster: false,
			controlData: {
				state,
				timeline: 1,
				checkpointLsn: "0/4F00028",
				systemIdentifier: SYSTEM_IDENTIFIER,
			},
			controlFileAt: NOW - 3_600_000,
			...host,
		},
	};
}

/** SQLSTATE 57P03. */
export const starting: NodeChanges = {
	fault: { kind: "refused", code: "57P03", message: "the database system is starting up" },
};

export const frozen: NodeChanges = {
	fault: { kind: "timeout", message: "node:5432 accepts connections, but does not answer" },
	host: { postmaster: { pid: 52, state: "T" } },
};

export const hanging: NodeChanges = {
	fault: { kind: "timeout", message: "node:5432 accepts connections, but does not answer" },
};

export function rejecting(code: string, message: string): NodeChanges {
	return { fault: { kind: "authentication", code, message } };
}

/** A standby without a walreceiver; its repmgrd last saw its upstream that many seconds ago. */
export function detached(lastSeenSeconds = 0, server: NodeChanges["server"] = {}): NodeChanges {
	return { server: { walReceiver: null, repmgrd: seen(lastSeenSeconds), ...server } };
}

/** WAL positions of a standby whose primary died in the middle of sending a record; node 2 forked at 0/5000100. */
export const IN_A_RECORD = { receiveLsn: "0/5002000", replayLsn: "0/5000100" } as const;

/** A standby whose walreceiver is "streaming" but got its last message that many seconds ago. */
export function quiet(seconds: number, lastSeenSeconds = seconds): NodeChanges {
	return {
		server: { walReceiver: receiver({ lastMessageSeconds: seconds }), repmgrd: seen(lastSeenSeconds) },
	};
}

/** A witness whose repmgrd last saw the primary that many seconds ago. */
export function witnessSaw(seconds: number): NodeChanges {
	return { server: { repmgrd: seen(seconds) } };
}

function seen(upstreamLastSeenSeconds: number) {
	return {
		running: true,
		pid: 93,
		paused: false,
		upstreamLastSeenSeconds,
		localNodeId: null,
		upstreamNodeId: 1,
	};
}

/** All nodes lost the primary that many seconds ago. */
export function everybodyLostIt(seconds: number): Changes {
	return { 2: detached(seconds), 3: detached(seconds), 4: witnessSaw(seconds) };
}

/** The same nodes with the given state of repmgrd. */
export function withRepmgrd(
	changes: Changes,
	repmgrd: { readonly paused?: boolean; readonly running?: boolean },
	ids: readonly number[] = [2, 3, 4],
): Changes {
	const base = { running: true, pid: 93, paused: false, upstreamLastSeenSeconds: 0, localNodeId: null };
	return {
		...changes,
		...Object.fromEntries(
			ids.map((id) => {
				const own = changes[id] ?? {};
				const known = own.server?.repmgrd ?? { ...base, upstreamNodeId: 1 };
				// A process that SSH sees counts as running, whatever the library says (issue #622).
				const host = repmgrd.running === false ? { host: { ...own.host, repmgrd: false as const } } : {};
				return [id, { ...own, ...host, server: { ...own.server, repmgrd: { ...known, ...repmgrd } } }];
			}),
		),
	};
}

/** Node 1 was the primary, node 2 was promoted to timeline 2, and node 3 follows it. */
export function failedOver(old: NodeChanges): Changes {
	const upstreamNodeId = 2;
	return {
		1: {
			registered: { active: false },
			...old,
		},
		2: {
			registered: { type: "primary", upstreamNodeId: null },
			server: {
				inRecovery: false,
				timeline: 2,
				currentLsn: "0/5000900",
				receiveLsn: null,
				replayLsn: null,
				replayPaused: null,
				walReceiver: null,
				lastReplayedCommitSeconds: null,
				forks: [{ timeline: 1, endLsn: "0/5000100" }],
			},
		},
		3: {
			registered: { upstreamNodeId },
			server: {
				timeline: 2,
				receiveLsn: "0/5000900",
				replayLsn: "0/5000900",
				walReceiver: receiver({ senderHost: "node2", receivedTimeline: 2, connectedSeconds: 3600 }),
			},
		},
		4: { registered: { upstreamNodeId } },
	};
}
