import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { formatConninfo, parseConninfo, unreadableConninfo, withoutSecrets } from "../libpq/conninfo.ts";
import { loginOf } from "../libpq/registered.ts";
import { connectionTargets, type Target } from "../libpq/targets.ts";
import type { Registration } from "../model/registration.ts";
import { type Configured, type Problem, refuse, systemCode, systemMessage } from "../text/message.ts";
import { sanitise } from "../text/sanitise.ts";
import { distrust } from "./own-file.ts";

/** A `Registration` without its role and database, which its conninfo tells. */
const node = z.object({
	nodeId: z.int().min(1),
	nodeName: z.string(),
	type: z.enum(["primary", "standby", "witness"]),
	active: z.boolean(),
	upstreamNodeId: z.int().nullable(),
	location: z.string(),
	priority: z.int(),
	slotName: z.string().nullable(),
	conninfo: z.string(),
	host: z.string().nullable(),
	port: z.int(),
	configFile: z.string(),
});

function registrationOf(stored: z.output<typeof node>): Registration {
	const { user, database } = loginOf(stored.conninfo, stored.nodeName);
	return { ...stored, user, database };
}

const contents = z.object({
	schema: z.literal(1),
	/** pg_control_system().system_identifier: a 64-bit number, as text. */
	systemIdentifier: z.string().regex(/^\d+$/),
	nodes: z.array(node.transform(registrationOf).readonly()).readonly(),
});

/** The cached rows of repmgr.nodes; conninfo without any password. */
export type CachedCluster = Readonly<Omit<z.output<typeof contents>, "schema">>;

/** What names a cluster: its name in the clusters file, or the hosts of a conninfo. */
export interface Lookup {
	/** Its name in the clusters file. */
	readonly cluster?: string;
	/** The hosts of the given conninfo, from `resolveConnections`. */
	readonly targets: readonly Target[];
}

/** The cache, if there is one, and the files that could not be used. */
export interface LoadedCache {
	readonly cached: CachedCluster | null;
	readonly ignored: readonly Problem[];
}

/**
 * The cached cluster: from the file of this lookup, else from any that has one of its hosts as a member,
 * so that the other nodes are found when the given one is down. It is only a hint: the caller
 * compares system identifiers. Never fails.
 */
export async function loadClusterCache(stateDirectory: string, lookup: Lookup): Promise<LoadedCache> {
	const directory = join(stateDirectory, "clusters");
	const reason = distrust(stateDirectory) ?? distrust(directory);
	if (reason !== null) {
		const message = `the cache of clusters is ignored: ${reason}`;
		return { cached: null, ignored: [{ message, exitCode: 78 }] };
	}
	const ownName = fileName(lookup);
	const own = await readCacheFile(join(directory, ownName));
	if (own.cached !== null) return own;

	const ignored = [...own.ignored];
	for (const name of await listFiles(directory)) {
		if (name === ownName) continue;
		const other = await readCacheFile(join(directory, name));
		ignored.push(...other.ignored);
		if (other.cached !== null && hasMember(other.cached, lookup)) return { ...other, ignored };
	}
	return { cached: null, ignored };
}

/** The cached nodes of a cluster of the clusters file, or of all that were ever seen. Never fails. */
export async function cachedNodes(
	stateDirectory: string,
	cluster: string | undefined,
): Promise<readonly Registration[]> {
	const directory = join(stateDirectory, "clusters");
	if ((distrust(stateDirectory) ?? distrust(directory)) !== null) return [];
	const names = cluster === undefined ? await listFiles(directory) : [fileName({ cluster, targets: [] })];
	const files = await Promise.all(names.map((name) => readCacheFile(join(directory, name))));
	return files.flatMap(({ cached }) => cached?.nodes ?? []);
}

async function listFiles(directory: string): Promise<readonly string[]> {
	try {
		return (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
	} catch {
		// Nothing was cached yet.
		return [];
	}
}

async function readCacheFile(path: string): Promise<LoadedCache> {
	const useless = (reason: string): LoadedCache => ({
		cached: null,
		ignored: [{ message: `cached cluster file "${path}" is ignored: ${reason}`, exitCode: 78 }],
	});
	const reason = distrust(path);
	if (reason !== null) return useless(reason);
	try {
		const checked = contents.safeParse(sanitise(JSON.parse(await readFile(path, "utf8"))));
		if (!checked.success) return useless(z.prettifyError(checked.error).replaceAll(/\s+/g, " "));
		const { schema: _schema, ...cached } = checked.data;
		return { cached, ignored: [] };
	} catch (error) {
		if (systemCode(error) === "ENOENT") return { cached: null, ignored: [] };
		return useless(error instanceof SyntaxError ? "it is not JSON" : systemMessage(error));
	}
}

function hasMember({ nodes }: CachedCluster, { targets }: Lookup): boolean {
	const wanted = new Set(targets.flatMap(addresses));
	return nodes.some(({ conninfo }) => {
		const values = parseConninfo(conninfo).value;
		const places = values === undefined ? undefined : connectionTargets(values).value;
		return places?.some((place) => addresses(place).some((address) => wanted.has(address))) ?? false;
	});
}

/** host:port and hostaddr:port, except those that mean a different machine on each machine. */
function addresses({ host, hostaddr, port }: Target): readonly string[] {
	return [host, hostaddr]
		.filter((name) => name !== undefined)
		.filter((name) => !/^($|\/|@|localhost$|127\.|::1$)/i.test(name))
		.map((name) => `${name.toLowerCase()}:${port}`);
}

/** Readable for people, and unique by the hash. */
function fileName({ cluster, targets }: Lookup): string {
	const places = targets
		.map(({ host, hostaddr, port }) => `${hostaddr ?? host.toLowerCase()}:${port}`)
		.sort();
	const key = cluster === undefined ? `given ${places.join(",")}` : `cluster ${cluster}`;
	const readable = (cluster ?? places[0] ?? "").replaceAll(/[^A-Za-z0-9.-]+/g, "_").slice(0, 60);
	return `${readable}-${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`;
}

/**
 * Writes the cache atomically (rename), readable by the owner only. Removes passwords, and leaves out a node
 * whose conninfo can't be parsed, as it may hold one. Its value is the path.
 */
export async function saveClusterCache(
	stateDirectory: string,
	lookup: Lookup,
	cluster: CachedCluster,
): Promise<Configured<string>> {
	const directory = join(stateDirectory, "clusters");
	const path = join(directory, fileName(lookup));
	const temporary = `${path}.${process.pid}.tmp`;
	const nodes = cluster.nodes.flatMap((node) => {
		const values = parseConninfo(node.conninfo).value;
		if (values === undefined || node.conninfo === unreadableConninfo) return [];
		const conninfo = formatConninfo(withoutSecrets(values));
		return [{ ...node, conninfo, user: undefined, database: undefined }];
	});
	try {
		await mkdir(directory, { recursive: true, mode: 0o700 });
		await chmod(directory, 0o700);
		const text = JSON.stringify({ schema: 1, systemIdentifier: cluster.systemIdentifier, nodes }, null, "\t");
		await writeFile(temporary, `${text}\n`, { mode: 0o600 });
		await rename(temporary, path);
		return { value: path };
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => undefined);
		return refuse({ message: `could not write "${path}": ${systemMessage(error)}`, exitCode: 78 });
	}
}
