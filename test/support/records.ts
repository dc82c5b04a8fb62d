import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { loginOf } from "../../src/libpq/registered.ts";
import type { Fault, Observation } from "../../src/model/fault.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import { type NodeState, observe, type Report, unreadNode } from "../../src/model/node-state.ts";
import type { Registration } from "../../src/model/registration.ts";
import type {
	EventsReading,
	ReplicationSlot,
	RepmgrdReading,
	RepmgrEvent,
	ServerReading,
	WalReceiver,
	WalSender,
} from "../../src/model/server-reading.ts";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";

/** Model records with harmless values, for tests that care about only some of them. */

/** 2026-11-23T04:41:12Z, when everything here is read. */
export const NOW = Date.UTC(2026, 10, 23, 4, 41, 12);

export const SYSTEM_IDENTIFIER = "7711271344394678382";
const CONNINFO = "user=repmgr dbname=repmgr";
const WITNESS_IDENTIFIER = "7711271344594002030";

/** A row of repmgr.nodes; role and database are those of its conninfo. */
export function registration(nodeId: number, changes: Partial<Registration> = {}): Registration {
	const { user, database } = loginOf(changes.conninfo ?? CONNINFO, "");
	return {
		nodeId,
		nodeName: `node${nodeId}`,
		type: nodeId === 1 ? "primary" : "standby",
		active: true,
		upstreamNodeId: nodeId === 1 ? null : 1,
		location: "default",
		priority: 100,
		slotName: `repmgr_slot_${nodeId}`,
		conninfo: `host=node${nodeId} ${CONNINFO}`,
		host: `node${nodeId}`,
		port: 5432,
		user,
		database,
		configFile: "/etc/repmgr.conf",
		...changes,
	};
}

export function repmgrd(changes: Partial<RepmgrdReading> = {}): RepmgrdReading {
	return {
		running: true,
		pid: 93,
		paused: false,
		upstreamLastSeenSeconds: 0,
		localNodeId: null,
		upstreamNodeId: null,
		...changes,
	};
}

export function receiver(changes: Partial<WalReceiver> = {}): WalReceiver {
	return {
		pid: 58,
		status: "streaming",
		senderHost: "node1",
		senderPort: 5432,
		slotName: null,
		receivedTimeline: 1,
		lastMessageSeconds: 0.5,
		...changes,
	};
}

export function sender(pid: number, changes: Partial<WalSender> = {}): WalSender {
	return {
		pid,
		applicationName: null,
		clientAddress: null,
		state: "streaming",
		sentLsn: "0/5000000",
		flushLsn: "0/5000000",
		replayLsn: "0/5000000",
		replayLagSeconds: null,
		syncState: "async",
		...changes,
	};
}

export function slot(slotName: string, activePid: number | null): ReplicationSlot {
	return {
		slotName,
		slotType: "physical",
		active: activePid !== null,
		activePid,
		restartLsn: "0/5000000",
		retainedBytes: 0,
		walStatus: "reserved",
	};
}

/** A report of a node's repmgr.events. */
export function eventsReport(
	nodeId: number,
	events: readonly RepmgrEvent[] = [],
	changes: Partial<EventsReading> = {},
): Report {
	const reading = { events, tableBytes: 8192, isWhole: true, ...changes };
	return { nodeId, of: "events", observation: { value: reading, at: NOW, by: "sql" } };
}

/** A primary at 0/5000000. */
export function primaryReading(changes: Partial<ServerReading> = {}): ServerReading {
	return {
		inRecovery: false,
		timeline: 1,
		currentLsn: "0/5000000",
		receiveLsn: null,
		replayLsn: null,
		lastReplayedCommitSeconds: null,
		replayPaused: null,
		walReceiver: null,
		walSenders: [],
		// The slots of registration(2) and registration(3), in use.
		slots: [slot("repmgr_slot_2", 9002), slot("repmgr_slot_3", 9003)],
		archiver: null,
		settings: {},
		repmgrd: repmgrd(),
		postgresVersion: "15.20 (Debian 15.20-0+deb12u1)",
		repmgrVersion: "5.3",
		systemIdentifier: SYSTEM_IDENTIFIER,
		startedAt: NOW - 3_600_000,
		serverTime: NOW,
		connections: 6,
		syncRepWaiters: 0,
		serverAddress: null,
		serverPort: 5432,
		registrations: null,
		missingRights: [],
		...changes,
	};
}

