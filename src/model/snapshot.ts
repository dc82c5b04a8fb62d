import type { Fault } from "./fault.ts";
import type { Finding } from "./finding.ts";
import type { ElectionForecast } from "./forecast.ts";
import type { Lsn } from "./lsn.ts";
import type { NodeState } from "./node-state.ts";
import type { Registration } from "./registration.ts";
import type { ServerReading } from "./server-reading.ts";

export type Severity = "ok" | "warning" | "critical" | "unknown";

export type Role = "primary" | "standby" | "witness";

/**
 * What a node is seen doing, as far as the evidence goes.
 *
 * - running: a primary or witness that answers; or a standby whose attachment we may not see
 * - streaming / catching up: a standby attached to its upstream
 * - detached: a standby that answers but receives from nobody
 * - starting / stopping: the server says so itself (SQLSTATE 57P03)
 * - stopped: the host says there is no postmaster
 * - refusing: the host refuses connections to the port; no look at the host was possible
 * - hung: connections open, but no answer comes; or it serves old sessions and no new ones
 * - rejecting: the server answers and turns us away (password, pg_hba.conf, too many connections, …)
 * - unreachable: nothing answers from here
 * - unresolved: its host name is not resolved here, so that it was not asked
 * - unknown: not read yet
 */
export type NodeStatus =
	| "running"
	| "streaming"
	| "catching up"
	| "detached"
	| "starting"
	| "stopping"
	| "stopped"
	| "refusing"
	| "hung"
	| "rejecting"
	| "unreachable"
	| "unresolved"
	| "unknown";

/** What is seen of a node now. Null is unknown; nothing here is older than the newest failed attempt. */
export interface Observed {
	/** Did its SQL answer at the newest attempt? */
	readonly reachable: boolean;
	readonly status: NodeStatus;
	readonly role: Role | null;
	/** Of a standby: that of its newest WAL. */
	readonly timeline: number | null;
	/** Where a standby's `timeline` is not known: no earlier than this. */
	readonly timelineAtLeast: number | null;
	readonly currentLsn: Lsn | null;
	readonly receiveLsn: Lsn | null;
	readonly replayLsn: Lsn | null;
	/** Against the primary's current LSN; null when detached. */
	readonly lagBytes: number | null;
	readonly lagSeconds: number | null;
	/** Null where it can't be seen, and for a primary. */
	readonly attached: boolean | null;
	/** The node it really streams from. */
	readonly upstreamNodeId: number | null;
	readonly replayPaused: boolean | null;
	readonly postgresVersion: string | null;
	readonly repmgrVersion: string | null;
}

/** repmgrd on a node, over SQL, or as a bare process over SSH. */
export interface ObservedRepmgrd {
	readonly running: boolean | null;
	readonly pid: number | null;
	readonly paused: boolean | null;
	readonly upstreamLastSeenSeconds: number | null;
}

export interface NodeView {
	readonly nodeId: number;
	readonly nodeName: string;
	readonly registered: Registration;
	readonly observed: Observed;
	readonly repmgrd: ObservedRepmgrd;
	/** Since the last good SQL reading; null when there never was one. */
	readonly ageMs: number | null;
	/** The newest failed attempt, while it is the newest. */
	readonly fault: Fault | null;
	/** The evidence behind the status in words, when it is not simply well. */
	readonly detail: string | null;
	/** Everything read, for screens that show one node. */
	readonly state: NodeState;
}

/** What of a node was not read, so that nothing is judged by it. */
export interface NotRead {
	readonly nodeId: number;
	readonly node: string;
	readonly what: "sql" | "ssh";
	/** Null: it is being read for the first time. */
	readonly fault: Fault | null;
}

/** Nodes that are not well, for so short a time that it may be a mere restart. */
export interface Settling {
	/** Epoch ms. */
	readonly since: number;
	readonly seconds: number;
	/** The grace time in seconds. */
	readonly of: number;
	readonly nodeIds: readonly number[];
}

/** A server that the user named, as it answered when it told of the nodes. */
export interface NamedServer {
	/** As "node1:5432". */
	readonly address: string;
	readonly reading: ServerReading;
	/** Epoch ms. */
	readonly at: number;
}

/** The cluster at one moment: the one value that screens, commands and rules look at. */
export interface ClusterSnapshot {
	readonly takenAt: number;
	readonly cluster: {
		readonly name: string;
		readonly systemIdentifier: string | null;
		/** Null when no node, or more than one, is seen as primary. */
		readonly primaryNodeId: number | null;
	};
	readonly severity: Severity;
	/** In order of node id. */
	readonly nodes: readonly NodeView[];
	/** What is wrong, the worst first. */
	readonly findings: readonly Finding[];
	/** Null where all nodes are well, or a finding says what is wrong with them. */
	readonly settling: Settling | null;
	readonly notRead: readonly NotRead[];
	/** If the primary died now; null without exactly one primary, and before it was worked out. */
	readonly forecast: ElectionForecast | null;
	/** The server that the user named, where no registered node is it. */
	readonly named?: NamedServer | null;
	/** What is not known for want of rights or SSH, said once. */
	readonly notices: readonly string[];
	/** An operation is being carried out, by this console or by another one: what it does on purpose is no trouble. */
	readonly isOperating?: boolean;
}
