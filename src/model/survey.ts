import type { Outcome } from "./fault.ts";
import type { HostReading, LockHolder } from "./host-reading.ts";
import type { CommandProgram } from "./repmgr-conf.ts";

/** What is read from a server before an operation, in addition to the polls. Null: may not be read. */
export interface ServerSurvey {
	/** This console's role there. */
	readonly role: string;
	/** pg_basebackup and similar (pg_stat_progress_basebackup). */
	readonly baseBackups: number | null;
	/** Sessions whose newest statement began a backup by pg_backup_start() or, before 15, pg_start_backup(). */
	readonly backupSessions: number | null;
	/** Transactions of clients older than LONG_TRANSACTION_SECONDS, the oldest first, at most ten. */
	readonly longTransactions: readonly LongTransaction[] | null;
	readonly preparedTransactions: number | null;
	/** Logical slots that a subscriber can use: neither temporary nor lost. */
	readonly logicalSlots: readonly string[] | null;
	/** Those of a standby that it synchronises with the primary's (failover slots, PostgreSQL 17) and that are usable. */
	readonly syncedSlots: readonly string[] | null;
	readonly freeWalSenders: number | null;
	readonly freeSlots: number | null;
	/** Inactive slots, at most ten. */
	readonly idleSlots: readonly string[];
	/** Receivers that have not answered their walsender for SILENT_RECEIVER_SECONDS. */
	readonly silentReceivers: readonly SilentReceiver[] | null;
	/** WAL since the redo point of the last checkpoint: an estimate of the shutdown checkpoint's work. */
	readonly uncheckpointedBytes: number | null;
	/** wal_log_hints or data checksums, and full_page_writes: what pg_rewind needs. */
	readonly canBeRewound: boolean | null;
	/** Size of repmgr.monitoring_history with its indexes; null: there is no such table. */
	readonly monitoringHistoryBytes: number | null;
	/** Client sessions that would be dropped, without this console's and repmgr's. */
	readonly clientSessions: number | null;
	/** Those of them in a transaction that has written. */
	readonly writingSessions: number | null;
	/** Epoch ms, by its clock; null without track_commit_timestamp, and on a standby. */
	readonly lastCommitAt: number | null;
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

/** A walreceiver answers every wal_receiver_status_interval, by default every ten seconds. */
export const SILENT_RECEIVER_SECONDS = 30;

/** A transaction that a stop would abort is reported from this age on. */
export const LONG_TRANSACTION_SECONDS = 30;

/** A service command of repmgr.conf that uses sudo, and whether sudo permits it without a password. */
export interface SudoAttempt {
	readonly parameter: string;
	/** Null: unknown without running it. */
	readonly isPermitted: boolean | null;
	/** Why not, or why that is unknown, as a sentence; "" where it is permitted. */
	readonly why: string;
}

/** The unit in a service command of repmgr.conf that uses systemctl, by "systemctl show". */
export interface ServiceUnit {
	readonly parameter: string;
	readonly unit: string;
	readonly loadState: string;
	readonly activeState: string;
	/** Of the activeState, e.g. "stop-sigterm" of "deactivating". */
	readonly subState?: string;
	/** Since when, by the host's clock and as systemd writes it: "Mon 2026-11-23 11:24:39 UTC". */
	readonly since?: string;
	/** The process by which systemd starts or stops it now, with its command line. */
	readonly control?: LingeringProcess;
	/** The file that defines it; null where there is none. */
	readonly fragmentPath: string | null;
	/** Null where it has none, as Debian's postgresql.service. */
	readonly mainPid: number | null;
}

/** A replication connection from a host that was tried. */
export interface ReplicationAttempt {
	readonly toNodeId: number;
	readonly isWell: boolean;
	/** What repmgr said. */
	readonly lines: readonly string[];
}

/** A process that a shutdown waits for while it works: the archiver, or a walsender. */
export interface LingeringProcess {
	readonly pid: number;
	/** Its process title, e.g. "archiver archiving 000000010000000000000003". */
	readonly title: string;
}

/** What is read from a host before an operation, in addition to the usual reading. */
export interface HostSurvey {
	readonly look: HostReading;
	/** The program that would be run there, and its version; null: none was found. */
	readonly repmgr: { readonly path: string; readonly version: string } | null;
	/** psql of the server's own version, where it was found. */
	readonly psql: string;
	/** Path of the server's postgresql.conf, where it was found. */
	readonly serverConfigFile: string | null;
	/** wal_log_hints or data checksums, by its control data: what pg_rewind needs on its target. */
	readonly canBeRewound: boolean | null;
	/** Settings of postgresql.auto.conf with a quote or backslash, which repmgr does not escape when it writes that file again. */
	readonly damagedByRepmgr: readonly string[];
	/** Is there a readable repmgr.conf at the registered path? */
	readonly hasConfigFile: boolean;
	/** Null: it has no node_id. */
	readonly configuredNodeId: number | null;
	readonly sudo: readonly SudoAttempt[];
	/** Of the service commands that are set, and pg_ctl where repmgr uses it instead. */
	readonly programs: readonly CommandProgram[];
	readonly units: readonly ServiceUnit[];
	/**
	 * `systemctl mask` and `unmask` of the server's unit by sudo, with these words as their parameters; asked before a fence, and
	 * where the unit is masked.
	 */
	readonly masking: readonly SudoAttempt[];
	/** For how long the oldest file has waited to be archived; null where none waits. */
	readonly archiveWaitSeconds: number | null;
	/** The server's archiver and walsenders. */
	readonly lingering: readonly LingeringProcess[];
	/** Exclusive backups (before 15) leave a backup_label. */
	readonly hasBackupLabel: boolean;
	/**
	 * Could this host, as a standby, replicate from the operation's node? By repmgr's own check, which makes a replication
	 * connection there. Null: not asked, or repmgr gave no answer.
	 */
	readonly replicationTo: ReplicationAttempt | null;
	/** Can run directories be created there? */
	readonly canWriteState: boolean;
	/** "unreadable": there is a lock, but its holder can't be read. */
	readonly lock: LockHolder | "unreadable" | null;
}

export interface NodeSurvey {
	readonly nodeId: number;
	readonly server: Outcome<ServerSurvey>;
	readonly host: Outcome<HostSurvey>;
}

/** What was read from all nodes before an operation. */
export interface Survey {
	/** Epoch ms when it was complete. */
	readonly at: number;
	readonly nodes: ReadonlyMap<number, NodeSurvey>;
}
