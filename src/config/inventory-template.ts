import { existsSync, writeFileSync } from "node:fs";
import { type Configured, refuse, systemMessage } from "../text/message.ts";

/** The usual shapes of a cluster: a role for each host, in their order. */
export const SHAPES = {
	"two-nodes": "primary and standby, failover by hand",
	"with-witness": "primary, standbys, and a witness on the last host",
	standbys: "primary and standbys, without a witness",
	"two-sites":
		"the first half of the hosts in one site, the second half in the other; an odd last host is the witness, in the first site",
} as const;

export type Shape = keyof typeof SHAPES;

/** Two hosts can't have a witness; of three or more, a witness is worth one as long as the others are not many. */
function usualShape(hosts: readonly string[]): Shape {
	if (hosts.length === 2) return "two-nodes";
	return hosts.length === 3 || hosts.length % 2 === 0 ? "with-witness" : "standbys";
}

function nodesOf(hosts: readonly string[], shape: Shape): string {
	const hasWitness =
		shape === "with-witness" || (shape === "two-sites" && hosts.length > 2 && hosts.length % 2 === 1);
	const data = hosts.length - (hasWitness ? 1 : 0);
	return hosts
		.map((host, index) => {
			const role = index === 0 ? "primary" : index < data ? "standby" : "witness";
			const site = role === "witness" || index < data / 2 ? "site1" : "site2";
			const name = /^[\d.:a-f]*[.:][\d.:a-f]*$/i.test(host)
				? `node${index + 1}`
				: (host.split(".")[0] ?? host);
			return [
				`  ${name}:`,
				`    role: ${role}`,
				`    host: ${JSON.stringify(host)}`,
				`    id: ${index + 1}`,
				...(shape === "two-sites" ? [`    location: ${site}`] : []),
				...(role === "standby" && index === 1 ? STANDBY_COMMENTS : []),
				...(role === "primary" ? PRIMARY_COMMENTS : []),
				"",
			].join("\n");
		})
		.join("");
}

const PRIMARY_COMMENTS = [
	"#    ssh: {host: 192.0.2.11, user: admin, port: 22}   ## how this console logs in, where it differs",
];
const STANDBY_COMMENTS = [
	"#    upstream: NAME           ## replicates from that standby instead of the primary (cascading)",
	"#    priority: 100            ## of several with the same WAL, the highest is promoted; 0: never",
];

/** What `bootstrap init` writes: what has to be said, and commented out, what it is otherwise. */
export function inventoryTemplate(hosts: readonly string[], given: Shape | null): string {
	const shape = given ?? usualShape(hosts);
	return `## A cluster to be made by repmgr-console. Look at the plan first; it changes nothing:
##   repmgr-console bootstrap --inventory FILE --dry-run
## Shape: ${SHAPES[shape]}.
cluster: main

## Every host must resolve the host names below, or give addresses. Hosts need Debian or Ubuntu, and a login by SSH as root or as a
## user with NOPASSWD sudo. Nothing that is found on them is overwritten.
nodes:
${nodesOf(hosts, shape)}
## automatic: repmgrd promotes a standby about attempts × interval_seconds after the primary has died. manual: you do ("promote").
## Shorter is not better: a network that is away for a moment must not cause a failover.
failover:
  mode: ${shape === "two-nodes" ? "manual          ## two nodes can't tell a dead primary from a broken network; a witness can" : "automatic"}
  attempts: 3
  interval_seconds: 5

#postgresql:
#  version: 15                 ## by default the newest that all hosts offer
#  port: 5432
#  data_directory: /var/lib/postgresql/15/main
#  locale: C.UTF-8             ## collation and encoding of the databases
#  checksums: true             ## finds corrupted pages; also lets a former primary be rewound

## scram-sha-256: generated passwords, in ~/.pgpass of postgres on the hosts. trust: the nodes' addresses need none (not advised:
## who can send from such an address is a superuser).
#authentication: scram-sha-256

## Replication slots keep WAL for a standby that is away, up to a limit; without them it may have to be cloned again.
#slots: true

## The role with which this console watches: in pg_monitor, not a superuser. Its password goes to your ~/.pgpass.
#console:
#  user: console
#  from: [192.0.2.5]           ## further addresses that it may log in from; this machine's is always one

## The role and the database of repmgr itself.
#repmgr:
#  user: repmgr
#  database: repmgr

## How this console logs in to all hosts.
#ssh:
#  user: admin
#  port: 22
#  identity: ~/.ssh/id_ed25519
`;
}

/** Writes the file, but never over an existing one. */
export function writeInventory(
	path: string,
	hosts: readonly string[],
	shape: Shape | null,
): Configured<string> {
	if (existsSync(path)) {
		return refuse({
			message: `file "${path}" exists`,
			hint: "It is left as it is; name another one with --inventory FILE.",
			exitCode: 78,
		});
	}
	try {
		writeFileSync(path, inventoryTemplate(hosts, shape), { flag: "wx" });
		return { value: path };
	} catch (error) {
		return refuse({ message: `could not write "${path}": ${systemMessage(error)}`, exitCode: 78 });
	}
}
