/** One row of `repmgr.nodes`: what is registered, which need not be what is (repmgr--5.5.sql). */
export interface Registration {
	readonly nodeId: number;
	readonly nodeName: string;
	readonly type: "primary" | "standby" | "witness";
	readonly active: boolean;
	readonly upstreamNodeId: number | null;
	readonly location: string;
	/** 0: never promoted. */
	readonly priority: number;
	readonly slotName: string | null;
	/** As registered, but with every secret replaced: safe to show and to store. */
	readonly conninfo: string;
	/** Host and port named there: how other nodes reach it. */
	readonly host: string | null;
	readonly port: number;
	/** Path of repmgr.conf on the node's host. */
	readonly configFile: string;
}
