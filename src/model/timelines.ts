import type { Outcome } from "./fault.ts";
import type { HostReading } from "./host-reading.ts";
import type { Lsn } from "./lsn.ts";
import type { CommitCount } from "./own-wal.ts";
import type { RepmgrEvent } from "./server-reading.ts";

/** A line of a history file: where a timeline ended, and why (manual 26.3.6). */
export interface HistoryLine {
	readonly timeline: number;
	readonly endLsn: Lsn;
	/** PostgreSQL's words, e.g. "no recovery target specified". */
	readonly reason: string;
}

/** A node's copy of the history file of a timeline. Only a promotion writes a new one; all others are copies of it. */
export interface HistoryFile {
	readonly timeline: number;
	/** When it was written on this node, epoch ms by the host's clock; null: not known. */
	readonly writtenAt: number | null;
	/** Its earlier timelines, oldest first. */
	readonly lines: readonly HistoryLine[];
}

/** "selected new timeline ID" in PostgreSQL's log. */
export interface LoggedPromotion {
	readonly timeline: number;
	/** Epoch ms by the host's clock; null where the line has no time that date(1) understands. */
	readonly at: number | null;
}

/** What a server tells about timelines. Null: may not be read. */
export interface ServerTimelines {
	readonly histories: readonly HistoryFile[] | null;
	/** repmgr's events of promotions, the newest first, and the time of its oldest event of all (ISO 8601). */
	readonly events: { readonly promotions: readonly RepmgrEvent[]; readonly since: string | null } | null;
}

/** What a host tells about timelines, whether or not its server runs. */
export interface HostTimelines {
	readonly look: HostReading;
	/** Null: pg_wal can't be read. */
	readonly histories: readonly HistoryFile[] | null;
	/** Null: no log file is found, or it can't be read. */
	readonly logged: readonly LoggedPromotion[] | null;
}

/** What was read from one node about timelines. */
export interface NodeTimelines {
	readonly nodeId: number;
	readonly server: Outcome<ServerTimelines>;
	readonly host: Outcome<HostTimelines>;
}

/** An operation of the console, by this machine's journal. */
export interface KnownOperation {
	readonly kind: string | null;
	/** e.g. "switchover to "node2"". */
	readonly title: string;
	readonly who: string;
	/** Epoch ms. */
	readonly startedAt: number;
}

/** Where a timeline was left. */
export interface Fork {
	readonly timeline: number;
	readonly lsn: Lsn;
}

/**
 * - switchover, failover: repmgr's events say so
 * - promote: "repmgr standby promote" alone
 * - without repmgr: its events of that time are there, and none is about this promotion
 */
export type PromotionCause = "switchover" | "failover" | "promote" | "without repmgr";

/** A promotion, which began a timeline. */
export interface Promotion {
	readonly timeline: number;
	/** The end of the timeline before. */
	readonly from: Fork;
	/** PostgreSQL's words in the history file; empty where they were not read. */
	readonly reason: string;
	/** Epoch ms, by the clock of a node; null: not known. */
	readonly at: number | null;
	/** False: the promotion was no later, as a copy of its history file was written then. */
	readonly isExact: boolean;
	/** Null: not known, or what is read is contradictory. */
	readonly nodeId: number | null;
	readonly cause: PromotionCause | null;
	/** The console's operation that promoted it, by this machine's journal; null: none is known. */
	readonly operation: KnownOperation | null;
	/** What was read about it, as texts. */
	readonly evidence: readonly string[];
	/** The nodes that have it in their own history. */
	readonly nodeIds: readonly number[];
	/** Another promotion began a timeline of the same number. */
	readonly isAmbiguous: boolean;
}

/** WAL that is in no primary's history: bytes, at least so many where `isAtLeast`; null: not known. */
export interface OwnWal {
	/** primary: the only one, whose history is the cluster's. */
	readonly state: "primary" | "none" | "some" | "unknown";
	readonly bytes: number | null;
	readonly isAtLeast: boolean;
	/** Where it begins; null: none, or not known. */
	readonly from: Fork | null;
	/** The transactions in it; null: there is none, or they were not read. */
	readonly commits: CommitCount | null;
	/** Why it is not known or not exact; empty where there is nothing to say. */
	readonly why: string;
}

/** The end of one node's WAL. */
export interface NodeEnd {
	readonly nodeId: number;
	readonly nodeName: string;
	/** What it is or was: a stopped server's by its control data; null: not known. */
	readonly role: "primary" | "standby" | null;
	readonly isRunning: boolean;
	/** Null: not known. */
	readonly timeline: number | null;
	readonly lsn: Lsn | null;
	/** Where its timeline began; null on timeline 1, and where that is not known. */
	readonly fork: Fork | null;
	readonly own: OwnWal;
}

/** The history of a cluster's timelines, read on demand. */
export interface Timelines {
	/** Epoch ms. */
	readonly readAt: number;
	/** The newest timeline first. */
	readonly promotions: readonly Promotion[];
	/** In order of node id, without witnesses. */
	readonly ends: readonly NodeEnd[];
	/** What could not be read, as texts. */
	readonly unread: readonly string[];
}
