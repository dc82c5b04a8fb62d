import type { FindingCode, FindingSeverity } from "./finding.ts";
import type { NodeFoundLines, TimeRange } from "./found-lines.ts";
import type { LogEntry } from "./log-entry.ts";
import type { ClusterSnapshot, NodeStatus, Role } from "./snapshot.ts";
import type { Timelines } from "./timelines.ts";

/** An operation of this machine's journal or of a record, as far as a report tells of it. */
export interface PastOperation {
	readonly operationId: string;
	readonly title: string;
	readonly kind: string | null;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	readonly reason: string | null;
	/** Epoch ms. */
	readonly startedAt: number;
	readonly endedAt: number | null;
	readonly outcome: "done" | "failed" | "stopped" | "interrupted" | "not over when the record ended";
	readonly steps: readonly PastStep[];
	/** What a drill has measured; null: it is none, or it did not come so far. */
	readonly drill: DrillFigures | null;
	/** The most bytes that its plan allowed to be lost; null: none, or not known. */
	readonly lossBytes: number | null;
}

export interface PastStep {
	readonly title: string;
	readonly nodeId: number;
	readonly status: string;
	/** Epoch ms; null: it was not begun, or has not ended. */
	readonly startedAt: number | null;
	readonly endedAt: number | null;
	readonly notes: readonly string[];
	/** The last lines of what a failed one printed, sanitised. */
	readonly output: readonly string[];
}

export interface DrillFigures {
	/** Epoch ms. */
	readonly beganAt: number;
	readonly primary: string;
	readonly winner: string | null;
	readonly writeOutageSeconds: number | null;
	/** Null: not known, as in a drill that was resumed from another machine; then lostWrites is, too. */
	readonly acknowledgedWrites: number | null;
	readonly lostWrites: number | null;
}

/** What a console saw of the cluster while it watched. */
export interface Watched {
	readonly range: TimeRange;
	/** How the nodes were at the beginning, and when it was known. */
	readonly before: { readonly at: number; readonly nodes: readonly WatchedNode[] };
	/** The findings, in the order in which they began. */
	readonly findings: readonly WatchedFinding[];
	readonly handovers: readonly WatchedHandover[];
	/** The console's own entries of the event log. */
	readonly entries: readonly LogEntry[];
}

export interface WatchedNode {
	readonly nodeId: number;
	readonly role: Role | null;
	readonly status: NodeStatus;
	readonly timeline: number | null;
	readonly upstreamNodeId: number | null;
}

export interface WatchedFinding {
	readonly code: FindingCode;
	readonly nodeId: number | null;
	/** The worst that it became. */
	readonly severity: FindingSeverity;
	readonly message: string;
	/** Epoch ms. */
	readonly since: number;
	/** False: it was there when the watching began. */
	readonly isExact: boolean;
	/** Null: it was there at the end. */
	readonly until: number | null;
	/** Nodes that could not be read at `until`: the finding was not seen any more then, which is no proof of its end. */
	readonly unread: readonly string[];
}

/** A change of the primary. */
export interface WatchedHandover {
	readonly fromNodeId: number;
	readonly toNodeId: number;
	/** The last answer of the old primary, and the first of the new one as the only primary; epoch ms. */
	readonly lastAt: number;
	readonly firstAt: number;
	/** When no primary was seen for the first and the last time; null: in no snapshot. */
	readonly goneAt: number | null;
	readonly goneUntil: number | null;
	/** There was more than one primary in between. */
	readonly wasSplit: boolean;
	/** "0 bytes lost" and the like. */
	readonly loss: string;
}

/** Everything that a report is made from. */
export interface IncidentMaterial {
	/** Epoch ms. */
	readonly madeAt: number;
	readonly range: TimeRange;
	/** As it is now. */
	readonly snapshot: ClusterSnapshot;
	readonly timelines: Timelines;
	/** repmgr's events of all nodes, each once. */
	readonly events: readonly LogEntry[];
	readonly logs: readonly NodeFoundLines[];
	/** The newest first. */
	readonly operations: readonly PastOperation[];
	/** Null: no console is known to have watched. */
	readonly watched: Watched | null;
	/** What else could not be read, as texts. */
	readonly unread: readonly string[];
}
