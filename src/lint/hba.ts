import type { HbaRule, HbaSetup } from "../model/setup.ts";
import { contains, type Network, parseNetwork } from "./address.ts";

/** A network connection, as matched against pg_hba.conf. */
export interface Connection {
	/** "replication" is a physical replication connection, which no "all" admits. */
	readonly database: string;
	readonly user: string;
	readonly address: string;
	/** The same, parsed (`parseAddress`). */
	readonly addressBytes: readonly number[];
	/** Does the server offer TLS, and the client take it? */
	readonly isEncrypted: boolean;
}

/** "undecided": a line that may match comes before the first that does. */
export type Decision =
	| { readonly kind: "rule"; readonly rule: HbaRule }
	| { readonly kind: "none" }
	| { readonly kind: "undecided"; readonly rule: HbaRule };

type Match = boolean | "maybe";

/** The first line that matches decides (manual 21.1). */
export function decide({ rules }: HbaSetup, connection: Connection): Decision {
	for (const rule of rules) {
		const matched = matches(rule, connection);
		if (matched === "maybe") return { kind: "undecided", rule };
		if (matched) return { kind: "rule", rule };
	}
	return { kind: "none" };
}

function matches(rule: HbaRule, connection: Connection): Match {
	return all(
		matchesType(rule, connection),
		any(rule.databases.map((word) => matchesDatabase(word, connection))),
		any(rule.users.map((word) => matchesUser(word, connection))),
		matchesAddress(rule, connection),
	);
}

function all(...found: readonly Match[]): Match {
	return found.includes(false) ? false : found.includes("maybe") ? "maybe" : true;
}

function any(found: readonly Match[]): Match {
	return found.includes(true) ? true : found.includes("maybe") ? "maybe" : false;
}

function matchesType({ type }: HbaRule, { isEncrypted }: Connection): Match {
	switch (type) {
		case "host":
			return true;
		case "local":
			return false;
		case "hostssl":
			return isEncrypted;
		case "hostnossl":
			// libpq's "prefer" retries without TLS when it is rejected.
			return isEncrypted ? "maybe" : true;
		default:
			return "maybe";
	}
}

function matchesDatabase(word: string, { database, user }: Connection): Match {
	if (database === "replication") return word === "replication";
	if (word === "all" || word === database) return true;
	if (word === "sameuser") return database === user;
	return isPattern(word) || word === "samerole" || word === "samegroup" ? "maybe" : false;
}

function matchesUser(word: string, { user }: Connection): Match {
	if (word === "all" || word === user) return true;
	return isPattern(word) || word.startsWith("+") ? "maybe" : false;
}

/** A regular expression (PostgreSQL 16), or a file of names. */
function isPattern(word: string): boolean {
	return word.startsWith("/") || word.startsWith("@");
}

function matchesAddress(rule: HbaRule, connection: Connection): Match {
	const { type, address } = rule;
	if (type === "include") return "maybe";
	if (address === null) return false;
	if (address === "all") return true;
	const network = networkOf(rule);
	// samehost, samenet, or a name that the server resolves.
	return network === null ? "maybe" : contains(network, connection.addressBytes);
}

/** Parsed once: every line is matched against every other node, 160 000 times with 400 nodes. */
const networks = new WeakMap<HbaRule, Network | null>();

function networkOf(rule: HbaRule): Network | null {
	const known = networks.get(rule);
	if (known !== undefined) return known;
	const network = rule.address === null ? null : parseNetwork(rule.address, rule.netmask);
	networks.set(rule, network);
	return network;
}
