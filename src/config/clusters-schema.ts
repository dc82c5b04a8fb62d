import { isIP } from "node:net";
import * as z from "zod";
import { parseConninfo } from "../libpq/conninfo.ts";
import type { ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { conninfoProblems } from "./connection.ts";
import { expandHome } from "./paths.ts";
import { thresholdShape, thresholdsSchema } from "./thresholds-schema.ts";

// Every message here becomes the DETAIL of a problem: what a value must be. The file's keys are
// snake_case, as in repmgr.conf; the transforms convert them to the code's names.

const mapping = "It must be a mapping of keys to values.";
const text = (what: string) => z.string(what).min(1, what);
const flag = z.boolean("It must be true or false.");
const portMessage = "It must be a port number, from 1 to 65535.";
const port = z.int(portMessage).min(1, portMessage).max(65535, portMessage);
const seconds = "It must be a number of seconds, from 0.2 to 3600.";
const ways = ["auto", "ssh2", "system"] as const;

const columnList = "It must be a list of columns: [id, node, role].";
const keyName = z.string('It must be the name of a key; digits stand in quotes: "1".');
const keyNames = z.preprocess(
	(given) => (typeof given === "string" ? [given] : given),
	z.array(keyName, "It must be the name of a key, or a list of them: [enter, o]."),
);

const conninfo = z.string("It must be a conninfo string.").transform((given, context): ConninfoValues => {
	const parsed = parseConninfo(given);
	const problems = parsed.problems ?? conninfoProblems(parsed.value);
	for (const { message, detail, hint } of problems)
		context.addIssue({ code: "custom", message, params: { conninfo: { detail, hint } } });
	return parsed.value ?? {};
});

/** Built for one home directory, which replaces "~" in paths. */
function shapes(home: string) {
	const path = (what: string) => text(what).transform((given) => expandHome(given, home));
	const ssh = {
		/** False: no SSH at all, only what SQL can tell. Undefined means true. */
		enabled: flag.exactOptional(),
		user: text("It must be an operating system user.").exactOptional(),
		port: port.exactOptional(),
		/** Path of a private key. */
		identity: path("It must be the path of a private key.").exactOptional(),
		accept_new_host_keys: flag.exactOptional(),
		/** The ssh2 library, the system's ssh program, or whichever works. */
		via: z.enum(ways, `It must be one of ${ways.join(", ")}.`).exactOptional(),
		/** The user that runs PostgreSQL and repmgr on the host, reached through sudo. */
		become: text("It must be an operating system user.").exactOptional(),
	};
	const node = {
		host: text("It must be a host name or address.").exactOptional(),
		hostaddr: z
			.string("It must be a numeric address.")
			.refine((given) => isIP(given) !== 0, "It must be a numeric address, such as 10.0.0.11 or fd00::11.")
			.exactOptional(),
		port: port.exactOptional(),
		ssh: z
			.strictObject({ host: text("It must be a host name or address.").exactOptional(), ...ssh }, mapping)
			.transform(camelCaseSsh)
			.exactOptional(),
	};
	const megabytes = "It must be a number of megabytes, from 1 to 100000.";
	const days = "It must be a number of days, from 1 to 3650.";
	const record = {
		/** Undefined means true. */
		enabled: flag.exactOptional(),
		/** Of all files together; the oldest go. */
		megabytes: z.number(megabytes).min(1, megabytes).max(100_000, megabytes).exactOptional(),
		days: z.number(days).min(1, days).max(3650, days).exactOptional(),
	};
	const cluster = {
		conninfo: conninfo.exactOptional(),
		repmgr_conf: path("It must be the path of a repmgr.conf.").exactOptional(),
		/** By node name or node ID. */
		nodes: z.record(z.string(), z.strictObject(node, mapping), mapping).exactOptional(),
		ssh: z.strictObject(ssh, mapping).transform(camelCaseSsh).exactOptional(),
		interval_seconds: z.number(seconds).min(0.2, seconds).max(3600, seconds).exactOptional(),
		read_only: flag.exactOptional(),
		/** Thresholds of findings. */
		thresholds: thresholdsSchema(mapping).exactOptional(),
		theme: path("It must be the name of a theme, or the path of a theme file.").exactOptional(),
		/** Keys by the ID of a key binding. The screen knows the IDs, see `ScreenSettings`. */
		keys: z.record(z.string(), keyNames, mapping).exactOptional(),
		/** Columns of the table of nodes. */
		columns: z.array(z.string(columnList), columnList).min(1, columnList).exactOptional(),
		/** Clicks and the wheel. */
		mouse: flag.exactOptional(),
		/** The terminal's bell, and its notification, on a new critical finding. Undefined means true. */
		bell: flag.exactOptional(),
		/** What the console records of what it sees. */
		record: z.strictObject(record, mapping).exactOptional(),
	};
	return { ssh, node, cluster, record };
}

/** Renames `accept_new_host_keys` to `acceptNewHostKeys`, if it is there. */
function camelCaseSsh<T extends { accept_new_host_keys?: boolean }>(given: T) {
	const { accept_new_host_keys: accept, ...rest } = given;
	return { ...rest, ...(accept !== undefined && { acceptNewHostKeys: accept }) };
}

/** The whole file for zod: snake_case in, settings out; defaults not yet merged. */
export function clustersFileSchema(home: string) {
	const cluster = z.strictObject(shapes(home).cluster, mapping).transform((given) => {
		const { repmgr_conf: conf, interval_seconds: interval, read_only: readOnly, ...rest } = given;
		return {
			...rest,
			...(conf !== undefined && { repmgrConf: conf }),
			...(interval !== undefined && { intervalSeconds: interval }),
			...(readOnly !== undefined && { readOnly }),
		};
	});
	return z.strictObject(
		{ defaults: cluster.exactOptional(), clusters: z.record(z.string(), cluster, mapping).exactOptional() },
		mapping,
	);
}

/** The keys that may stand in the mapping at this path, for a suggestion. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
	const { ssh, node, cluster, record } = shapes("");
	if (path.length === 0) return ["defaults", "clusters"];
	const [first, , third] = path[0] === "clusters" ? path.slice(2) : path.slice(1);
	if (first === "ssh") return Object.keys(ssh);
	if (first === "record") return Object.keys(record);
	if (first === "thresholds") return Object.keys(thresholdShape);
	if (first === "nodes") return third === "ssh" ? ["host", ...Object.keys(ssh)] : Object.keys(node);
	return Object.keys(cluster);
}

type Shape = z.output<ReturnType<typeof clustersFileSchema>>;

/** The file's settings for one cluster, or for all (`defaults`). */
export type ClusterSettings = Readonly<NonNullable<Shape["defaults"]>>;
/** The file's settings for the screen. */
export type ScreenSettings = Pick<ClusterSettings, "theme" | "keys" | "columns" | "mouse" | "bell">;
/** A node's address, where it differs from the one other nodes use, and how its host is reached. */
export type NodeSettings = Readonly<NonNullable<ClusterSettings["nodes"]>[string]>;
/** How hosts are reached; `host` only for a single node. */
export type SshSettings = Readonly<NonNullable<NodeSettings["ssh"]>>;
