import { type Configured, type Problem, refuse } from "../text/message.ts";
import { type ConninfoKeyword, type ConninfoValues, concealed, storeOption } from "./conninfo-keywords.ts";

type Values = Partial<Record<ConninfoKeyword, string>>;

/**
 * postgresql://[user[:password]@][host[:port],…][/dbname][?name=value&…] (manual 34.1.1.2), read from
 * left to right as conninfo_uri_parse_options() of libpq 17 does, with its messages. Node's URL class
 * cannot be used: it knows neither several hosts nor percent-encoded directories as host.
 */
export function parseConninfoUri(uri: string): Configured<ConninfoValues> {
	const values: Values = {};
	const afterScheme = uri.indexOf("//") + 2;
	const credentials = /^([^:@/]*)(?::([^@/]*))?@/.exec(uri.slice(afterScheme));
	const problem =
		store(values, "user", credentials?.[1]) ??
		store(values, "password", credentials?.[2]) ??
		parseAfterCredentials(values, uri, afterScheme + (credentials?.[0].length ?? 0));
	return problem === undefined ? { value: values } : refuse(problem);
}

function parseAfterCredentials(values: Values, uri: string, start: number): Problem | undefined {
	const hosts: string[] = [];
	const ports: string[] = [];
	let at = start;
	for (;;) {
		const host = readHost(uri, at);
		if (typeof host !== "string") return host;
		at += host.length;
		hosts.push(host.startsWith("[") ? host.slice(1, -1) : host);
		const port = /^:[^/?,]*/.exec(uri.slice(at))?.[0] ?? "";
		at += port.length;
		ports.push(port.slice(1));
		if (uri[at] !== ",") break;
		at += 1;
	}
	const [, dbname, parameters] = /^(?:\/([^?]*))?(?:\?(.*))?$/s.exec(uri.slice(at)) ?? [];
	return (
		store(values, "host", hosts.join(",")) ??
		store(values, "port", ports.join(",")) ??
		store(values, "dbname", dbname) ??
		parseParameters(values, parameters ?? "")
	);
}

/** The host at this position, with its brackets if it is an IPv6 address. */
function readHost(uri: string, at: number): string | Problem {
	if (uri[at] !== "[") return /^[^:/?,]*/.exec(uri.slice(at))?.[0] ?? "";
	const end = uri.indexOf("]", at);
	if (end === -1)
		return malformed(
			`end of string reached when looking for matching "]" in IPv6 host address in URI: "${shown(uri)}"`,
		);
	if (end === at + 1) return malformed(`IPv6 host address may not be empty in URI: "${shown(uri)}"`);
	const next = uri[end + 1];
	if (next !== undefined && !":/?,".includes(next))
		return malformed(
			`unexpected character "${next}" at position ${end + 2} in URI (expected ":" or "/"): "${shown(uri)}"`,
		);
	return uri.slice(at, end + 1);
}

function parseParameters(values: Values, text: string): Problem | undefined {
	// split() would see two parameters in "a=1&"; libpq sees one.
	const parameters = text.replace(/&$/, "");
	if (text === "") return undefined;
	for (const parameter of parameters.split("&")) {
		const [rawKeyword = "", rawValue, extra] = parameter.split("=");
		if (rawValue === undefined)
			return malformed(`missing key/value separator "=" in URI query parameter: "${rawKeyword}"`);
		if (extra !== undefined)
			return malformed(`extra key/value separator "=" in URI query parameter: "${rawKeyword}"`);
		const keyword = decode(rawKeyword, rawKeyword);
		if (typeof keyword !== "string") return keyword;
		const value = decode(rawValue, keyword);
		if (typeof value !== "string") return value;
		// JDBC's ssl=true.
		const stored =
			keyword === "ssl" && value === "true"
				? storeOption(values, "sslmode", "require")
				: storeOption(values, keyword, value);
		if (!stored) return malformed(`invalid URI query parameter: "${keyword}"`);
	}
	return undefined;
}

/** Empty parts count as absent: postgresql:///db has no host. */
function store(values: Values, keyword: ConninfoKeyword, encoded: string | undefined): Problem | undefined {
	if (encoded === undefined || encoded === "") return undefined;
	const value = decode(encoded, keyword);
	if (typeof value !== "string") return value;
	values[keyword] = value;
	return undefined;
}

/** Percent-decoding of UTF-8; unlike with decodeURIComponent, invalid bytes become U+FFFD. */
function decode(encoded: string, keyword: string): string | Problem {
	const token = /password/i.test(keyword) || encoded.includes("@") ? concealed : encoded;
	const wrong = /%(00|(?![0-9a-fA-F]{2}))/.exec(encoded);
	if (wrong !== null)
		return malformed(
			wrong[1] === "00"
				? `forbidden value %00 in percent-encoded value: "${token}"`
				: `invalid percent-encoded token: "${token}"`,
		);
	return encoded.replace(/(?:%[0-9a-fA-F]{2})+/g, (bytes) =>
		Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
	);
}

/** The URI for a message: without what may be a password, that is credentials and parameters. */
function shown(uri: string): string {
	return uri.replace(/\?.*$/s, "?…").replace(/\/\/.*@/s, `//${concealed}@`);
}

function malformed(message: string): Problem {
	return {
		message,
		hint: "Write postgresql://user@host:port/dbname, with special characters percent-encoded: %40 for @, %2F for /.",
		exitCode: 64,
	};
}
