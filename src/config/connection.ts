import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConninfoKeyword, ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { socketDirectory } from "../libpq/passfile.ts";
import { connectionTargets, parseInteger, type Target } from "../libpq/targets.ts";
import type { Configured, Problem } from "../text/message.ts";
import { sslMode, sslSettings, tlsVersions } from "./certificates.ts";
import type { ConnectionParameters } from "./connection-parameters.ts";
import { environmentValues } from "./environment.ts";
import { readPassword } from "./passfile.ts";
import type { Client } from "./paths.ts";
import { readService } from "./service-file.ts";

/**
 * Everything the operator gave: conninfo before service file before PG* variables, without defaults. Idempotent.
 */
export function gatherGiven(values: ConninfoValues, client: Client): Configured<ConninfoValues> {
	const { service: named, ...conninfo } = values;
	const service = named ?? client.environment.PGSERVICE;
	const fromService = service === undefined ? { value: {} } : readService(service, client);
	if (fromService.problems !== undefined) return fromService;
	return { value: { ...environmentValues(client.environment), ...fromService.value, ...conninfo } };
}

/**
 * The sessions a conninfo asks for, one per host in the order to try them, with libpq's precedence and
 * defaults. Reads the service file and checks which certificates exist; the password file is
 * read at each connection, so that a corrected file helps the next attempt.
 */
export function resolveConnections(
	values: ConninfoValues,
	client: Client,
): Configured<readonly ConnectionParameters[]> {
	const gathered = gatherGiven(values, client);
	if (gathered.problems !== undefined) return gathered;
	const given = gathered.value;
	const wrong = problemsWithOrigin(values, given);
	if (wrong.length > 0) return { problems: wrong };

	const named = connectionTargets(given);
	if (named.problems !== undefined) return named;
	const targets = named.value.map((target) => ({ ...target, host: target.host || defaultHost() }));
	const ssl = sslSettings(given, client.home);
	// A Unix socket never uses TLS, so its files do not matter there.
	if (ssl.problems !== undefined && targets.some((target) => !isSocket(target))) return ssl;

	const user = given.user || client.osUser;
	const dbname = given.dbname || user;
	const passfile = given.passfile || join(client.home, ".pgpass");
	const connectTimeoutMs = timeoutMs(given.connect_timeout);
	return {
		value: targets.map((target) => ({
			...target,
			user,
			dbname,
			password: async () =>
				given.password || readPassword(passfile, { ...target, port: String(target.port), dbname, user }),
			...(given.password && { isPasswordGiven: true }),
			passfile,
			ssl: isSocket(target) || ssl.value === undefined ? { mode: "disable" } : ssl.value,
			...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
			...(given.options !== undefined && given.options !== "" && { options: given.options }),
		})),
	};
}

/** libpq's default: the server's socket where there is one on this machine, else TCP to ourselves. */
function defaultHost(): string {
	return existsSync(socketDirectory) ? socketDirectory : "localhost";
}

function isSocket(target: Target): boolean {
	return target.hostaddr === undefined && target.host.startsWith("/");
}

/** Zero and less wait forever; libpq never waits less than two seconds. */
function timeoutMs(seconds: string | undefined): number | undefined {
	const value = Number(seconds ?? 0);
	return value <= 0 ? undefined : Math.max(value, 2) * 1000;
}

/** All problems of the values themselves; reads no file. */
export function conninfoProblems(values: ConninfoValues): readonly Problem[] {
	return [
		...(connectionTargets(values).problems ?? []),
		...(sslMode(values).problems ?? []),
		...(tlsVersions(values).problems ?? []),
		...(parseInteger(values.connect_timeout ?? "0", "connect_timeout").problems ?? []),
		...unsupportedOptions(values),
	];
}

/** The problems of `all`; those that `conninfo` alone does not have come from PG* variables or the service file. */
function problemsWithOrigin(conninfo: ConninfoValues, all: ConninfoValues): readonly Problem[] {
	const own = new Set(conninfoProblems(conninfo).map((problem) => problem.message));
	return conninfoProblems(all).map((problem) =>
		own.has(problem.message)
			? problem
			: { ...problem, detail: "The value comes from a PG* variable or the service file.", exitCode: 78 },
	);
}

/**
 * Options that make a connection safer, but that the console does not support: ignoring them would connect with less
 * safety than requested. Each with the values that request nothing.
 */
const unsupported = {
	channel_binding: ["", "disable", "prefer"],
	gssencmode: ["", "disable", "prefer"],
	sslnegotiation: ["", "postgres"],
	require_auth: [""],
	requirepeer: [""],
	sslcertmode: ["", "disable", "allow"],
	sslcrldir: [""],
	sslsni: ["", "1"],
} satisfies Partial<Record<ConninfoKeyword, readonly string[]>>;

function unsupportedOptions(values: ConninfoValues): readonly Problem[] {
	return Object.entries(values)
		.filter(([keyword, value]) => {
			const harmless: readonly string[] | undefined = unsupported[keyword as keyof typeof unsupported];
			return harmless !== undefined && !harmless.includes(value);
		})
		.map(([keyword, value]) => ({
			message: `connection option "${keyword}" is not supported`,
			detail: `The console does not support ${keyword}=${value}, and does not connect with less security than requested.`,
			exitCode: 64,
		}));
}
