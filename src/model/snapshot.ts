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
 * What a node is seen to do, never beyond the evidence.
 *
 * - running: a primary or witness that answers; or a standby whose attachment may not be read
 * - streaming / catching up: a standby attached to its upstream
 * - detached: a standby that answers but receives no WAL
 * - starting / stopping: the server reports it (SQLSTATE 57P03)
 * - stopped: the host has no postmaster
 * - refusing: the host refuses connections to the port, and the host could not be read; or its postmaster runs
 * - hung: connections open, but there is no answer; or it serves old sessions and accepts no new ones
 * - rejecting: the server answers and rejects this console (password, pg_hba.conf, too many connections, …)
 * - unreachable: nothing answers from here
 * - unresolved: its host name does not resolve here, so that no connection was tried
 * - unknown: not read yet
 */
export const NODE_STATUSES = [
	"running",
	"streaming",
	"catching up",
	"detached",
	"starting",
	"stopping",
	"stopped",
	"refusing",
	"hung",
	"rejecting",
	"unreachable",
	"unresolved",
	"unknown",
] as const;

export type NodeStatus = (typeof NODE_STATUSES)[number];

/** What is seen of a node now. Null is unknown; nothing here is older than the newest failed attempt. */
export interface Observed {
	/** Did its SQL answer at the newest attempt? */
	readonly reachable: boolean;
	readonly status: NodeStatus;
	readonly role: Role | null;
	/** On a standby that of its newest WAL. */
	readonly timeline: number | null;
	/** Where a standby's `timeline` is not known: a lower bound. */
	readonly timelineAtLeast: number | null;
	readonly currentLsn: Lsn | null;
	readonly receiveLsn: Lsn | null;
	readonly replayLsn: Lsn | null;
	/** Against the primary's current LSN; null when detached. */
	readonly lagBytes: number | null;
	readonly lagSeconds: number | null;
	/** Null where it is not visible, and for a primary. */
	readonly attached: boolean | null;
	/** The node it actually streams from. */
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
	/** Null: it is not paused, or no note of the pause was read on its host. */
	readonly pause?: Pause | null;
	readonly upstreamLastSeenSeconds: number | null;
}

/** A pause of repmgrd by this console, as the host of the node tells. */
export interface Pause {
	/** Epoch ms. */
	readonly since: number;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	/** "": none was given. */
	readonly reason: string;
	/** When it is to end, epoch ms; null: that was not said. */
	readonly until: number | null;
}

export interface NodeView {
	readonly nodeId: number;
	readonly nodeName: string;
	readonly registered: Registration;
	readonly observed: Observed;
	readonly repmgrd: ObservedRepmgrd;
	/** Age of the last good SQL reading; null when there was none. */
	readonly ageMs: number | null;
	/** Null once the newest attempt succeeded. */
	readonly fault: Fault | null;
	/** The evidence for a status that is not simply good. */
	readonly detail: string | null;
	/** Everything that was read. */
	readonly state: NodeState;
}

/** A source of a node that could not be read for a reason on this side, so that it proves nothing. */
export interface NotRead {
	readonly nodeId: number;
	readonly node: string;
	readonly what: "sql" | "ssh";
	/** Null: it is being read for the first time. */
	readonly fault: Fault | null;
}

/** Nodes that are not well, but so briefly that it may be a mere restart. */
export interface Settling {
	/** Epoch ms. */
	readonly since: number;
	readonly seconds: number;
	/** The grace time in seconds. */
	readonly of: number;
	readonly nodeIds: readonly number[];
}

/** A server that the user named, as read when it listed the nodes. */
export interface NamedServer {
	/** As "node1:5432". */
	readonly address: string;
	readonly reading: ServerReading;
	/** Epoch ms. */
	readonly at: number;
}

/** The cluster at one moment: the one value that screens, commands and rules read. */
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
	/** Keys of further findings, which one of `findings` explains. */
	readonly explained: readonly string[];
	/** Null where all nodes are well, or a finding covers them. */
	readonly settling: Settling | null;
	readonly notRead: readonly NotRead[];
	/** If the primary died now; null without exactly one primary, and before it was computed. */
	readonly forecast: ElectionForecast | null;
	/** The server that the user named, where it is none of the registered nodes. */
	readonly named?: NamedServer | null;
	/** What is unknown for lack of privileges or SSH, once each. */
	readonly notices: readonly string[];
	/** An operation runs, by this console or another one: what it does on purpose is not reported. */
	readonly isOperating?: boolean;
}
