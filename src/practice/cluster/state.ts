import type { RepmgrEvent } from "../../model/server-reading.ts";
import type { RegisteredRow } from "../../probe/server/parse.ts";
import type { History } from "./wal.ts";

/** What a server's databases hold, as far as it matters: a value, replicated as it was when it was written. */
export interface Tables {
	/** repmgr.nodes and repmgr.events; the newest event first. */
	readonly rows: readonly RegisteredRow[];
	readonly events: readonly RepmgrEvent[];
	/** What was created: "role repmgr", "database repmgr", "rights of console". */
	readonly made: readonly string[];
	/** The first names in the table by which a bootstrap proves that rows arrive; null: there is no such table. */
	readonly customers: readonly string[] | null;
}

/** Of a server on which nothing was created yet. */
export const NO_TABLES: Tables = { rows: [], events: [], made: [], customers: null };

/** What lies in a node's data directory, whether or not a server runs on it. */
export interface DataDirectory {
	systemIdentifier: string;
	readonly hasChecksums: boolean;
	/** Of its databases together. */
	readonly databaseBytes: number;
	history: History;
	/** Where its WAL ends: written, or received. */
	end: number;
	replayed: number;
	/** Its tables from each position on, in order. */
	versions: readonly { readonly lsn: number; readonly tables: Tables }[];
	/** Control data. */
	state: "in production" | "in archive recovery" | "shut down" | "shut down in recovery";
	checkpoint: { readonly lsn: number; readonly timeline: number };
	controlAt: number;
	/** Has a standby.signal. */
	isStandby: boolean;
	/** The node that primary_conninfo leads to. */
	upstreamId: number | null;
	slotName: string | null;
	readonly slots: Map<string, Slot>;
	isReadOnly: boolean;
	/** postgresql.auto.conf. */
	readonly autoConf: Map<string, string>;
	/** How far it had written at which time (epoch ms), a second apart: the times of its commits. */
	written: { readonly lsn: number; readonly at: number }[];
	/** The rows of the drill's table; null: there is none. */
	drillWrites: readonly { readonly id: number; readonly lsn: number }[] | null;
}

export interface Slot {
	restartLsn: number;
	/** Its WAL is gone. */
	isLost: boolean;
}

/** A postmaster that runs. */
export interface Server {
	readonly pid: number;
	readonly startedAt: number;
	/** Still starting: it refuses connections until then (epoch ms). */
	readonly readyAt: number;
	loadedAt: number;
	isFrozen: boolean;
	/** It takes no new connections. */
	isStopping: boolean;
	isReplayPaused: boolean;
	receiver: Receiver | null;
	/** When a standby tries to connect to its upstream again. */
	retryAt: number;
	/** Told when the server ends; open sessions of the console. */
	readonly sessions: Set<() => void>;
	/** What differs from postgresql.conf since it started or read its files. */
	readonly settings: Map<string, string>;
	/** repmgr's shared memory: what repmgrd has stored since the server started. */
	repmgrdPid: number | null;
	localNodeId: number | null;
	watchedId: number | null;
	/** When repmgrd last saw its upstream. */
	upstreamSeenAt: number | null;
}

export interface Receiver {
	readonly pid: number;
	readonly fromId: number;
	readonly since: number;
	/** The last message of its upstream. */
	heardAt: number;
}

/** A repmgrd that runs. */
export interface Daemon {
	readonly pid: number;
	isFrozen: boolean;
	/** The upstream that it watches; null: itself, a primary. */
	watchedId: number | null;
	/** Since when the upstream, or the own server, has been missed. */
	missedSince: number | null;
	/** The last attempt to reconnect since then, from 1. */
	attempt: number;
	/** It has given up waiting, and looks for a primary now and then. */
	isDegraded: boolean;
	/** It waits until this time for the standby that won the election. */
	waitsUntil: number | null;
	hasMarkedInactive: boolean;
	/** The children seen last by a primary's repmgrd. */
	children: ReadonlySet<number> | null;
	copiedAt: number;
	/** It runs promote_command or follow_command. */
	isBusy: boolean;
}

/** A command that was started on a host, detached. */
export interface Run {
	readonly argv: readonly string[];
	stdout: string;
	stderr: string;
	/** Null while it runs. */
	exitCode: number | null;
	/** Claimed: it will never start. */
	readonly never?: true;
}

/** A clone that has begun and not ended: what lies beside the data directory. */
export interface CopyState {
	/** The node that is copied, and the application_name of the copy. */
	readonly fromId: number;
	readonly name: string;
	bytes: number;
	readonly totalBytes: number;
	/** The copy, once it is complete. */
	fresh: DataDirectory | null;
	/** The old directory, once the copy has its place. */
	old: DataDirectory | null;
	readonly wasRunning: boolean;
}

/** A configuration file of a host, as it was written. */
export interface HostFile {
	readonly mode: string;
	readonly owner: string;
	readonly content: string;
}

/** How far a host is that was bare at the beginning. */
export interface SetUp {
	isInstalled: boolean;
	/** What lies at the data directory. */
	found: "nothing" | "empty" | "cluster";
	/** postgres has an SSH key, and the server a certificate. */
	hasKey: boolean;
	hasCertificate: boolean;
	/** repmgrd starts with the host. */
	isEnabled: boolean;
	/** What was noted down before it was added, a line each (bootstrap/record-scripts.ts). */
	readonly record: string[];
}

export interface PracticeNode {
	/** By which the other hosts reach it. */
	readonly host: string;
	readonly address: string;
	/** Both as repmgr.conf says; of a host without one a negative number, and its own name. */
	nodeId: number;
	name: string;
	/** Its server has data of its own: a witness's, or those of one that is not registered yet. */
	isWitness: boolean;
	/** repmgr.conf. */
	readonly conf: Map<string, string>;
	/** The other configuration files, by their paths. */
	readonly etc: Map<string, HostFile>;
	/** Null: it was set up long ago. */
	readonly setUp: SetUp | null;
	data: DataDirectory;
	server: Server | null;
	daemon: Daemon | null;
	/** Survives restarts, as repmgr keeps it in a file. */
	isPaused: boolean;
	/** When that file was written, epoch ms; null: never. */
	pausedAt: number | null;
	/** The host. */
	disk: { readonly sizeBytes: number; usedBytes: number };
	isMasked: boolean;
	copy: CopyState | null;
	/** Share of the primary's rate at which it replays; 1: it keeps up. */
	replayShare: number;
	/** The repmgr commands that run there, e.g. "standby switchover". */
	readonly commands: string[];
	readonly runs: Map<string, Run>;
	/** Files of the console's state directory by name. */
	readonly files: Map<string, string>;
	readonly logs: Readonly<Record<"postgresql" | "repmgrd", string[]>>;
}

/** This machine, beside the ids of the nodes. */
export const BASTION = 0;
