import type { FenceHow } from "./host-reading.ts";

/** What an operator wants to do. Nodes by id, since a name may change. */
export type Intent =
	| SwitchoverIntent
	| PromoteIntent
	| DrillIntent
	| RejoinIntent
	| CloneIntent
	| CloneHostIntent
	| PauseIntent
	| { readonly kind: "unpause"; readonly reason: string }
	| { readonly kind: "follow"; readonly nodeId: number; readonly upstreamNodeId: number }
	| { readonly kind: "start" | "stop" | "restart"; readonly nodeId: number }
	| FenceIntent
	| { readonly kind: "unfence"; readonly nodeId: number }
	| { readonly kind: "repmgrd-start" | "repmgrd-stop"; readonly nodeId: number }
	| RowIntent
	| RegisterHostIntent
	| RollingIntent
	| RemoveIntent
	| ChangeIntent
	/** Deletes repmgr's monitoring history except for the last days; 0: completely. */
	| { readonly kind: "cleanup"; readonly keepDays: number }
	/** Only in a plan that resumes an interrupted operation; never requested. */
	| { readonly kind: "resume"; readonly operationId: string };

export interface PauseIntent {
	readonly kind: "pause";
	readonly reason: string;
	/** When it is to end, in ISO 8601; as it was typed where that is no time. */
	readonly until?: string;
}

/** Writes a node's row in repmgr.nodes again, from its observed role and its repmgr.conf, or removes it. */
export interface RowIntent {
	readonly kind: "register" | "witness-register" | "unregister";
	readonly nodeId: number;
}

/** A standby without a row is given one; its repmgr.conf says what the node is called. */
export interface RegisterHostIntent {
	readonly kind: "register-host";
	/** As SSH finds it. */
	readonly host: string;
	readonly configFile: string;
}

export interface SwitchoverIntent {
	readonly kind: "switchover";
	/** The new primary. */
	readonly nodeId: number;
	/** The other standbys, and the witness, follow it. */
	readonly siblingsFollow: boolean;
	/** The old primary may be rewound if it went past the new one. */
	readonly forceRewind: boolean;
	/** The operator accepts that subscribers lose logical slots. */
	readonly acceptLostSlots: boolean;
}

/** Takes a standby or a witness out of the cluster for good: repmgrd, server, row and slot. */
export interface RemoveIntent {
	readonly kind: "remove";
	readonly nodeId: number;
	/** Its server runs on, and its slot stays with it. */
	readonly keepServer: boolean;
}

/** Restarts or changes node after node, the primary last. */
export interface RollingIntent {
	readonly kind: "rolling";
	readonly what: "restart" | "set" | "upgrade";
	/** "NAME=VALUE" as it was typed; "": a restart or an upgrade. */
	readonly setting: string;
	/** The standby that takes over, so that the primary can restart; the primary itself where there is none. */
	readonly nodeId: number;
	/** Restarts also the nodes where no restart is pending. */
	readonly all: boolean;
	/** The operator accepts that subscribers lose logical slots. */
	readonly acceptLostSlots: boolean;
}

/** Changes how every node is logged in to, everywhere at once. */
export interface ChangeIntent {
	readonly kind: "change";
	/** The password of repmgr's role. It is in no intent, no plan and no journal. */
	readonly what: "password";
	/** generated: the console makes it, and nobody sees it. */
	readonly password: "generated" | "given";
}

export interface PromoteIntent {
	readonly kind: "promote";
	readonly nodeId: number;
	readonly siblingsFollow: boolean;
	/** Even if another standby that can be reached has more WAL. */
	readonly acceptLesser: boolean;
}

/** Stops or kills the primary on purpose, to test the failover. */
export interface DrillIntent {
	readonly kind: "drill";
	/** The primary. */
	readonly nodeId: number;
	/** stop: cleanly, by its service command. kill: as the OOM killer does it. */
	readonly how: "stop" | "kill";
}

export interface RejoinIntent {
	readonly kind: "rejoin";
	/** The node that becomes a standby of the primary: a former primary most often. */
	readonly nodeId: number;
	/** It may be rewound if it has WAL that the primary never had, which is then lost. */
	readonly forceRewind: boolean;
	/** It may be stopped if it runs: a second primary, or a standby that has diverged. */
	readonly stopFirst: boolean;
	/** All its databases are dumped before it is rewound. */
	readonly dump?: boolean;
}

/** Replaces a node's data directory by a copy of its upstream. */
export interface CloneIntent extends CloneHow {
	readonly kind: "clone";
	readonly nodeId: number;
}

/** The same on a host without a row; its repmgr.conf says which node it will be. */
export interface CloneHostIntent extends CloneHow {
	readonly kind: "clone-host";
	/** As SSH finds it. */
	readonly host: string;
	readonly configFile: string;
}

interface CloneHow {
	/** Copied from, and followed. */
	readonly upstreamNodeId: number;
	/** As pg_basebackup takes it: kB a second, or with the suffix M; "": no limit. */
	readonly maxRate: string;
	/** The upstream writes its checkpoint slowly, as its own are; the copy waits for it. */
	readonly spreadCheckpoint?: boolean;
	/** basebackup: pg_basebackup from the upstream. barman: the last backup of Barman, and its WAL. */
	readonly method?: "basebackup" | "barman";
	/** Barman as "HOST:SERVER"; "": as repmgr.conf names it. */
	readonly barman?: string;
	/** The old directory is deleted: before the copy where there is no room for both, else afterwards. */
	readonly discardOld: boolean;
}

/** A node is kept from accepting writes: above all the wrong primary of a split brain. */
export interface FenceIntent {
	readonly kind: "fence";
	readonly nodeId: number;
	readonly how: FenceHow;
	/** Its unit need not be masked: nothing keeps the stopped server from being started then. */
	readonly withoutMask: boolean;
	/** Why this node and not another. */
	readonly reason: string;
}

/** Operations that take the primary's role from one node to another. */
export const CHANGES_PRIMARY: readonly string[] = ["switchover", "promote", "drill", "rolling"];
