/** What an operator wants to be done. Nodes by their id: a name may change meanwhile. */
export type Intent =
	| SwitchoverIntent
	| PromoteIntent
	| DrillIntent
	| RejoinIntent
	| { readonly kind: "pause" | "unpause"; readonly reason: string }
	| { readonly kind: "follow"; readonly nodeId: number; readonly upstreamNodeId: number }
	| { readonly kind: "start" | "stop" | "restart"; readonly nodeId: number }
	| { readonly kind: "repmgrd-start" | "repmgrd-stop"; readonly nodeId: number }
	| RowIntent
	| RegisterHostIntent
	/** repmgr's monitoring history goes, but for that of the last days; 0: all of it. */
	| { readonly kind: "cleanup"; readonly keepDays: number }
	/** Only of a plan that takes up an interrupted operation; nobody asks for it. */
	| { readonly kind: "resume"; readonly operationId: string };

/** A node's row in repmgr.nodes: made again from what it is seen to be and from its repmgr.conf, or taken away. */
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
	/** The standby that is to become the primary. */
	readonly nodeId: number;
	/** The other standbys, and the witness, are to follow it. */
	readonly siblingsFollow: boolean;
	/** The old primary may be rewound should it have gone past the new one. */
	readonly forceRewind: boolean;
	/** The operator knows that subscribers lose logical slots. */
	readonly acceptLostSlots: boolean;
}

export interface PromoteIntent {
	readonly kind: "promote";
	readonly nodeId: number;
	readonly siblingsFollow: boolean;
	/** Although another standby that can be reached has more WAL. */
	readonly acceptLesser: boolean;
}

/** The primary is taken away on purpose, to see what repmgrd makes of it. */
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
	/** It may be rewound where it has WAL that the primary never had, which is lost then. */
	readonly forceRewind: boolean;
	/** It may be stopped should it run: a second primary, or a standby that has diverged. */
	readonly stopFirst: boolean;
}
