import type { Lsn } from "./lsn.ts";

/** Where Barman is, as repmgr.conf or the operator names it. */
export interface BarmanPlace {
	/** For ssh: "barman@backup1". */
	readonly host: string;
	/** Barman's own name for the server that it backs up. */
	readonly server: string;
	/** Barman's configuration file on its host; "": its own default. */
	readonly configFile: string;
}

/** What Barman said on a node's host, asked over SSH as repmgr will (make_barman_ssh_command() in repmgr-action-standby.c). */
export interface BarmanSurvey extends BarmanPlace {
	/** What ssh or Barman said instead of a backup, e.g. "ERROR: Unknown backup 'latest' for server 'pg'"; null: there is one. */
	readonly fault: string | null;
	/** The newest one that is complete; null: there is none, or it can't be read. */
	readonly backup: BarmanBackup | null;
	/** What `barman check` finds wrong, "receive wal running: See the log"; null: it can't be told. */
	readonly failedChecks: readonly string[] | null;
	/** Names of the WAL files from the backup's beginning on; empty: none, or they can't be read. */
	readonly walFiles: readonly string[];
	/** What rsync said when it was asked for a file of the backup; null: it could read it. */
	readonly rsyncFault: string | null;
	/** restore_command of repmgr.conf; "": it is not set. */
	readonly restoreCommand: string;
	/** The same with barman-wal-restore, where repmgr.conf sets none and it is installed there; "": it is not. */
	readonly madeRestoreCommand: string;
	/** What that command, or else `barman get-wal`, said about the backup's first WAL file; null: it brought the file. */
	readonly fetchFault: string | null;
	/** How fast that file came; null: it did not, or there was none. */
	readonly bytesPerSecond: number | null;
	/** The upstream, which has what Barman has not received yet; null: it does not answer there. */
	readonly upstream: {
		readonly lsn: Lsn;
		readonly segmentBytes: number;
		/** The oldest WAL file in its pg_wal, without the timeline; null: the role may not list them. */
		readonly oldestWal: string | null;
	} | null;
}

export interface BarmanBackup {
	/** e.g. "20261130T153912". */
	readonly id: string;
	/** "DONE", or "WAITING_FOR_WALS". */
	readonly status: string;
	/** Null: this version of Barman does not say. */
	readonly systemIdentifier: string | null;
	/** As server_version_num. */
	readonly version: number;
	readonly timeline: number;
	readonly beginWal: string;
	readonly endLsn: Lsn;
	/** Epoch ms. */
	readonly endedAt: number;
	/** Without WAL. */
	readonly bytes: number;
	readonly tablespaces: readonly { readonly oid: string; readonly directory: string }[];
}
