import type { Lsn } from "./lsn.ts";
import type { Registration } from "./registration.ts";

/** pg_stat_wal_receiver (manual 28.2.3); every field null where we may not see it. */
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
	/** Seconds since this walreceiver began, so since when it may have its present upstream. */
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
	/** WAL kept back for this slot, against the server's own position. */
	readonly retainedBytes: number | null;
	/** reserved, extended, unreserved or lost; null before PostgreSQL 13. */
	readonly walStatus: string | null;
	/** Why it can't be used any more; null where it can, and before PostgreSQL 17. */
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

/** What repmgr's shared library tells on a node (repmgr.c); null where it says nothing. */
export interface RepmgrdReading {
	readonly running: boolean | null;
	readonly pid: number | null;
	readonly paused: boolean | null;
	/** Null where never seen, and on a primary, where it means nothing. */
	readonly upstreamLastSeenSeconds: number | null;
	/** The node's own idea of its id; null before repmgrd told the server. */
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

/** What one look at a server's repmgr.events tells. */
export interface EventsReading {
	/** The newest ones, or those since the last look. */
	readonly events: readonly RepmgrEvent[];
	readonly tableBytes: number;
	/** Else the table is so big that only its end was read. */
	readonly isWhole: boolean;
}

/** Everything one poll over SQL tells of one server. Null is unknown. */
export interface ServerReading {
	readonly inRecovery: boolean;
	/** That of a standby's newest WAL, received or replayed; null where it is not known for sure. */
	readonly timeline: number | null;
	/** Where `timeline` is not known: no earlier than this. */
	readonly timelineAtLeast?: number | null;
	/** pg_current_wal_lsn(): only out of recovery. */
	readonly currentLsn: Lsn | null;
	readonly receiveLsn: Lsn | null;
	readonly replayLsn: Lsn | null;
	/** Seconds since the last replayed commit, by two clocks: only a fallback for the time lag. */
	readonly lastReplayedCommitSeconds: number | null;
	readonly replayPaused: boolean | null;
	/** Of a standby: restore_command is set, so that it reads from the archive what it is not sent. */
	readonly restoresFromArchive?: boolean | null;
	/** Null: no walreceiver runs. */
	readonly walReceiver: WalReceiver | null;
	readonly walSenders: readonly WalSender[];
	readonly slots: readonly ReplicationSlot[];
	readonly archiver: Archiver | null;
	/** Settings that matter for replication, as pg_settings shows them; absent where we may not see them. */
	readonly settings: Readonly<Record<string, string>>;
	readonly repmgrd: RepmgrdReading | null;
	/** Epoch ms by our clock: since when this session hears that no repmgrd runs; null while one does. */
	readonly repmgrdMissedSince?: number | null;
	readonly postgresVersion: string;
	/** Version of the repmgr extension, e.g. "5.3". */
	readonly repmgrVersion: string | null;
	readonly systemIdentifier: string | null;
	/** Epoch ms, by the server's clock. */
	readonly startedAt: number;
	/** Epoch ms, by the server's clock, of the promotion that this session found done; null where there was none or it can't be seen. */
	readonly promotedAt?: number | null;
	/** Epoch ms, by the server's clock, when it answered. */
	readonly serverTime: number;
	readonly connections: number | null;
	/** Of them, those in other databases than repmgr's: an application's, most likely. */
	readonly clientSessions?: number | null;
	/** Where each earlier timeline of a primary ended, by its history file; null where it can't be read. */
	readonly forks?: readonly { readonly timeline: number; readonly endLsn: Lsn }[] | null;
	/** default_transaction_read_only of the configuration files; null where they can't be read. */
	readonly readOnlyByDefault?: boolean | null;
	/** Sessions that wait for a synchronous standby's confirmation. */
	readonly syncRepWaiters: number | null;
	/** How long ago the first of them began its statement; null where nobody waits or it may not be seen. */
	readonly syncRepOldestSeconds?: number | null;
	/** Address this session reached, null over a Unix socket. */
	readonly serverAddress: string | null;
	readonly serverPort: number | null;
	/** This node's own copy of repmgr.nodes; null where it can't be read, or has too many rows. */
	readonly registrations: readonly Registration[] | null;
	/** How many rows it has, where these are more than MOST_NODES. */
	readonly tooManyNodes?: number | null;
	/** Epoch ms by our clock: since when this copy is read unchanged, at the earliest when the session began. */
	readonly registrationsSince?: number | null;
	/** The server's clock minus ours, in ms, to within half the round trip. */
	readonly clockOffsetMs?: number | null;
	readonly roundTripMs?: number | null;
	/** What could not be read for lack of rights, in words. */
	readonly missingRights: readonly string[];
	/** May this console's role do everything? */
	readonly isSuperuser?: boolean;
}

/**
 * repmgr's library does not know whether repmgrd runs: it forgets the pid at every restart of PostgreSQL
 * (issue #622), and a repmgrd that ends in order takes its pid back. Only the host can tell the two apart.
 */
export function hasForgottenRepmgrd({ repmgrd }: ServerReading): boolean {
	return repmgrd !== null && repmgrd.running !== true && repmgrd.pid === null;
}
