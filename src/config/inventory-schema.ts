import { isIP } from "node:net";
import * as z from "zod";
import { expandHome } from "./paths.ts";

// As in clusters-schema.ts, every message becomes the DETAIL of a problem: what a value must be.

const mapping = "It must be a mapping of keys to values.";
const flag = z.boolean("It must be true or false.");
const hostMessage = "It must be a host name or a numeric address.";
const host = z
	.string(hostMessage)
	.refine(
		(given) => isIP(given) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(given),
		hostMessage,
	);
const nameMessage = "It must be a name of letters, digits, hyphens, dots and underscores.";
const nameOf = (message: string) => z.string(message).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, message);
const sqlName = (what: string) => {
	const message = `It must be the name of a ${what}, in small letters, digits and underscores.`;
	return z.string(message).regex(/^[a-z_][a-z0-9_]{0,62}$/, message);
};
const whole = (least: number, most: number) => {
	const message = `It must be a whole number, from ${least} to ${most}.`;
	return z.int(message).min(least, message).max(most, message);
};
const oneOf = <const T extends readonly string[]>(words: T) =>
	z.enum(words, `It must be one of ${words.join(", ")}.`);
const directory = "It must be the absolute path of a directory, of letters, digits and ._/-";

const DIRECTORY = /^(\/[A-Za-z0-9._-]+){2,}$/;
/** Programs that archive, such as pgBackRest, find the name in the path; none restores without both. */
const walCommand = (words: string, ...needed: readonly string[]) => {
	const message = `It must be a command with ${words}, on one line.`;
	return z
		.string(message)
		.max(1000, message)
		.refine((given) => needed.every((one) => given.includes(one)) && !/\p{Cc}/u.test(given), message);
};

/** The keys of each mapping of the file; `home` replaces "~" in paths. */
function shapes(home: string) {
	const ssh = {
		host: host.exactOptional(),
		user: nameOf("It must be an operating system user.").exactOptional(),
		port: whole(1, 65_535).exactOptional(),
		identity: z
			.string("It must be the path of a private key.")
			.transform((given) => expandHome(given, home))
			.exactOptional(),
	};
	const { host: _, ...sshOfAll } = ssh;
	return {
		ssh,
		sshOfAll,
		postgresql: {
			version: whole(13, 99).exactOptional(),
			port: whole(1024, 65_535).default(5432),
			data_directory: z.string(directory).regex(DIRECTORY, directory).exactOptional(),
			locale: nameOf("It must be the name of a locale, such as C.UTF-8.").default("C.UTF-8"),
			checksums: flag.default(true),
		},
		repmgr: {
			user: sqlName("role").default("repmgr"),
			database: sqlName("database").default("repmgr"),
		},
		failover: {
			mode: oneOf(["automatic", "manual"]).default("automatic"),
			attempts: whole(1, 1000).default(3),
			interval_seconds: whole(1, 3600).default(5),
		},
		console: {
			user: sqlName("role").default("console"),
			from: z
				.array(
					z.string().refine((given) => isIP(given) !== 0, "It must be a numeric address."),
					"It must be a list of addresses: [10.0.0.5].",
				)
				.default([]),
		},
		archive: {
			directory: z.string(directory).regex(DIRECTORY, directory).exactOptional(),
			command: walCommand("%p, the segment's path", "%p").exactOptional(),
			restore: walCommand("%f, the segment's name, and %p, the path for it", "%f", "%p").exactOptional(),
		},
		node: {
			role: oneOf(["primary", "standby", "witness"]),
			id: whole(1, 2_147_483_647).exactOptional(),
			host: host.exactOptional(),
			upstream: nameOf("It must be the name of a node.").exactOptional(),
			location: nameOf(nameMessage).default("default"),
			priority: whole(0, 1_000_000).exactOptional(),
			ssh: z.strictObject(ssh, mapping).exactOptional(),
		},
	};
}

/** The file for zod: snake_case, defaults filled in; what its parts have to do with each other is checked by inventory.ts. */
export function inventorySchema(home: string) {
	const { postgresql, repmgr, failover, console, node, sshOfAll, archive } = shapes(home);
	return z.strictObject(
		{
			cluster: nameOf(nameMessage),
			postgresql: z.strictObject(postgresql, mapping).prefault({}),
			repmgr: z.strictObject(repmgr, mapping).prefault({}),
			authentication: oneOf(["scram-sha-256", "trust"]).default("scram-sha-256"),
			tls: oneOf(["on", "off"]).default("on"),
			slots: flag.default(true),
			synchronous: oneOf(["off", "on"]).default("off"),
			archive: z.strictObject(archive, mapping).exactOptional(),
			failover: z.strictObject(failover, mapping).prefault({}),
			without_witness: flag.default(false),
			console: z.union([z.literal(false), z.strictObject(console, mapping)], mapping).prefault({}),
			ssh: z.strictObject(sshOfAll, mapping).prefault({}),
			nodes: z.record(nameOf(nameMessage), z.strictObject(node, mapping), mapping),
		},
		mapping,
	);
}

/** The keys that may stand in the mapping at this path, for a suggestion. */
export function knownInventoryKeys(path: readonly PropertyKey[]): readonly string[] {
	const { postgresql, repmgr, failover, console, node, ssh, sshOfAll, archive } = shapes("");
	const [first, , third] = path;
	switch (first) {
		case undefined:
			return Object.keys(inventorySchema("").shape);
		case "nodes":
			return Object.keys(third === "ssh" ? ssh : node);
		default:
			return Object.keys(
				{ postgresql, repmgr, failover, console, archive, ssh: sshOfAll }[String(first)] ?? {},
			);
	}
}

export type InventoryContent = z.output<ReturnType<typeof inventorySchema>>;
