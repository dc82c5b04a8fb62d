import type { Outcome } from "./fault.ts";
import type { HostReading } from "./host-reading.ts";

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
	/** Slots that no standby gets: neither temporary nor synchronised to standbys (failover slots, PostgreSQL 17). */
	readonly logicalSlots: readonly string[] | null;
	readonly freeWalSenders: number | null;
	readonly freeSlots: number | null;
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

/** A transaction that a stop would end is worth a word from this age on. */
export const LONG_TRANSACTION_SECONDS = 30;

/** A service command of repmgr.conf that uses sudo, and whether sudo would let it run without a password. */
export interface SudoTrial {
	readonly parameter: string;
	readonly isPermitted: boolean;
}

/** Who works on the cluster, as written on its hosts. */
export interface LockHolder {
	readonly operationId: string;
	/** e.g. "switchover to node2". */
	readonly operation: string;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	/** Epoch ms, by the console's clock. */
	readonly since: number;
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
	readonly sudo: readonly SudoTrial[];
	/** Exclusive backups (before 15) leave a backup_label. */
	readonly hasBackupLabel: boolean;
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
