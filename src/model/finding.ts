import type { Channel } from "./fault.ts";
import type { Intent } from "./intent.ts";

/** Everything the console can find, in the words of the issue tracker and the documentation. */
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
	"STANDBY_LAGGING",
	"LAG_UNKNOWN_DETACHED",
	"UPSTREAM_STANDBY_DOWN",
	"WAL_REPLAY_PAUSED",
	"SWITCHOVER_LEFT_INCOMPLETE",
	"FAILOVER_IN_PROGRESS",
	"REPMGRD_NOT_RUNNING",
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

/** `unknown`: something that would matter can't be seen. `notice`: worth knowing, nothing is wrong now. */
export type FindingSeverity = "critical" | "warning" | "notice" | "unknown";

/** Who saw what, when (epoch ms), by which way. `nodeId` null is this console. */
export interface Evidence {
	readonly nodeId: number | null;
	readonly at: number;
	readonly by: Channel;
	readonly text: string;
}

/** A command for the operator to copy: argv on a node's host, as the database's owner unless said otherwise. */
export interface Remedy {
	readonly title: string;
	readonly nodeId: number;
	/** Where it is to be run, if that host has no row of its own; `nodeId` is then the node that knows of it. */
	readonly host?: string;
	readonly user: string;
	readonly argv: readonly string[];
	/** The same, carried out by this console; absent where no operation of it does that. */
	readonly intent?: Intent;
}

/** Something that is wrong, on what evidence, what to do, and what not to do. In PostgreSQL's message style. */
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
	/** What would make it worse now, as a sentence. */
	readonly doNot: string | null;
}

/** What makes two findings the same one, seen at different times. */
export function findingKey({ code, nodeId }: Pick<Finding, "code" | "nodeId">): string {
	return `${code} ${nodeId ?? ""}`;
}
