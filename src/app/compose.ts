import { hostname } from "node:os";
import { join } from "node:path";
import type { AccessOptions } from "../command/access-options.ts";
import { loadClusterCache, saveClusterCache } from "../config/cluster-cache.ts";
import {
	findCluster,
	type JudgeScreen,
	nodeSettings,
	readClustersFile,
	sshForNode,
} from "../config/clusters-file.ts";
import type { ClusterSettings, ScreenSettings } from "../config/clusters-schema.ts";
import { gatherGiven, resolveConnections } from "../config/connection.ts";
import type { ConnectionParameters } from "../config/connection-parameters.ts";
import { mergeForNode, withServicePlace } from "../config/node-conninfo.ts";
import { type Client, clustersFilePath, stateDirectory } from "../config/paths.ts";
import { readRepmgrConf } from "../config/repmgr-conf.ts";
import { parseConninfo } from "../libpq/conninfo.ts";
import type { ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { ownTargets } from "../libpq/targets.ts";
import type { Fault, Outcome } from "../model/fault.ts";
import { DATABASE_OWNER, type Registration } from "../model/registration.ts";
import { DEFAULT_THRESHOLDS } from "../model/thresholds.ts";
import type { SessionOptions } from "../session/session.ts";
import { type Configured, formatMessage, type Problem, refuse } from "../text/message.ts";
import { redactor } from "../text/redact.ts";
import type { SudoPassword } from "../transport/ports.ts";
import { postgresQuery } from "../transport/postgres/postgres.ts";
import type { HostRequest } from "../transport/ssh/config.ts";
import { openShell } from "../transport/ssh/ssh.ts";
import type { ProgramOptions } from "./programs.ts";

const DEFAULT_INTERVAL_SECONDS = 1;

const DEFAULT_WAIT_SECONDS = 10;

/** A session's options except those that the command decides, and the configuration of the screen. */
export interface ComposedSession extends Omit<SessionOptions, "hostLooks"> {
	readonly screen: ScreenSettings;
	readonly recording: Pick<ClusterSettings, "record">;
	readonly sshTo: ProgramOptions["sshTo"];
	/** Of the configuration file. */
	readonly clusters: readonly string[];
}

/** A session's options for the named cluster. Reads all files, so that problems are reported at the start. */
export async function composeSession(
	access: AccessOptions,
	client: Client,
	warn: (text: string) => void,
	judge?: JudgeScreen,
	sudoPassword: SudoPassword = { value: null },
): Promise<Configured<ComposedSession>> {
	const named = nameCluster(access, client, warn, judge);
	if (named.problems !== undefined) return named;
	const { settings, values, clusters } = named.value;
	const gathered = gatherGiven(values, client);
	if (gathered.problems !== undefined) return gathered;
	const given = gathered.value;
	const seeds = findSeeds(given, settings, client);
	if (seeds.problems !== undefined) return seeds;

	const lookup = { ...(access.cluster !== undefined && { cluster: access.cluster }), targets: seeds.value };
	const { cached, ignored } = await loadClusterCache(stateDirectory(client), lookup);
	for (const problem of ignored) warn(formatMessage(problem));

	const secrets = new Set<string>(sudoPassword.value === null ? [] : [sudoPassword.value]);
	const isSshOn = access.ssh && settings.ssh?.enabled !== false;
	return {
		value: {
			screen: settings,
			recording: settings,
			clusters,
			sshTo: (registration) => (isSshOn ? sshRequest(registration, settings, access) : null),
			name: access.cluster ?? seeds.value[0]?.host ?? "",
			query: postgresQuery("repmgr-console"),
			writingQuery: postgresQuery("repmgr-console", "writes"),
			redact: redactor(() => secrets),
			seeds: seeds.value.map((seed) => withKnownPassword(seed, secrets)),
			known: cached?.nodes ?? [],
			isReadOnly: access.readOnly === true || settings.readOnly === true,
			thresholds: { ...DEFAULT_THRESHOLDS, ...settings.thresholds },
			operator: operatorOf(client),
			journalPath: join(stateDirectory(client), "journal.jsonl"),
			sshOff: isSshOn ? null : "SSH is off: disks, clocks and the cause of a silent server stay unknown",
			intervalMs: (access.intervalSeconds ?? settings.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS) * 1000,
			waitMs: (access.waitSeconds ?? DEFAULT_WAIT_SECONDS) * 1000,
			resolve(registration, conninfo) {
				const resolved = resolveNode(registration, conninfo, given, settings, client);
				return resolved.fault === undefined
					? { value: withKnownPassword(resolved.value, secrets) }
					: resolved;
			},
			shellFor: (registration) => (isSshOn ? shellFor(registration, settings, access, sudoPassword) : null),
			remember: (systemIdentifier, nodes) => {
				if (systemIdentifier === null) return;
				// A failed write does no harm now; the next start reports it if it matters.
				void saveClusterCache(stateDirectory(client), lookup, { systemIdentifier, nodes });
			},
		},
	};
}

/** The person who uses this console. */
export function operatorOf({ osUser, environment }: Client): SessionOptions["operator"] {
	const sshFrom = environment.SSH_CONNECTION?.split(" ")[0] || null;
	return { osUser, host: hostname(), sshFrom, pid: process.pid };
}

/** Adds every password that is used to the secrets to redact, wherever it comes from. */
function withKnownPassword(parameters: ConnectionParameters, secrets: Set<string>): ConnectionParameters {
	const { otherwise } = parameters;
	return {
		...parameters,
		...(otherwise && { otherwise: otherwise.map((other) => withKnownPassword(other, secrets)) }),
		async password() {
			const password = await parameters.password();
			if (password !== null) secrets.add(password);
			return password;
		},
	};
}

interface Named {
	readonly clusters: readonly string[];
	readonly settings: ClusterSettings;
	readonly values: ConninfoValues;
}

/** The clusters file's settings for this cluster, and the conninfo that leads to it. */
function nameCluster(
	access: AccessOptions,
	client: Client,
	warn: (text: string) => void,
	judge: JudgeScreen | undefined,
): Configured<Named> {
	const file = readClustersFile(access.config ?? clustersFilePath(client), client.home, judge);
	const isFileNeeded = access.config !== undefined || access.cluster !== undefined;
	if (file.problems !== undefined && (isFileNeeded || !isMissing(file.problems))) return file;
	for (const problem of file.value?.warnings ?? []) warn(formatMessage(problem));

	const clusters = [...(file.value?.clusters?.keys() ?? [])];
	let settings = file.value?.defaults ?? {};
	if (access.cluster !== undefined && file.value !== undefined) {
		const found = findCluster(file.value, access.cluster);
		if (found.problems !== undefined) return found;
		settings = found.value;
	}
	if (access.dbname !== undefined) {
		const parsed = parseConninfo(access.dbname);
		return parsed.problems === undefined ? { value: { settings, clusters, values: parsed.value } } : parsed;
	}
	const path = access.file ?? (settings.conninfo === undefined ? settings.repmgrConf : undefined);
	if (path !== undefined) {
		const conf = readRepmgrConf(path);
		if (conf.problems !== undefined) return conf;
		const parsed = parseConninfo(conf.value.conninfo);
		// The timeout there is for repmgr's own sessions, not for the console's.
		return parsed.problems === undefined
			? { value: { settings, clusters, values: withoutTimeout(parsed.value) } }
			: parsed;
	}
	if (access.cluster !== undefined) return { value: { settings, clusters, values: settings.conninfo ?? {} } };
	if (client.environment.PGHOST || client.environment.PGHOSTADDR || client.environment.PGSERVICE) {
		return { value: { settings, clusters, values: {} } };
	}
	return refuse({
		message: NO_CLUSTER,
		detail: namesOf(file.value?.clusters),
		hint: 'Give a conninfo of any node (-d "host=node1 user=repmgr dbname=repmgr"), a repmgr.conf (-f), or --cluster NAME.',
		exitCode: 64,
	});
}

export const NO_CLUSTER = "no cluster was named";

function isMissing(problems: readonly Problem[]): boolean {
	return problems.every(({ message }) => message.includes("No such file or directory"));
}

function namesOf(clusters: ReadonlyMap<string, unknown> | undefined): string {
	return clusters === undefined || clusters.size === 0
		? "The configuration file has no clusters."
		: `The configuration file has ${[...clusters.keys()].join(", ")}.`;
}

function withoutTimeout({ connect_timeout: _, ...values }: ConninfoValues): ConninfoValues {
	return values;
}

/** The servers to ask first: those of the conninfo, else all nodes with a host in the file. */
function findSeeds(
	given: ConninfoValues,
	settings: ClusterSettings,
	client: Client,
): Configured<readonly ConnectionParameters[]> {
	const placed = Object.values(settings.nodes ?? {}).filter(
		({ host, hostaddr }) => host !== undefined || hostaddr !== undefined,
	);
	const isPlaceGiven = Boolean(given.host || given.hostaddr) || placed.length === 0;
	const all = [...(isPlaceGiven ? [given] : []), ...placed.map((node) => mergeForNode(given, {}, node))].map(
		(values) => resolveConnections(values, client),
	);
	const problems = all.flatMap((one) => one.problems ?? []);
	return problems.length > 0 ? { problems } : { value: all.flatMap((one) => one.value ?? []) };
}

function resolveNode(
	registration: Registration,
	conninfo: string,
	given: ConninfoValues,
	settings: ClusterSettings,
	client: Client,
): Outcome<ConnectionParameters> {
	const parsed = parseConninfo(conninfo);
	if (parsed.problems !== undefined) return { fault: faultOf(parsed.problems, registration) };
	const map = nodeSettings(settings, registration);
	const placed = withServicePlace(parsed.value, map, client);
	if (placed.problems !== undefined) return { fault: faultOf(placed.problems, registration) };
	const resolved = resolveConnections(mergeForNode(given, placed.value, map), client);
	if (resolved.problems !== undefined) return { fault: faultOf(resolved.problems, registration) };
	const [first, ...otherwise] = ownTargets(resolved.value, registration.nodeName);
	if (first === undefined) return { fault: faultOf([], registration) };
	return { value: otherwise.length === 0 ? first : { ...first, otherwise } };
}

function faultOf(problems: readonly Problem[], { nodeName }: Registration): Fault {
	const first = problems[0];
	return {
		kind: "protocol",
		message: `conninfo of "${nodeName}" can't be used${first === undefined ? "" : `: ${first.message}`}`,
		...(first?.detail !== undefined && { detail: first.detail }),
		...(first?.hint !== undefined && { hint: first.hint }),
	};
}

/** Milliseconds for an SSH login; reading a host has a deadline of its own. */
const SSH_CONNECT_MS = 4000;

/** How a node's host is reached; null: it is not. */
function sshRequest(
	registration: Registration,
	settings: ClusterSettings,
	access: AccessOptions,
): HostRequest | null {
	const ssh = sshForNode(settings, registration);
	const host = ssh.host ?? nodeSettings(settings, registration).host ?? registration.host;
	if (ssh.enabled === false || host === null || host.startsWith("/")) return null;
	return {
		host,
		user: access.sshUser ?? ssh.user,
		port: access.sshPort ?? ssh.port,
		identity: access.identity ?? ssh.identity,
	};
}

function shellFor(
	registration: Registration,
	settings: ClusterSettings,
	access: AccessOptions,
	sudoPassword: SudoPassword,
) {
	const ssh = sshForNode(settings, registration);
	const request = sshRequest(registration, settings, access);
	if (request === null) return null;
	return {
		user: ssh.become ?? DATABASE_OWNER,
		shell: openShell({
			...request,
			acceptNewHostKeys: access.acceptNewHostKeys || ssh.acceptNewHostKeys === true,
			via: ssh.via ?? "auto",
			connectTimeoutMs: SSH_CONNECT_MS,
			sudoPassword,
		}),
	};
}
