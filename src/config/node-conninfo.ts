import type { ConninfoKeyword, ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { type Configured, refuse } from "../text/message.ts";
import { TLS_VERSIONS } from "./certificates.ts";
import type { Client } from "./paths.ts";
import { readService } from "./service-file.ts";

/** A node's address by the clusters file, where the console reaches it differently than other nodes do. */
export interface NodeAddress {
	readonly host?: string;
	readonly hostaddr?: string;
	readonly port?: number;
}

/** Keywords that choose a server: never carried over from one node to another. */
const places = ["host", "hostaddr", "port", "service", "target_session_attrs", "load_balance_hosts"] as const;

/**
 * How to reach one node: its address from `registered` (its conninfo in repmgr.nodes) or the file's
 * `map`, all else from `given`, the result of `gatherGiven`, so that PG* variables and a service count as given.
 *
 * Writers of repmgr.nodes must not control the console's sessions: of a registered conninfo only the address counts,
 * and what makes a session safer than libpq's defaults where the operator set nothing. Not its role, so that a
 * console given a weak role does not log in with a stronger one; no options; none of the node's own files.
 *
 * Host, address and port are always set, empty where unknown: absent ones would be
 * filled from PGHOST, PGHOSTADDR or PGPORT, which belong to the given node.
 */
export function mergeForNode(
	given: ConninfoValues,
	registered: ConninfoValues,
	map: NodeAddress = {},
): ConninfoValues {
	const ours = Object.entries(given).filter(([keyword]) => !isPlace(keyword));
	return { ...safer(registered), ...Object.fromEntries(ours), ...place(registered, map) };
}

/**
 * A registered conninfo, completed by the address that its service has on this machine; a problem where the
 * service is not defined here, and the file does not map the node either.
 */
export function withServicePlace(
	registered: ConninfoValues,
	map: NodeAddress,
	client: Client,
): Configured<ConninfoValues> {
	const { service, host, hostaddr } = registered;
	const isPlaced = host || hostaddr || map.host !== undefined || map.hostaddr !== undefined;
	if (service === undefined || isPlaced) return { value: registered };
	const read = readService(service, client);
	if (read.problems !== undefined)
		return refuse({
			message: `service "${service}" is not defined on this machine`,
			hint: "Define it in ~/.pg_service.conf, or map the node in the configuration file.",
			exitCode: 78,
		});
	const { host: name, hostaddr: address, port } = read.value;
	return {
		value: {
			...(name !== undefined && { host: name }),
			...(address !== undefined && { hostaddr: address }),
			...(port !== undefined && { port }),
			...registered,
		},
	};
}

/** A mapped host replaces the registered hostaddr, too, which libpq would prefer. */
function place(registered: ConninfoValues, map: NodeAddress): ConninfoValues {
	const known: ConninfoValues = map.host === undefined ? registered : { port: registered.port ?? "5432" };
	return {
		host: map.host ?? known.host ?? "",
		hostaddr: map.hostaddr ?? known.hostaddr ?? "",
		port: map.port?.toString() ?? known.port ?? "5432",
	};
}

function isPlace(keyword: string): boolean {
	const known: readonly string[] = places;
	return known.includes(keyword);
}

/** Values that are stricter than the defaults. */
const demands: Partial<Record<ConninfoKeyword, readonly string[]>> = {
	sslmode: ["require", "verify-ca", "verify-full"],
	ssl_min_protocol_version: TLS_VERSIONS.slice(-1),
	channel_binding: ["require"],
	gssencmode: ["require"],
};

/** The settings of a registered conninfo that are stricter than the defaults. */
function safer(registered: ConninfoValues): ConninfoValues {
	return Object.fromEntries(
		Object.entries(registered).filter(([keyword, value]) =>
			demands[keyword as ConninfoKeyword]?.includes(value),
		),
	);
}
