import { existsSync, readFileSync, writeFileSync } from "node:fs";
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

export type TemplateRole = "primary" | "standby" | "witness";

/** The role of each of so many hosts, and its site where the shape has several. */
export function rolesOf(
	shape: Shape,
	count: number,
): readonly { readonly role: TemplateRole; readonly site: string | null }[] {
	const hasWitness = shape === "with-witness" || (shape === "two-sites" && count > 2 && count % 2 === 1);
	const data = count - (hasWitness ? 1 : 0);
	return Array.from({ length: count }, (_, index) => {
		const role = index === 0 ? "primary" : index < data ? "standby" : "witness";
		const site = role === "witness" || index < data / 2 ? "site1" : "site2";
		return { role, site: shape === "two-sites" ? site : null };
	});
}

/** A node's name, unless one is given: the host's without its domain, or "node2" where the host is an address. */
function usualName(host: string, index: number): string {
	return /^[\d.:a-f]*[.:][\d.:a-f]*$/i.test(host) ? `node${index + 1}` : (host.split(".")[0] ?? host);
}

/** The names of all; of hosts that differ in their domains only, with these. */
export function usualNames(hosts: readonly string[]): readonly string[] {
	const names = hosts.map(usualName);
	return names.map((name, index) =>
		names.filter((other) => other === name).length > 1 ? (hosts[index] ?? name) : name,
	);
}

