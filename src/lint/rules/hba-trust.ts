import type { HbaRule } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { isLoopback, parseNetwork } from "../address.ts";
import { editLine, reloadServer } from "../changes.ts";
import { nodeRule, postgresManual } from "../rule.ts";

/** Does this line match any address, a network or single hosts, or only this host? Null: unknown. */
function reachOf({ type, address, netmask }: HbaRule): "everywhere" | "network" | "here" | null {
	if (type === "local" || address === "samehost") return "here";
	if (address === "all") return "everywhere";
	if (address === "samenet") return "network";
	const network = address === null ? null : parseNetwork(address, netmask);
	if (network === null) return null;
	if (network.bits === 0) return "everywhere";
	const isHere = isLoopback(network.bytes) && (network.bytes.length === 4 || network.bits === 128);
	return isHere ? "here" : "network";
}

/** HBA_TRUST_FROM_ANYWHERE: any client that reaches the port can log in as any role of the line. */
export const hbaTrustFromAnywhere = nodeRule("HBA_TRUST_FROM_ANYWHERE", ["hba"], ({ hba }, node) =>
	hba.rules
		.filter((rule) => rule.method === "trust" && reachOf(rule) === "everywhere")
		.map((rule) => ({
			severity: "error",
			message: `pg_hba.conf of ${quoted(node.registration)} trusts every address without a password`,
			place: rule.place,
			why: `Any client that reaches the port can log in as ${rule.users.includes("all") ? "any role, including superusers" : `role ${rule.users.join(", ")}`}.`,
			link: postgresManual("auth-trust"),
			change: [
				editLine(
					node,
					rule.place,
					`${rule.type} ${rule.databases.join(",")} ${rule.users.join(",")} ${rule.address}${rule.netmask === null || rule.address === "all" ? "" : ` ${rule.netmask}`} scram-sha-256`,
				),
				reloadServer(node),
			],
		})),
);

/** PostgreSQL 18 deprecates MD5 passwords; a later version will remove them. */
const MD5_DEPRECATED = 180_000;

/** HBA_METHOD_DEPRECATED: lines that will refuse every login one day. Of a role with a SCRAM verifier "md5" asks for SCRAM already (manual 20.5). */
export const hbaMd5 = nodeRule("HBA_METHOD_DEPRECATED", ["hba", "server"], ({ hba, server }, node) => {
	const [first, ...more] = hba.rules.filter(({ method }) => method === "md5");
	if (first === undefined || server.version < MD5_DEPRECATED) return [];
	return [
		{
			severity: "notice",
			message: `pg_hba.conf of ${quoted(node.registration)} has the method md5, which PostgreSQL is to drop: line ${[first, ...more].map(({ place }) => place.line).join(", ")}`,
			place: first.place,
			why: "A role whose password is stored as MD5 can't log in after that. scram-sha-256 in its place needs passwords that were set with password_encryption = scram-sha-256, of repmgr's role and for replication, too.",
			link: postgresManual("auth-password"),
			change: [],
		},
	];
});

/** HBA_TRUST: the same for a network or single hosts. */
export const hbaTrust = nodeRule("HBA_TRUST", ["hba"], ({ hba }, node) => {
	const [first, ...more] = hba.rules.filter((rule) => rule.method === "trust" && reachOf(rule) === "network");
	if (first === undefined) return [];
	const lines = [first, ...more].map(({ place }) => place.line).join(", ");
	return [
		{
			severity: "notice",
			message: `pg_hba.conf of ${quoted(node.registration)} trusts other hosts without a password: line ${lines}`,
			place: first.place,
			why: "Any user on these hosts, and any client that can take one of these addresses, can log in as the role in that line.",
			link: postgresManual("auth-trust"),
			change: [
				editLine(
					node,
					first.place,
					`${first.type} ${first.databases.join(",")} ${first.users.join(",")} ${first.address}${first.netmask === null ? "" : ` ${first.netmask}`} scram-sha-256`,
				),
				reloadServer(node),
			],
		},
	];
});

/** HBA_INVALID: the server ignores the whole file at a reload, and refuses to start with it. */
export const hbaInvalid = nodeRule("HBA_INVALID", ["hba"], ({ hba }, node) =>
	hba.problems.map(({ message, place }) => ({
		severity: "error",
		message: `a line of pg_hba.conf of ${quoted(node.registration)} is wrong: ${message}`,
		place,
		why: "A reload silently keeps the old rules in force; a server that is started, such as in a switchover or rejoin, refuses to come up.",
		link: postgresManual("auth-pg-hba-conf"),
		change: [reloadServer(node)],
	})),
);
