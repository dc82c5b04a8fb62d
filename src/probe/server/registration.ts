import type { Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { RegisteredRow } from "./parse.ts";

/** What this room needs to know of libpq's conninfo; the room `config` has it, and main.ts brings it here. */
export interface ConninfoReader {
	/** The conninfo with every secret replaced. */
	redact(conninfo: string): string;
	/** Host (or hostaddr) and port named there for the node. */
	address(conninfo: string, nodeName: string): { readonly host: string | null; readonly port: number };
	/** The conninfo for libpq on another host, its secret apart; and what stands there as "host". */
	dial(
		conninfo: string,
		timeoutSeconds: number,
	): {
		readonly host: string | null;
		readonly conninfo: Outcome<{ readonly text: string; readonly password: string | null }>;
	};
}

/** A row of repmgr.nodes as a record that is safe to show and to keep. */
export function parseRegistration(row: RegisteredRow, reader: ConninfoReader): Registration {
	return sanitise({
		nodeId: row.node_id,
		nodeName: row.node_name,
		type: row.type === "primary" || row.type === "witness" ? row.type : "standby",
		active: row.active,
		upstreamNodeId: row.upstream_node_id,
		location: row.location,
		priority: row.priority,
		slotName: row.slot_name,
		conninfo: reader.redact(row.conninfo),
		...reader.address(row.conninfo, row.node_name),
		configFile: row.config_file,
	});
}
