import type { Channel } from "./fault.ts";
import type { Intent } from "./intent.ts";

/** All findings, in the terms of repmgr's documentation and issue tracker. */
export const FINDING_CODES = [
	"SPLIT_BRAIN",
	"NO_PRIMARY",
	"PRIMARY_DOWN",
	"PRIMARY_UNREACHABLE_FROM_HERE",
	"PRIMARY_HUNG",
	"PRIMARY_READ_ONLY",
	"PRIMARY_DOWN_NO_STANDBY",
	"ALL_UNREACHABLE",
	"ALL_STANDBYS_DETACHED",
	"NO_REDUNDANCY",
	"STANDBY_DOWN",
	"STANDBY_UNREACHABLE_FROM_HERE",
	"STANDBY_HUNG",
	"STANDBY_DETACHED",
	"STANDBY_DIVERGED",
	"HALF_REWOUND",
	"STANDBY_LAGGING",
	"LAG_UNKNOWN_DETACHED",
	"UPSTREAM_STANDBY_DOWN",
	"WAL_REPLAY_PAUSED",
	"SWITCHOVER_LEFT_INCOMPLETE",
	"FAILOVER_IN_PROGRESS",
	"REPMGRD_NOT_RUNNING",
	"PAUSE_OVERDUE",
	"REPMGRD_PAUSED",
	"REPMGRD_NOT_PRELOADED",
	"FAILOVER_NOT_READY",
	"METADATA_DRIFT",
	"METADATA_VIEWS_DISAGREE",
	"NODE_INACTIVE_BUT_RUNNING",
	"NODE_NOT_REGISTERED",
	"WITNESS_DOWN",
	"WITNESS_UNREACHABLE_FROM_HERE",
	"WITNESS_STALE",
	"SLOT_MISSING",
	"SLOT_INACTIVE_RETAINING_WAL",
	"ARCHIVE_FAILING",
	"ARCHIVE_BACKLOG",
	"DISK_NEARLY_FULL",
	"UNIT_MASKED",
	"SYNC_REP_BLOCKED",
	"TIMELINE_MISMATCH",
	"SYSTEM_IDENTIFIER_MISMATCH",
	"VERSION_MISMATCH",
	"APPLICATION_NAME_MISMATCH",
	"CONNINFO_DRIFT",
	"CLOCK_SKEW",
	"CONNECTIONS_EXHAUSTED",
	"WRONG_PASSWORD",
	"HBA_REJECTS",
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** `unknown`: something important can't be seen. `notice`: worth knowing, nothing is wrong now. */
export type FindingSeverity = "critical" | "warning" | "notice" | "unknown";

/** What was seen where, when (epoch ms), and how. `nodeId` null is this console. */
export interface Evidence {
	readonly nodeId: number | null;
	readonly at: number;
	readonly by: Channel;
	readonly text: string;
}

/** A command for the operator to copy: argv for a user on a node's host. */
export interface Remedy {
	readonly title: string;
	readonly nodeId: number;
	/** Where to run it, if that host is not registered; `nodeId` is then its upstream. */
	readonly host?: string;
	readonly user: string;
	readonly argv: readonly string[];
	/** The operation of this console that does the same, if there is one. */
	readonly intent?: Intent;
}

/** What is wrong, on what evidence, what to do, and what not to do. In PostgreSQL's message style. */
export interface Finding {
	readonly code: FindingCode;
	readonly severity: FindingSeverity;
	/** The node it is about; null for the cluster as a whole. */
	readonly nodeId: number | null;
	/** Lower case, without a full stop. */
	readonly message: string;
	/** Sentences. */
	readonly detail: string;
	readonly hint: string;
	/** Never empty. */
	readonly evidence: readonly Evidence[];
	readonly remedy: Remedy | null;
	/** The operation whose form asks what can't be decided from here; the remedy's node is proposed there. */
	readonly form?: "fence" | undefined;
	/** What would make it worse, as a sentence. */
	readonly doNot: string | null;
}

/** Findings with the same key are the same one, seen at different times. */
export function findingKey({ code, nodeId }: Pick<Finding, "code" | "nodeId">): string {
	return `${code} ${nodeId ?? ""}`;
}