/** A standby that streams from node1 and has replayed everything. */
export function standbyReading(changes: Partial<ServerReading> = {}): ServerReading {
	return primaryReading({
		inRecovery: true,
		currentLsn: null,
		receiveLsn: "0/5000000",
		replayLsn: "0/5000000",
		lastReplayedCommitSeconds: 270,
		replayPaused: false,
		slots: [],
		walReceiver: receiver(),
		...changes,
	});
}

/** A witness: a primary of another cluster. */
export function witnessReading(changes: Partial<ServerReading> = {}): ServerReading {
	return primaryReading({ systemIdentifier: WITNESS_IDENTIFIER, currentLsn: "0/20A4870", ...changes });
}

export function hostReading(changes: Partial<HostReading> = {}): HostReading {
	return {
		postmaster: { pid: 52, state: "S" },
		repmgrd: { pid: 93, state: "S" },
		controlData: null,
		units: [],
		disks: [],
		dataDirectory: "/var/lib/postgresql/15/main",
		archiveReadyFiles: 0,
		forks: [],
		repmgrConf: null,
		hostTime: NOW,
		clockOffsetMs: 0,
		...changes,
	};
}

export function good<T>(value: T, at = NOW): Observation<T> {
	return { value, at, by: "sql" };
}

export function failed(fault: Partial<Fault> = {}, at = NOW): Observation<never> {
	return {
		fault: { kind: "unreachable", message: "no answer from node1:5432", ...fault },
		at,
		by: "sql",
	};
}

/** Observations of a node, oldest first. */
export interface Seen {
	readonly server?: readonly Observation<ServerReading>[];
	readonly events?: readonly Observation<EventsReading>[];
	readonly ping?: readonly Observation<true>[];
	readonly host?: readonly Observation<HostReading>[];
}

export function nodeState(
	registered: Registration,
	{ server = [], events = [], ping = [], host = [] }: Seen,
): NodeState {
	const unread = unreadNode(registered, `${registered.host}:${registered.port}`);
	return {
		...unread,
		server: server.reduce(observe, unread.server),
		events: events.reduce(observe, unread.events),
		ping: ping.reduce(observe, unread.ping),
		host: host.reduce(observe, unread.host),
	};
}

/** A node whose server was read just now. */
export function read(nodeId: number, reading: ServerReading, changes: Partial<Registration> = {}): NodeState {
	return nodeState(registration(nodeId, changes), { server: [good(reading)] });
}

export function byId(...states: readonly NodeState[]): ReadonlyMap<number, NodeState> {
	return new Map(states.map((state) => [state.nodeId, state]));
}

/** A snapshot of these nodes at NOW. */
export function snapshotOf(...states: readonly NodeState[]): ClusterSnapshot {
	return takeSnapshot("prod", byId(...states), [], NOW);
}

/** A node that was last read five seconds ago, node 1 as the primary, and no longer answers. */
export function silentNode(nodeId: number, fault: Partial<Fault> = {}): NodeState {
	const reading = nodeId === 1 ? primaryReading() : standbyReading();
	return nodeState(registration(nodeId), { server: [good(reading, NOW - 5000), failed(fault)] });
}

/** An interrupted operation that no console has resumed. */
export const LEFT_OPERATION = {
	operationId: "one",
	title: 'switchover to "node2"',
	cluster: "prod",
	who: "anna on bastion",
	kind: "switchover",
	reason: null,
	startedAt: NOW,
	endedAt: null,
	outcome: "interrupted",
	pid: null,
	isAlive: false,
} as const;
