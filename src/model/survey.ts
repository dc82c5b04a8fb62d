import type { Outcome } from "./fault.ts";
import type { HostReading, LockHolder } from "./host-reading.ts";
import type { CommandProgram } from "./repmgr-conf.ts";

/** What a server tells when something is about to be done to it, beyond what is read each second. Null: may not be seen. */
export interface ServerSurvey {
	/** Whom this console is there. */
	readonly role: string;
	/** pg_basebackup and its like (pg_stat_progress_basebackup). */
	readonly baseBackups: number | null;
	/** Sessions whose newest statement began a backup by pg_backup_start() or, before 15, pg_start_backup(). */
	readonly backupSessions: number | null;
	/** Transactions of clients older than LONG_TRANSACTION_SECONDS, the oldest first, at most ten. */
	readonly longTransactions: readonly LongTransaction[] | null;
	readonly preparedTransactions: number | null;
	/** Logical slots that a subscriber can use: neither temporary nor lost. */
	readonly logicalSlots: readonly string[] | null;
	/** Those of a standby that it keeps synchronised with the primary's (failover slots, PostgreSQL 17), and that would be usable here. */
	readonly syncedSlots: readonly string[] | null;
	readonly freeWalSenders: number | null;
	readonly freeSlots: number | null;
	/** Slots that nobody uses now, at most ten. */
	readonly idleSlots: readonly string[];
	/** Receivers of WAL that have not answered their walsender for SILENT_RECEIVER_SECONDS. */
	readonly silentReceivers: readonly SilentReceiver[] | null;
	/** WAL since the redo point of the last checkpoint: what a shutdown checkpoint has to bring to disk. */
	readonly uncheckpointedBytes: number | null;
	/** wal_log_hints or data checksums, and full_page_writes: what pg_rewind needs. */
	readonly canBeRewound: boolean | null;
	/** Of repmgr.monitoring_history, its indexes among them; null: there is no such table. */
	readonly monitoringHistoryBytes: number | null;
	/** Client sessions that would be dropped, ours and repmgr's left out. */
	readonly clientSessions: number | null;
}

export interface LongTransaction {
	readonly pid: number;
	readonly seconds: number;
	readonly applicationName: string;
	readonly state: string;
}

export interface SilentReceiver {
	/** Of its walsender. */
	readonly pid: number;
	readonly applicationName: string;
	readonly seconds: number;
}

/** A walreceiver answers every wal_receiver_status_interval, ten seconds where nobody set it. */
export const SILENT_RECEIVER_SECONDS = 30;

/** A transaction that a stop would end is worth a word from this age on. */
export const LONG_TRANSACTION_SECONDS = 30;

/** A service command of repmgr.conf that uses sudo, and whether sudo would let it run with nobody there to type anything. */
export interface SudoAttempt {
	readonly parameter: string;
	/** Null: that can't be told without running it. */
	readonly isPermitted: boolean | null;
	/** Why not, or why it can't be told, in a sentence; "" where it is permitted. */
	readonly why: string;
}

/** The unit that a service command of repmgr.conf gives to systemctl, as systemctl(1) "show" tells of it. */
export interface ServiceUnit {
	readonly parameter: string;
	readonly unit: string;
	readonly loadState: string;
	readonly activeState: string;
	/** Null where it has none, as the unit over all of Debian's servers. */
	readonly mainPid: number | null;
}

/** A replication connection from a host, tried. */
export interface ReplicationAttempt {
	readonly toNodeId: number;
	readonly isWell: boolean;
	/** What repmgr said. */
	readonly lines: readonly string[];
}

/** A process of a server that keeps it from stopping while it is at work: its archiver, or a walsender. */
export interface LingeringProcess {
	readonly pid: number;
	/** As it calls itself, e.g. "archiver archiving 000000010000000000000003". */
	readonly title: string;
}

/** What a host tells beyond a usual look at it. */
export interface HostSurvey {
	readonly look: HostReading;
	/** The program that would be run there, and what it calls itself; null: none was found. */
	readonly repmgr: { readonly path: string; readonly version: string } | null;
	/** psql of the server's own version, where it was found. */
	readonly psql: string;
	/** Path of the server's postgresql.conf, where it was found. */
	readonly serverConfigFile: string | null;
	/** wal_log_hints or data checksums, by its control data: what pg_rewind asks of the server that it changes. */
	readonly canBeRewound: boolean | null;
	/** Is there a readable repmgr.conf at the registered path? */
	readonly hasConfigFile: boolean;
	/** Does it name this very node? Null: it has no node_id. */
	readonly configuredNodeId: number | null;
	readonly sudo: readonly SudoAttempt[];
	/** Of the service commands that are set, and pg_ctl where repmgr uses it in the place of one. */
	readonly programs: readonly CommandProgram[];
	readonly units: readonly ServiceUnit[];
	/** For how long the oldest file has waited to be archived; null where none waits. */
	readonly archiveWaitSeconds: number | null;
	/** The server's archiver and walsenders. */
	readonly lingering: readonly LingeringProcess[];
	/** Exclusive backups (before 15) leave a backup_label. */
	readonly hasBackupLabel: boolean;
	/**
	 * Can its standby, once it is one, replicate from the node that this is about? By repmgr's own check, which makes a
	 * replication connection there. Null: not asked, or repmgr did not tell.
	 */
	readonly replicationTo: ReplicationAttempt | null;
	/** Can run directories be made there? */
	readonly canWriteState: boolean;
	/** "unreadable": there is a lock, but not who holds it. */
	readonly lock: LockHolder | "unreadable" | null;
}

export interface NodeSurvey {
	readonly nodeId: number;
	readonly server: Outcome<ServerSurvey>;
	readonly host: Outcome<HostSurvey>;
}

/** What was gathered on all nodes at once because something is about to be done. */
export interface Survey {
	/** Epoch ms when it was complete. */
	readonly at: number;
	readonly nodes: ReadonlyMap<number, NodeSurvey>;
}
