import type { ConninfoKeyword, ConninfoValues } from "../libpq/conninfo-keywords.ts";

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
 * The environment for ssh, its ProxyCommand and other programs on this machine, with messages in English. Without libpq's
 * variables: PGPASSWORD is meant for this console alone.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
	return { ...Object.fromEntries(inherited), LC_ALL: "C", ...more };
}
