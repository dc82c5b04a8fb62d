import { type Configured, refuse } from "../text/message.ts";
import {
	type ConninfoKeyword,
	type ConninfoValues,
	concealed,
	secretKeywords,
	storeOption,
} from "./conninfo-keywords.ts";
import { parseConninfoUri } from "./conninfo-uri.ts";

/**
 * Parses a conninfo as psql -d reads it: a URI, a keyword/value string, or, without any "=", the
 * name of a database (manual 34.1.1). For every text it returns values or one problem,
 * in libpq's words.
 */
export function parseConninfo(text: string): Configured<ConninfoValues> {
	if (/^(postgresql|postgres):\/\//.test(text)) return parseConninfoUri(text);
	if (text.includes("=")) return parseKeywordValues(text);
	return { value: text === "" ? {} : { dbname: text } };
}

/** Skips what C's isspace() calls space; JavaScript's \s is wider. */
const spaces = /[ \t\n\v\f\r]*/y;

function parseKeywordValues(text: string): Configured<ConninfoValues> {
	const values: Partial<Record<ConninfoKeyword, string>> = {};
	let at = 0;
	let previous = "";
	const read = (pattern: RegExp): string => {
		pattern.lastIndex = at;
		const found = pattern.exec(text)?.[0] ?? "";
		at += found.length;
		return found;
	};

	for (read(spaces); at < text.length; read(spaces)) {
		const keyword = read(/[^= \t\n\v\f\r]*/y);
		read(spaces);
		if (text[at] !== "=")
			return refuseText(`missing "=" after "${shown(keyword, previous)}" in connection info string`);
		at += 1;
		read(spaces);
		const quoted = text[at] === "'";
		const raw = read(quoted ? /'(?:\\.|\\$|[^'\\])*'?/sy : /(?:\\.|\\$|[^\\ \t\n\v\f\r])*/sy);
		if (quoted && !isClosed(raw)) return refuseText("unterminated quoted string in connection info string");
		const value = withoutEscapes(quoted ? raw.slice(1, -1) : raw);
		if (!storeOption(values, keyword, value))
			return refuseText(`invalid connection option "${shown(keyword, previous)}"`);
		previous = keyword;
	}
	return { value: values };
}

/** Does the last quote close the text? `'a\'` ends in an escaped quote. */
function isClosed(quoted: string): boolean {
	return /^'(?:\\.|[^'\\])*'$/s.test(quoted);
}

/** A backslash makes the next character literal; one at the end is dropped. */
function withoutEscapes(text: string): string {
	return text.replace(/\\(.?)/gs, "$1");
}

/** An unknown word right after a password may be its second part: `password=two words`. */
function shown(word: string, previous: string): string {
	return secretKeywords.some((secret) => secret === previous) ? concealed : word;
}

function refuseText(message: string) {
	return refuse({
		message,
		hint: "Write keyword=value pairs; quote a value that is empty or has spaces: password='two words'.",
		exitCode: 64,
	});
}

/** A keyword/value string that parses to the same values, also in libpq. */
export function formatConninfo(values: ConninfoValues): string {
	return Object.entries(values)
		.map(([keyword, value]) => `${keyword}=${quote(value)}`)
		.join(" ");
}

function quote(value: string): string {
	const plain = value !== "" && !/[ \t\n\v\f\r'\\]/.test(value);
	return plain ? value : `'${value.replace(/[\\']/g, "\\$&")}'`;
}

/** Shown instead of a conninfo whose secrets can't be told from the rest. */
export const unreadableConninfo = "(conninfo not shown: it is malformed)";

/**
 * A conninfo with its secrets concealed. Text without secrets comes back unchanged.
 * A host or database with an "@" is most likely a URI whose password has an unescaped "/" or "@":
 * then nothing is shown.
 */
export function redactConninfo(text: string): string {
	const parsed = parseConninfo(text);
	if (parsed.problems !== undefined) return unreadableConninfo;
	const values = parsed.value;
	// An unescaped password ends up in host or dbname; psql and repmgr take a dbname with "=" or "://" for a conninfo.
	if (values.host?.includes("@") || /@|=|:\/\//.test(values.dbname ?? "")) return unreadableConninfo;
	const secrets = secretKeywords.filter((keyword) => values[keyword] !== undefined);
	if (secrets.length === 0) return text;
	return formatConninfo({ ...values, ...Object.fromEntries(secrets.map((keyword) => [keyword, concealed])) });
}

/** The values without secrets. */
export function withoutSecrets(values: ConninfoValues): ConninfoValues {
	const { password: _password, sslpassword: _sslpassword, ...rest } = values;
	return rest;
}
