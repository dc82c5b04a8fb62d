import type { ConninfoKeyword, ConninfoValues } from "./conninfo-keywords.ts";

/** Where the clusters file says a node is, when we see it elsewhere than its siblings do. */
export interface NodeAddress {
	readonly host?: string;
	readonly hostaddr?: string;
	readonly port?: number;
}

/** Which server and which of its roles: never taken from one node to another. */
const places = ["host", "hostaddr", "port", "service", "target_session_attrs", "load_balance_hosts"] as const;

/** Registered for repmgr's own sessions; how long we wait and what we are called is our own affair. */
const repmgrsOwn = [
	"connect_timeout",
	"application_name",
	"fallback_application_name",
	"client_encoding",
	"replication",
] as const;

/** Files on the registered node's own disk: ours are where the operator says, or in our home. */
const filesOfTheNode = [
	"passfile",
	"sslcert",
	"sslkey",
	"sslpassword",
	"sslrootcert",
	"sslcrl",
	"sslcrldir",
] as const;

/**
 * How to reach one node: where it is from `registered` (its conninfo in repmgr.nodes) or the file's
 * `map`, who we are from `given` where given, else as registered. `given` must be what
 * `gatherGiven` returns, so that PGUSER and a service count as given.
 *
 * Host, address and port are always set, empty where unknown: an absent one would be
 * filled from PGHOST, PGHOSTADDR or PGPORT, which belong to the node that was given.
 */
export function mergeForNode(
	given: ConninfoValues,
	registered: ConninfoValues,
	map: NodeAddress = {},
): ConninfoValues {
	const ours = without(given, places);
	const theirs = without(registered, [
		...places,
		...repmgrsOwn,
		...filesOfTheNode,
		...credentialsOfOthers(ours, registered),
	]);
	return { ...theirs, ...ours, ...place(registered, map) };
}

/** A mapped host replaces the registered address too, or that address would still be connected to. */
function place(registered: ConninfoValues, map: NodeAddress): ConninfoValues {
	const known: ConninfoValues = map.host === undefined ? registered : { port: registered.port ?? "5432" };
	return {
		host: map.host ?? known.host ?? "",
		hostaddr: map.hostaddr ?? known.hostaddr ?? "",
		port: map.port?.toString() ?? known.port ?? "5432",
	};
}

/** A registered password belongs to the registered user. */
function credentialsOfOthers(ours: ConninfoValues, registered: ConninfoValues): readonly ConninfoKeyword[] {
	return ours.user !== undefined && ours.user !== registered.user ? ["password"] : [];
}

function without(values: ConninfoValues, keywords: readonly ConninfoKeyword[]): ConninfoValues {
	const dropped: readonly string[] = keywords;
	return Object.fromEntries(Object.entries(values).filter(([keyword]) => !dropped.includes(keyword)));
}
