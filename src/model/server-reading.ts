import type { Lsn } from "./lsn.ts";
import type { Registration } from "./registration.ts";

/** pg_stat_wal_receiver (manual 28.2.3); fields are null where they may not be read. */
export interface WalReceiver {
	readonly pid: number;
	readonly status: string | null;
	readonly senderHost: string | null;
	readonly senderPort: number | null;
	readonly slotName: string | null;
	/** Timeline of the last WAL received and flushed. */
	readonly receivedTimeline: number | null;
	/** Seconds since the sender's last message, by the standby's clock. */
	readonly lastMessageSeconds: number | null;
	/** Seconds since this walreceiver started, so at most since when it has its present upstream. */
	readonly connectedSeconds?: number | null;
}

/** One row of pg_stat_replication (manual 28.2.2). */
export interface WalSender {
	readonly pid: number;
	readonly applicationName: string | null;
	readonly clientAddress: string | null;
	/** startup, catchup, streaming, backup or stopping. */
	readonly state: string | null;
	readonly sentLsn: Lsn | null;
	readonly flushLsn: Lsn | null;
	readonly replayLsn: Lsn | null;
	/** Measured by the sender's clock alone; null when the standby has caught up. */
	readonly replayLagSeconds: number | null;
	readonly syncState: string | null;
	/** Seconds since its client connected. */
	readonly connectedSeconds?: number | null;
}

/** One row of pg_replication_slots (manual 54.19). */
export interface ReplicationSlot {
	readonly slotName: string;
	readonly slotType: string;
	readonly active: boolean;
	readonly activePid: number | null;
	readonly restartLsn: Lsn | null;
	/** WAL kept for this slot, up to the server's own position. */
	readonly retainedBytes: number | null;
	/** reserved, extended, unreserved or lost; null before PostgreSQL 13. */
	readonly walStatus: string | null;
	/** Why it can no longer be used; null where it can, and before PostgreSQL 17. */
	readonly invalidationReason?: string | null;
}

/** pg_stat_archiver (manual 28.2.12). */
export interface Archiver {
	readonly archivedCount: number;
	readonly failedCount: number;
	readonly lastArchivedWal: string | null;
	readonly lastFailedWal: string | null;
	/** True while the newest attempt is a failed one. */
	readonly failing: boolean;
}

/** From repmgr's shared library on a node (repmgr.c); null where it returns nothing. */
export interface RepmgrdReading {
	readonly running: boolean | null;
	readonly pid: number | null;
	readonly paused: boolean | null;
	/** Null where never seen, and on a primary, where it has no meaning. */
	readonly upstreamLastSeenSeconds: number | null;
	/** The node id in shared memory; null before repmgrd sets it. */
	readonly localNodeId: number | null;
	readonly upstreamNodeId: number | null;
}

/** One row of repmgr.events, which has no key of its own. */
export interface RepmgrEvent {
	readonly nodeId: number;
	readonly event: string;
	readonly successful: boolean;
	/** ISO 8601 in UTC with microseconds, by the primary's clock of that time. */
	readonly timestamp: string;
	readonly details: string;
}

/** The result of reading a server's repmgr.events once. */
export interface EventsReading {
	/** The newest ones, or those since the last reading. */
	readonly events: readonly RepmgrEvent[];
	readonly tableBytes: number;
	/** False: only the end of the table was read, because it is too big. */
	readonly isWhole: boolean;
}

/** The result of one SQL poll of a server. Null is unknown. */
export interface ServerReading {
	readonly inRecovery: boolean;
	/** On a standby that of its newest WAL, received or replayed; null where it is not certain. */
	readonly timeline: number | null;
	/** Where `timeline` is not known: a lower bound. */
	readonly timelineAtLeast?: number | null;
	/** pg_current_wal_lsn(): only out of recovery. */
	readonly currentLsn: Lsn | null;
	readonly receiveLsn: Lsn | null;
	readonly replayLsn: Lsn | null;
	/** Seconds since the last replayed commit, by two clocks: only a fallback for the lag in seconds. */
	readonly lastReplayedCommitSeconds: number | null;
	readonly replayPaused: boolean | null;
	/** On a standby: restore_command is set, so that it also reads WAL from the archive. */
	readonly restoresFromArchive?: boolean | null;
	/** Null: no walreceiver runs. */
	readonly walReceiver: WalReceiver | null;
	readonly walSenders: readonly WalSender[];
	readonly slots: readonly ReplicationSlot[];
	readonly archiver: Archiver | null;
	/** Settings that matter for replication, from pg_settings; absent where they may not be read. */
	readonly settings: Readonly<Record<string, string>>;
	readonly repmgrd: RepmgrdReading | null;
	/** Epoch ms by the console's clock: since when the server reports no running repmgrd; null while one runs. */
	readonly repmgrdMissedSince?: number | null;
	readonly postgresVersion: string;
	/** Version of the repmgr extension, e.g. "5.3". */
	readonly repmgrVersion: string | null;
	readonly systemIdentifier: string | null;
	/** Epoch ms, by the server's clock. */
	readonly startedAt: number;
	/** When it was promoted, epoch ms by the server's clock; null where it was not, or the session can't see it. */
	readonly promotedAt?: number | null;
	/** Epoch ms, by the server's clock, when it answered. */
	readonly serverTime: number;
	readonly connections: number | null;
	/** Those in other databases than repmgr's, most likely of applications. */
	readonly clientSessions?: number | null;
	/** Where each earlier timeline of a primary ended, by its history file; null where it can't be read. */
	readonly forks?: readonly { readonly timeline: number; readonly endLsn: Lsn }[] | null;
	/** default_transaction_read_only in the configuration files; null where they can't be read. */
	readonly readOnlyByDefault?: boolean | null;
	/** Sessions that wait for a synchronous standby's confirmation. */
	readonly syncRepWaiters: number | null;
	/** How long ago the first of them began its statement; null if none waits, or without the right to read it. */
	readonly syncRepOldestSeconds?: number | null;
	/** The server's address in this session; null over a Unix socket. */
	readonly serverAddress: string | null;
	readonly serverPort: number | null;
	/** This node's own copy of repmgr.nodes; null where it can't be read, or has too many rows. */
	readonly registrations: readonly Registration[] | null;
	/** The number of its rows if there are more than MOST_NODES. */
	readonly tooManyNodes?: number | null;
	/** Epoch ms by the console's clock: since when this copy is unchanged, at the earliest since the session began. */
	readonly registrationsSince?: number | null;
	/** The server's clock minus the console's, in ms, accurate to half the round trip. */
	readonly clockOffsetMs?: number | null;
	readonly roundTripMs?: number | null;
	/** What could not be read for lack of privileges, as text. */
	readonly missingRights: readonly string[];
	/** Is this console's role a superuser? */
	readonly isSuperuser?: boolean;
}

/**
 * Does repmgr's library not know whether repmgrd runs? A restart of PostgreSQL makes it forget the pid (issue #622), and a
 * repmgrd that exits normally removes its pid. Only the host can tell the two apart.
 */
export function hasForgottenRepmgrd({ repmgrd }: ServerReading): boolean {
	return repmgrd !== null && repmgrd.running !== true && repmgrd.pid === null;
}
