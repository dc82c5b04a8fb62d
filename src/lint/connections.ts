import type { ConninfoSetup, NodeSetup } from "../model/setup.ts";
import { isLoopback, parseAddress } from "./address.ts";
import { confValue, settingOf } from "./conf.ts";
import { type Connection, type Decision, decide } from "./hba.ts";
import { isDataNode } from "./rule.ts";

/** Why repmgr connects: to its own database, or for replication. */
export type Purpose = "repmgr" | "replication";

/** A connection that repmgr on one node needs to another, and the decision of pg_hba.conf there. */
export interface Needed {
	readonly from: NodeSetup;
	readonly connection: Connection;
	readonly decision: Decision;
}

/**
 * The connection that `from` needs to `to`: to its database from every node (itself included), for replication from every
 * data node, since each may become a standby of each. Null where none is needed, or its source address is unknown.
 */
export function neededBetween(from: NodeSetup, to: NodeSetup, purpose: Purpose): Needed | null {
	const { hba, registered, server } = to.sources;
	if (hba.value === undefined || registered.value === undefined || server.value === undefined) return null;
	if (purpose === "replication" && (!isDataNode(from) || !isDataNode(to) || from === to)) return null;
	const { user, dbname = user, sslmode = "prefer" } = registered.value;
	const source = sourceOf(from, to);
	if (user === undefined || dbname === undefined || source === null) return null;
	const isReplication = purpose === "replication";
	const connection: Connection = {
		database: isReplication ? "replication" : dbname,
		user: isReplication ? replicationUserOf(to, user) : user,
		...source,
		isEncrypted: settingOf(server.value, "ssl") === "on" && sslmode !== "disable",
	};
	return { from, connection, decision: decide(hba.value, connection) };
}

/** The hosts of a conninfo (manual 34.1.1.3); none where a service file or the default socket decides. */
export function hostsOf({ host, hostaddr }: ConninfoSetup): readonly string[] {
	return (hostaddr || host || "").split(",").filter((name) => name !== "");
}

function replicationUserOf({ sources: { conf } }: NodeSetup, user: string): string {
	return (conf.value && confValue(conf.value, "replication_user")) || user;
}

/**
 * The address from which `from` connects to `to`: its host name as resolved on the host of `to`, if that is one address
 * (IPv4 first); else the address of that server as this console sees it.
 */
function sourceOf(from: NodeSetup, to: NodeSetup): Pick<Connection, "address" | "addressBytes"> | null {
	const name = from.registration.host ?? "";
	const isOne = !from.sources.registered.value?.host?.includes(",");
	const known = (isOne && to.sources.host.value?.addresses.get(name)) || [];
	const candidates = known.filter((address) => !address.includes(":"));
	const [only, ...more] = candidates.length > 0 ? candidates : known;
	const address = (more.length === 0 ? only : undefined) ?? from.sources.server.value?.address ?? null;
	const addressBytes = address === null ? null : parseAddress(address);
	if (address === null || addressBytes === null) return null;
	if (!isLoopback(addressBytes)) return { address, addressBytes };
	const own = addressBytes.length === 4 ? "127.0.0.1" : "::1";
	return { address: own, addressBytes: parseAddress(own) ?? [] };
}
