/** A process as /proc shows it; `state` is the letter of proc(5): T is stopped (SIGSTOP), D, R, S, Z. */
export interface ProcessReading {
	readonly pid: number;
	readonly state: string;
}

/** What was read from one host over SSH, whether or not its PostgreSQL answers. Null is unknown. */
export interface HostReading {
	/** `false`: there is none. */
	readonly postmaster: ProcessReading | false | null;
	readonly repmgrd: ProcessReading | false | null;
	/** pg_controldata (manual, reference III); null where it can't be run. */
	readonly controlData: {
		readonly state: string;
		readonly timeline: number | null;
		readonly checkpointLsn: string | null;
		readonly systemIdentifier: string | null;
	} | null;
	/** The systemd units of PostgreSQL and repmgrd, with their states from `systemctl show`. */
	readonly units: readonly { readonly unit: string; readonly active: string; readonly sub: string }[];
	/**
	 * The unit that the server runs by: by its cgroup; where it does not run, by that of the last time, or by its
	 * service_start_command. Null: none is known, or it runs outside of any.
	 */
	readonly serverUnit?: string | null;
	/** That of repmgrd, found in the same way. */
	readonly repmgrdUnit?: string | null;
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
	/** When pg_control was last written (epoch ms, the host's clock): after a clean shutdown, when it ended. */
	readonly controlFileAt?: number | null;
	/** When postmaster.pid was last written (epoch ms, the host's clock): as the server began to start, was ready, or began to stop. */
	readonly pidFileAt?: number | null;
	/** The repmgr commands running there, e.g. "standby switchover". */
	readonly repmgrCommands?: readonly string[];
	/**
	 * pg_rewind began on this data directory, and the control data, which it writes last, are still on the timeline from before:
	 * pages of two servers are mixed there.
	 */
	readonly isHalfRewound?: boolean;
	/** Operations of this console that hold the lock of a cluster there. */
	readonly locks?: readonly HeldLock[];
	/** The units in its service commands that systemd can't start: masked, by `systemctl mask` or an empty file (systemd.unit(5)). */
	readonly masked?: readonly MaskedUnit[];
	/** Fences of this console on the nodes of this host, by the files that it left there. */
	readonly fences?: readonly FenceNote[];
	/** Notes of pauses by this console, for the nodes of this host. */
	readonly pauses?: readonly PauseNote[];
	/** When repmgrd_state.txt was last written: repmgrd_pause() writes it (repmgr.c). Epoch ms, the host's clock. */
	readonly pauseFileAt?: number | null;
	/**
	 * The parameters set in repmgr.conf; null where the file can't be read. `conninfo` only has the keywords that lead to
	 * the server, and is missing where they can't be told from a secret; `include` is "unread" where a file that it includes was not read.
	 */
	readonly repmgrConf: Readonly<Record<string, string>> | null;
	/** Epoch ms, by the host's clock. */
	readonly hostTime: number | null;
	/** The host's clock minus this console's, in ms. */
	readonly clockOffsetMs: number | null;
	/** The line of PostgreSQL's log that may say why it does not run, or not stream; null: none, or not searched. */
	readonly logReason?: string | null;
	/** The line of repmgrd's log that may say why it exited; null: none, or not searched. */
	readonly repmgrdLogReason?: string | null;
	/** How long the reading took: the clock's offset is accurate to half of that. */
	readonly readMs?: number;
}

export interface HeldLock extends LockHolder {
	readonly systemIdentifier: string;
	/** When a command of the operation ran there last, before the reading; 0: one runs. Missing: none is known. */
	readonly workedAgoSeconds?: number;
}

/** The operation that holds the cluster's lock, as written on its hosts. */
export interface LockHolder {
	readonly operationId: string;
	/** e.g. "switchover to node2". */
	readonly operation: string;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	/** Epoch ms, by the console's clock. */
	readonly since: number;
}

export interface MaskedUnit {
	readonly of: "PostgreSQL" | "repmgrd";
	/** With its suffix, as "postgresql@15-main.service". */
	readonly unit: string;
	/** Only until the host boots again (`systemctl mask --runtime`). */
	readonly isRuntime: boolean;
}

/** The note that a pause leaves on the host of each node, right before it pauses repmgrd. */
export interface PauseNote {
	readonly systemIdentifier: string;
	readonly nodeId: number;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	/** "": none was given. */
	readonly reason: string;
	/** When it is to end, epoch ms; null: that was not said. */
	readonly until: number | null;
	/** Epoch ms, by the host's clock. */
	readonly since: number;
}

/** How a node is kept from accepting writes. stop: its server is stopped. read-only: its sessions are read-only by default. */
export type FenceHow = "stop" | "read-only";

/** The note that a fence leaves on its host, written before anything else. */
export interface FenceNote {
	readonly systemIdentifier: string;
	readonly nodeId: number;
	readonly how: FenceHow;
	/** "alice on bastion1 (from 192.0.2.7)". */
	readonly who: string;
	readonly reason: string;
	/** The primaries beside it, by name; "" where there were none. */
	readonly kept: string;
	/** Epoch ms, by the host's clock. */
	readonly since: number;
}
