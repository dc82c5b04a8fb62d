import type { NodeSetup, Setup } from "../cluster/setup.ts";
import { isLoopback, parseAddress } from "./address.ts";
import { confValue } from "./conf.ts";
import { type Connection, type Decision, decide } from "./hba.ts";
import { isDataNode } from "./members.ts";
import { settingOf } from "./settings.ts";

/** What repmgr connects for: its own database, or replication. */
export type Purpose = "repmgr" | "replication";

/** A connection that repmgr on one node needs to another, and what pg_hba.conf there says of it. */
export interface Needed {
	readonly from: NodeSetup;
	readonly connection: Connection;
	readonly decision: Decision;
}

/**
 * The connections that nodes need to `to`: for its database every node (itself too), for replication every data node, as each
 * may become a standby of each. None where the source address is not known: the host of `to` looked up the others' names.
 */
export function neededTo(to: NodeSetup, purpose: Purpose, setup: Setup): readonly Needed[] {
	const { hba, registered, server } = to.sources;
	if (hba.value === undefined || registered.value === undefined || server.value === undefined) return [];
	const { user, dbname, sslmode = "prefer" } = registered.value;
	if (user === undefined) return [];
	const rules = hba.value;
	const isEncrypted = settingOf(server.value, "ssl") === "on" && sslmode !== "disable";
	const needsReplication = (node: NodeSetup): boolean => isDataNode(node) && node !== to;
	if (purpose === "replication" && !isDataNode(to)) return [];
	const froms = purpose === "replication" ? setup.nodes.filter(needsReplication) : setup.nodes;
	return froms.flatMap((from) => {
		const address = addressOf(from, to);
		if (address === null) return [];
		const connection = {
			database: purpose === "replication" ? "replication" : (dbname ?? user),
			user: purpose === "replication" ? replicationUserOf(to, user) : user,
			address,
			isEncrypted,
		};
		return [{ from, connection, decision: decide(rules, connection) }];
	});
}

function replicationUserOf({ sources: { conf } }: NodeSetup, user: string): string {
	return (conf.value && confValue(conf.value, "replication_user")) || user;
}

/**
 * From where `to` sees `from`: what its name means on the host of `to`, if that is one address (of each family the first
 * that servers use); else how this console sees that server.
 */
function addressOf(from: NodeSetup, to: NodeSetup): string | null {
	const name = from.registration.host ?? "";
	const known = to.sources.host.value?.addresses.get(name) ?? [];
	const candidates = known.filter((address) => parseAddress(address)?.length === 4);
	const [only, ...more] = candidates.length > 0 ? candidates : known;
	const address = (more.length === 0 ? only : undefined) ?? from.sources.server.value?.address ?? null;
	const bytes = address === null ? null : parseAddress(address);
	if (bytes === null) return null;
	return isLoopback(bytes) ? (bytes.length === 4 ? "127.0.0.1" : "::1") : address;
}
