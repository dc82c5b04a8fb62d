import type { ConninfoSetup, NodeSetup } from "../model/setup.ts";
import { isLoopback, parseAddress } from "./address.ts";
import { confValue, settingOf } from "./conf.ts";
import { type Connection, type Decision, decide } from "./hba.ts";
import { isDataNode } from "./rule.ts";

/** What repmgr connects for: its own database, or replication. */
export type Purpose = "repmgr" | "replication";

/** A connection that repmgr on one node needs to another, and what pg_hba.conf there says of it. */
export interface Needed {
	readonly from: NodeSetup;
	readonly connection: Connection;
	readonly decision: Decision;
}

/**
 * The connection that `from` needs to `to`: for its database every node does (itself, too), for replication every data
 * node, as each may become a standby of each. Null where none is needed, or where it is not known from where it comes.
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

/** The hosts that a conninfo names, one after the other (manual 34.1.1.3); none where a service, or a socket's default, has them. */
export function hostsOf({ host, hostaddr }: ConninfoSetup): readonly string[] {
	return (hostaddr || host || "").split(",").filter((name) => name !== "");
}

function replicationUserOf({ sources: { conf } }: NodeSetup, user: string): string {
	return (conf.value && confValue(conf.value, "replication_user")) || user;
}

/**
 * From where `to` sees `from`: what its name means on the host of `to`, if that is one address (of each family the first
 * that servers use); else how this console sees that server.
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
