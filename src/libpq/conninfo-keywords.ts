/**
 * libpq 17's connection options (manual 34.1.2; PQconninfoOptions in fe-connect.c).
 * `requiressl` is not among them: it is read as `sslmode`, as libpq still does.
 */
export const conninfoKeywords = [
	"service",
	"user",
	"password",
	"passfile",
	"channel_binding",
	"connect_timeout",
	"dbname",
	"host",
	"hostaddr",
	"port",
	"client_encoding",
	"options",
	"application_name",
	"fallback_application_name",
	"keepalives",
	"keepalives_idle",
	"keepalives_interval",
	"keepalives_count",
	"tcp_user_timeout",
	"sslmode",
	"sslnegotiation",
	"sslcompression",
	"sslcert",
	"sslkey",
	"sslcertmode",
	"sslpassword",
	"sslrootcert",
	"sslcrl",
	"sslcrldir",
	"sslsni",
	"requirepeer",
	"require_auth",
	"ssl_min_protocol_version",
	"ssl_max_protocol_version",
	"gssencmode",
	"krbsrvname",
	"gsslib",
	"gssdelegation",
	"replication",
	"target_session_attrs",
	"load_balance_hosts",
] as const;

export type ConninfoKeyword = (typeof conninfoKeywords)[number];

/** A conninfo's values; an empty value is set, an absent one is not. */
export type ConninfoValues = Readonly<Partial<Record<ConninfoKeyword, string>>>;

const known: ReadonlySet<string> = new Set(conninfoKeywords);

export function isConninfoKeyword(text: string): text is ConninfoKeyword {
	return known.has(text);
}

/** Never shown, stored or put into a message. */
export const secretKeywords = ["password", "sslpassword"] as const satisfies readonly ConninfoKeyword[];

/** Shown in place of a secret. */
export const concealed = "********";

/** Stores one option as libpq does: the last value wins. Returns false for an unknown option. */
export function storeOption(
	values: Partial<Record<ConninfoKeyword, string>>,
	keyword: string,
	value: string,
): boolean {
	if (keyword === "requiressl") {
		values.sslmode = value.startsWith("1") ? "require" : "prefer";
		return true;
	}
	if (!isConninfoKeyword(keyword)) return false;
	values[keyword] = value;
	return true;
}
