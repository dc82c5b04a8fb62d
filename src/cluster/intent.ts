/** What an operator wants to be done. Nodes by their id: a name may change meanwhile. */
export type Intent =
	| SwitchoverIntent
	| PromoteIntent
	| DrillIntent
	| { readonly kind: "pause" | "unpause"; readonly reason: string }
	| { readonly kind: "follow"; readonly nodeId: number; readonly upstreamNodeId: number }
	| { readonly kind: "start" | "restart"; readonly nodeId: number }
	| { readonly kind: "repmgrd-start" | "repmgrd-stop"; readonly nodeId: number }
	/** Only of a plan that takes up an interrupted operation; nobody asks for it. */
	| { readonly kind: "resume"; readonly operationId: string };

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
	/** stop: in good order, by its service command. kill: as the OOM killer does it. */
	readonly how: "stop" | "kill";
}