function nodesOf(hosts: readonly string[], shape: Shape, names: readonly string[], ids: readonly string[]) {
	const usual = usualNames(hosts);
	return rolesOf(shape, hosts.length)
		.map(({ role, site }, index) => {
			const host = hosts[index] ?? "";
			return [
				`  ${scalar(names[index] ?? usual[index] ?? host)}:`,
				`    role: ${role}`,
				`    host: ${JSON.stringify(host)}`,
				`    id: ${ids[index] ?? index + 1}`,
				...(site === null ? [] : [`    location: ${site}`]),
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

/** What stands in the file as a comment until it is given: by its path, with an example or its default, and what it means. */
interface OptionalPart {
	/** Above it. */
	readonly comments: readonly string[];
	/** With the example "", none stands there. */
	readonly keys: readonly (readonly [path: string, example: string, comment?: string])[];
}

const OPTIONAL_PARTS: readonly OptionalPart[] = [
	{
		comments: [],
		keys: [
			["postgresql.version", "15", "by default the newest that all hosts offer"],
			["postgresql.port", "5432"],
			["postgresql.data_directory", "/var/lib/postgresql/15/main"],
			["postgresql.locale", "C.UTF-8", "collation and encoding of the databases"],
			["postgresql.checksums", "true", "finds corrupted pages; also lets a former primary be rewound"],
		],
	},
	{
		comments: [
			"scram-sha-256: generated passwords, in ~/.pgpass of postgres on the hosts. trust: the nodes' addresses need none (not advised:",
			"who can send from such an address is a superuser).",
		],
		keys: [["authentication", "scram-sha-256"]],
	},
	{
		comments: [
			"on: the nodes and the console are let in only with encryption, each server with a certificate of its own. Nobody who listens reads",
			"what they send; clients do not check who the server is, unless they have a ~/.postgresql/root.crt. off: as Debian has it, encrypted",
			"if both sides can.",
		],
		keys: [["tls", "on"]],
	},
	{
		comments: [
			"Replication slots keep WAL for a standby that is away, up to a limit; without them it may have to be cloned again.",
		],
		keys: [["slots", "true"]],
	},
	{
		comments: [
			"on: a write is committed once one of the standbys has it, too: nothing is lost when the primary dies. Writes wait while no standby is",
			"there: have two. off: a write does not wait; the last ones, mostly none or some milliseconds, are lost with the primary.",
		],
		keys: [["synchronous", "off"]],
	},
	{
		comments: [
			"An archive of WAL, for backups and for standbys that were away for long: a directory that all nodes share, such as one of NFS, which",
			"postgres may write; or commands of your own, such as a backup program's: {command: push %p, restore: fetch %f %p}. By default none.",
		],
		keys: [
			["archive.directory", "/mnt/wal"],
			["archive.command", ""],
			["archive.restore", ""],
		],
	},
	{
		comments: [
			"The role with which this console watches: in pg_monitor, not a superuser. Its password goes to your ~/.pgpass.",
		],
		keys: [
			["console.user", "console"],
			[
				"console.from",
				"[192.0.2.5]",
				"further addresses that it may log in from; this machine's is always one",
			],
		],
	},
	{
		comments: ["The role and the database of repmgr itself."],
		keys: [
			["repmgr.user", "repmgr"],
			["repmgr.database", "repmgr"],
		],
	},
	{
		comments: ["How this console logs in to all hosts."],
		keys: [
			["ssh.user", "admin"],
			["ssh.port", "22"],
			["ssh.identity", "~/.ssh/id_ed25519"],
		],
	},
];

/** Values by their paths in the file, such as "postgresql.port", as text. */
export type GivenKeys = Readonly<Record<string, string>>;

function optionalPart({ comments, keys }: OptionalPart, given: GivenKeys): string {
	const sections = new Set<string>();
	const isGiven = keys.some(([path]) => given[path] !== undefined);
	const lines = keys.flatMap(([path, example, comment]) => {
		if (example === "" && given[path] === undefined) return [];
		const [section = "", key] = path.split(".");
		const value = given[path];
		const isNew = key !== undefined && !sections.has(section);
		sections.add(section);
		const text = `${value === undefined ? "#" : ""}${key === undefined ? "" : "  "}${key ?? section}: ${value === undefined ? example : scalar(value)}`;
		return [
			...(isNew ? [`${isGiven ? "" : "#"}${section}:`] : []),
			comment === undefined ? text : `${text.padEnd(31)}## ${comment}`,
		];
	});
	return [...comments.map((comment) => `## ${comment}`), ...lines, ""].join("\n");
}

/** A value as YAML reads it back as what it is: numbers and words as they are, everything else in quotes. */
function scalar(value: string): string {
	return /^[\w/~.][\w./~-]*$/.test(value) ? value : JSON.stringify(value);
}

/** What a file may say beyond its hosts. */
export interface TemplateOptions {
	readonly cluster?: string;
	/** In the order of the hosts. */
	readonly names?: readonly string[];
	readonly ids?: readonly string[];
	/** Replaces what would stand there commented out, or as the default. */
	readonly given?: GivenKeys;
}

/** What `bootstrap init` and the wizard write: what has to be said, and commented out, what it is otherwise. */
export function inventoryTemplate(
	hosts: readonly string[],
	wanted: Shape | null,
	{ cluster = "main", names = [], ids = [], given = {} }: TemplateOptions = {},
): string {
	const shape = wanted ?? usualShape(hosts);
	const mode = given["failover.mode"] ?? (shape === "two-nodes" ? "manual" : "automatic");
	const why = "## two nodes can't tell a dead primary from a broken network; a witness can";
	return `## A cluster to be made by repmgr-console. Look at the plan first; it changes nothing:
##   repmgr-console bootstrap --inventory FILE --dry-run
## Shape: ${SHAPES[shape]}.
cluster: ${/^[A-Za-z]/.test(cluster) ? scalar(cluster) : JSON.stringify(cluster)}

## Every host must resolve the host names below, or give addresses. Hosts need Debian or Ubuntu, and a login by SSH as root or as a
## user with sudo. Nothing that is found on them is overwritten.
nodes:
${nodesOf(hosts, shape, names, ids)}
## automatic: repmgrd promotes a standby about attempts × interval_seconds after the primary has died. manual: you do ("promote").
## Shorter is not better: a network that is away for a moment must not cause a failover.
failover:
  mode: ${shape === "two-nodes" && mode === "manual" ? `manual          ${why}` : scalar(mode)}
  attempts: ${scalar(given["failover.attempts"] ?? "3")}
  interval_seconds: ${scalar(given["failover.interval_seconds"] ?? "5")}

${OPTIONAL_PARTS.map((part) => optionalPart(part, given)).join("\n")}`;
}

/** Writes the file, but never over an existing one. */
export function writeInventory(
	path: string,
	hosts: readonly string[],
	shape: Shape | null,
): Configured<string> {
	return writeNewFile(path, inventoryTemplate(hosts, shape));
}

/** @param own what this program has written there before and may replace; null: nothing. */
export function writeNewFile(path: string, text: string, own: string | null = null): Configured<string> {
	try {
		if (own !== null && existsSync(path) && readFileSync(path, "utf8") === own) {
			writeFileSync(path, text);
			return { value: path };
		}
		if (existsSync(path)) {
			return refuse({
				message: `file "${path}" exists`,
				hint: "It is left as it is; name another one with --inventory FILE.",
				exitCode: 78,
			});
		}
		writeFileSync(path, text, { flag: "wx" });
		return { value: path };
	} catch (error) {
		return refuse({ message: `could not write "${path}": ${systemMessage(error)}`, exitCode: 78 });
	}
}
