/** A process as /proc shows it; `state` is the letter of proc(5): T is stopped (SIGSTOP), D, R, S, Z. */
export interface ProcessReading {
	readonly pid: number;
	readonly state: string;
}

/** What SSH tells of one host, whether or not its PostgreSQL answers. Null is unknown. */
export interface HostReading {
	/** `false`: looked, and there is none. */
	readonly postmaster: ProcessReading | false | null;
	readonly repmgrd: ProcessReading | false | null;
	/** pg_controldata (manual, reference III); null where it can't be run. */
	readonly controlData: {
		readonly state: string;
		readonly timeline: number | null;
		readonly checkpointLsn: string | null;
		readonly systemIdentifier: string | null;
	} | null;
	/** systemd's units of PostgreSQL and repmgrd, as `systemctl show` names their states. */
	readonly units: readonly { readonly unit: string; readonly active: string; readonly sub: string }[];
	readonly disks: readonly {
		readonly of: "PGDATA" | "pg_wal";
		readonly sizeBytes: number;
		readonly availableBytes: number;
	}[];
	readonly dataDirectory: string | null;
	/** WAL files waiting to be archived (pg_wal/archive_status/*.ready). */
	readonly archiveReadyFiles: number | null;
	/** Where each earlier timeline ended, from the newest history file; empty on timeline 1. */
	readonly forks: readonly { readonly timeline: number; readonly endLsn: string }[];
	/** When pg_control was last written (epoch ms, the host's clock): at a clean shutdown, at its end. */
	readonly controlFileAt?: number | null;
	/** When postmaster.pid was last written (epoch ms, the host's clock): when the server began to start, was ready, began to stop. */
	readonly pidFileAt?: number | null;
	/** The repmgr commands that run there now, e.g. "standby switchover". */
	readonly repmgrCommands?: readonly string[];
	/** Operations of this console that hold the lock of a cluster there. */
	readonly locks?: readonly (LockHolder & { readonly systemIdentifier: string })[];
	/**
	 * Parameters of repmgr.conf that are set there; null where the file can't be read. `conninfo` has the
	 * keywords that lead to the server and no others, and is missing where they can't be told from a secret;
	 * `include` is "yes" where other files may say more.
	 */
	readonly repmgrConf: Readonly<Record<string, string>> | null;
	/** Epoch ms, by the host's clock. */
	readonly hostTime: number | null;
	/** The host's clock minus ours, in ms, to within half the round trip. */
	readonly clockOffsetMs: number | null;
	/** The line of PostgreSQL's log that may say why it does not run, or not stream; null: none, or nobody asked. */
	readonly logReason?: string | null;
	/** The line of repmgrd's log that may say why it ended; null: none, or nobody asked. */
	readonly repmgrdLogReason?: string | null;
	/** How long the look took: the offset is known to within half of that. */
	readonly readMs?: number;
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
