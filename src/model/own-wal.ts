import type { Lsn } from "./lsn.ts";
import type { TimelineEnd } from "./wal-file.ts";

/** WAL on one timeline; `to` is null where it goes on to the end, wherever that is. */
export interface WalRange {
	readonly timeline: number;
	readonly from: Lsn;
	readonly to: Lsn | null;
}

/** What is read of the WAL on a host before a rewind. Null: unknown. */
export interface WalDirectory {
	readonly segmentBytes: number;
	/** The control data's state, e.g. "shut down". */
	readonly state: string;
	readonly checkpointLsn: Lsn;
	/** The newest timeline in the control data. */
	readonly timeline: number;
	/** Names of WAL files, in order. */
	readonly segments: readonly string[];
	/** Names of files that wait to be archived. */
	readonly unarchived: readonly string[];
	/** Where the timelines before one ended, by its history file. */
	readonly histories: ReadonlyMap<number, readonly { readonly timeline: number; readonly endLsn: Lsn }[]>;
	/** Where WAL can be copied to: beside the data directory, or the console's own directory there; the first is preferred. */
	readonly places: readonly { readonly directory: string; readonly freeBytes: number }[];
}

/** The node's timelines in order, by what lies in its pg_wal; null: the history file of its own timeline is missing. */
export function historyOf({
	timeline,
	histories,
}: Pick<WalDirectory, "timeline" | "histories">): readonly TimelineEnd[] | null {
	const before = timeline === 1 ? [] : histories.get(timeline);
	return before === undefined ? null : [...before, { timeline, endLsn: null }];
}

/** One transaction. */
export interface OwnCommit {
	readonly kind: "commit" | "commit prepared" | "prepare";
	readonly lsn: Lsn;
	readonly xid: number;
	/** ISO 8601, UTC, with microseconds; null of a "prepare". */
	readonly at: string | null;
	/** Tables as "database.schema.table", else as "tablespace/database/filenode"; what only an index or a sequence shows is not here. */
	readonly relations: readonly string[];
	/** It touched further ones. */
	readonly hasMore: boolean;
}

/** The transactions that only one node has. */
export interface OwnCommits {
	readonly count: number;
	/** Prepared, and neither committed nor rolled back. */
	readonly prepared: number;
	/** ISO 8601, of the first and the last commit. */
	readonly firstAt: string | null;
	readonly lastAt: string | null;
	/** The first ones in order, at most MOST_LISTED. */
	readonly list: readonly OwnCommit[];
	/** Where the last record that was read ends; null: unknown. */
	readonly endLsn: Lsn | null;
	/** Why there may be more, as a sentence; null: everything was read. */
	readonly unread: string | null;
}

/** How many transactions there are, and of when. */
export type CommitCount = Pick<OwnCommits, "count" | "prepared" | "firstAt" | "lastAt" | "unread">;

/** What a rewind of a node would discard, and what it needs. */
export interface OwnWal {
	readonly directory: WalDirectory;
	readonly ranges: readonly WalRange[];
	readonly commits: OwnCommits;
	/** The first WAL file that a rewind reads or discards, without its timeline. */
	readonly first: string;
	/** The last checkpoint before the fork, from which pg_rewind reads; null: not found. */
	readonly checkpointLsn: Lsn | null;
	/** WAL files from there on that are not in pg_wal, and where each can be fetched from; null: nowhere. */
	readonly missing: readonly { readonly name: string; readonly from: WalSource | null }[];
}

/** The archive, by restore_command; Barman, as repmgr.conf names it; or the pg_wal of a node. */
export type WalSource =
	| { readonly kind: "archive" }
	| { readonly kind: "barman" }
	| { readonly kind: "node"; readonly nodeId: number };

/** A server that may be asked for WAL files, and how psql on the host reaches it. */
export interface WalServer {
	readonly nodeId: number;
	readonly conninfo: string;
}

/** As "$nodes" of FETCH_WAL. */
export function serverLines(servers: readonly WalServer[]): string {
	return servers.map(({ nodeId, conninfo }) => `${nodeId} ${conninfo}`).join("\n");
}

/** Most transactions in a list. */
export const MOST_LISTED = 1000;
