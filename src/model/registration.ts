import type { Fault } from "./fault.ts";

/** The largest supported number of registered nodes. */
export const MOST_NODES = 400;

/** The packages of Debian and the PGDG run PostgreSQL as this user. */
export const DATABASE_OWNER = "postgres";

/** One row of `repmgr.nodes` (repmgr--5.5.sql): what is registered, which may differ from what is observed. */
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
	/** Host, port, role and database named there: how other nodes and repmgr reach it. */
	readonly host: string | null;
	readonly port: number;
	readonly user: string | null;
	readonly database: string | null;
	/** Path of repmgr.conf on the node's host. */
	readonly configFile: string;
}

/** More nodes are registered than supported. */
export function tooManyNodesFault(count: number): Fault {
	return {
		kind: "protocol",
		message: `${count} nodes are registered in repmgr.nodes`,
		detail: `The console handles at most ${MOST_NODES}.`,
		hint: "Delete the rows on the primary that are no nodes of this cluster.",
	};
}
