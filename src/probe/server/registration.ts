import { redactConninfo } from "../../libpq/conninfo.ts";
import { loginOf } from "../../libpq/registered.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { RegisteredRow } from "./parse.ts";

/** A row of repmgr.nodes as a record that is safe to show and to keep. */
export function parseRegistration(row: RegisteredRow): Registration {
	return sanitise({
		nodeId: row.node_id,
		nodeName: row.node_name,
		type: row.type === "primary" || row.type === "witness" ? row.type : "standby",
		active: row.active,
		upstreamNodeId: row.upstream_node_id,
		location: row.location,
		priority: row.priority,
		slotName: row.slot_name,
		conninfo: redactConninfo(row.conninfo),
		...loginOf(row.conninfo, row.node_name),
		configFile: row.config_file,
	});
}
