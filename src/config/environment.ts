import type { ConninfoKeyword, ConninfoValues } from "../libpq/conninfo-keywords.ts";
import type { ConnectionParameters } from "./connection-parameters.ts";

/**
 * libpq's environment variables (manual 34.15) for what the console uses. Not PGTARGETSESSIONATTRS:
 * the console wants every node, whatever its role. Not PGAPPNAME: sessions carry the console's own name.
 */
const variables = {
	PGHOST: "host",
	PGHOSTADDR: "hostaddr",
	PGPORT: "port",
	PGUSER: "user",
	PGDATABASE: "dbname",
	PGPASSWORD: "password",
	PGPASSFILE: "passfile",
	PGOPTIONS: "options",
	PGCONNECT_TIMEOUT: "connect_timeout",
	PGSSLMODE: "sslmode",
	PGSSLROOTCERT: "sslrootcert",
	PGSSLCERT: "sslcert",
	PGSSLKEY: "sslkey",
	PGSSLCRL: "sslcrl",
	PGSSLCRLDIR: "sslcrldir",
	PGSSLCERTMODE: "sslcertmode",
	PGSSLSNI: "sslsni",
	PGSSLMINPROTOCOLVERSION: "ssl_min_protocol_version",
	PGSSLMAXPROTOCOLVERSION: "ssl_max_protocol_version",
	PGSSLNEGOTIATION: "sslnegotiation",
	PGCHANNELBINDING: "channel_binding",
	PGREQUIREPEER: "requirepeer",
	PGREQUIREAUTH: "require_auth",
	PGGSSENCMODE: "gssencmode",
} as const satisfies Record<string, ConninfoKeyword>;

/** The PG* variables as conninfo values. An empty variable is given, as for libpq: PGSSLMODE="" is an error. */
export function environmentValues(environment: Readonly<Record<string, string | undefined>>): ConninfoValues {
	// Deprecated, and still read by libpq (conninfo_add_defaults() in fe-connect.c).
	const required: ConninfoValues = environment.PGREQUIRESSL?.startsWith("1") ? { sslmode: "require" } : {};
	const given = Object.fromEntries(
		Object.entries(variables).flatMap(([variable, keyword]) => {
			const value = environment[variable];
			return value === undefined ? [] : [[keyword, value]];
		}),
	);
	return { ...required, ...given };
}

/**
 * The environment in which psql, and whatever else uses libpq, logs in as the console does. A password that was given stays in the
 * environment, which only its owner can read (proc(5)); one of a password file is read there again.
 */
export async function libpqEnvironment(
	parameters: ConnectionParameters,
	own: Readonly<Record<string, string | undefined>>,
	isReadOnly: boolean,
): Promise<NodeJS.ProcessEnv> {
	const {
		user,
		dbname,
		passfile,
		isPasswordGiven,
		ssl,
		connectTimeoutMs,
		otherwise = [],
		options = "",
	} = parameters;
	const places = [parameters, ...otherwise];
	const values: Partial<Record<keyof typeof variables, string | undefined>> = {
		PGHOST: places.map(({ host }) => host).join(","),
		...(places.some(({ hostaddr }) => hostaddr !== undefined) && {
			PGHOSTADDR: places.map(({ hostaddr = "" }) => hostaddr).join(","),
		}),
		PGPORT: places.map(({ port }) => port).join(","),
		PGUSER: user,
		PGDATABASE: dbname,
		PGPASSFILE: passfile,
		PGPASSWORD: isPasswordGiven ? ((await parameters.password()) ?? undefined) : undefined,
		PGOPTIONS:
			[options, ...(isReadOnly ? ["-c default_transaction_read_only=on"] : [])].join(" ").trim() || undefined,
		PGCONNECT_TIMEOUT: connectTimeoutMs === undefined ? undefined : String(connectTimeoutMs / 1000),
		PGSSLMODE: ssl.mode,
		PGSSLROOTCERT: ssl.rootcert,
		PGSSLCERT: ssl.cert,
		PGSSLKEY: ssl.key,
		PGSSLCRL: ssl.crl,
		PGSSLMINPROTOCOLVERSION: ssl.minVersion,
		PGSSLMAXPROTOCOLVERSION: ssl.maxVersion,
	};
	const all = Object.entries({ ...withoutLibpq(own), ...values });
	return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** Without libpq's variables: PGPASSWORD is not for a program that does not log in to a server, nor for what ssh sends on (SendEnv). */
export function withoutLibpq(own: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith("PG")));
}

/**
 * The environment for ssh, its ProxyCommand and other programs on this machine, with messages in English. Without libpq's
 * variables: PGPASSWORD is meant for this console alone.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
	return { ...withoutLibpq(process.env), LC_ALL: "C", ...more };
}
