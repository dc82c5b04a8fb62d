/** Replaces a secret. */
const CONCEALED = "********";

/** Shorter known passwords would hide half of every text: only the patterns conceal them. */
const SHORTEST_KNOWN = 4;

/** Names and separators before a secret. */
const NAMES = [
	// conninfo, repmgr.conf, environment, pg_hba.conf (ldapbindpasswd, radiussecrets): NAME = VALUE.
	String.raw`\w{0,30}(?:password|passwd|passphrase|secrets?|scram_(?:client|server)_key)[ \t]*=[ \t]*`,
	// JSON, also within another text.
	String.raw`\\*["']\w{0,30}(?:password|passwd|passphrase|secret)\\*["'][ \t]*:[ \t]*`,
	// SQL: PASSWORD 'VALUE', E'VALUE', U&'VALUE', $$VALUE$$.
	String.raw`\bpassword[ \t]+(?:[EN]|U&)?(?=\\*['$])`,
].join("|");

/** The parameter of a URI ends at the next one. */
const URI_PARAMETER = /([?&]\w{0,30}(?:password|passphrase|secret|key)=)[^\s&]+/gi;
/** Up to the last "@": a password may have an "@" that should have been encoded. */
const URI_USER = /(\b[a-z][a-z\d+.-]{0,20}:\/\/[^\s:@/]{0,255}:)\S*@/gi;

/** A line of .pgpass, to its end: HOST:PORT:DATABASE:USER:PASSWORD. Numbers and colons alone are a time or an address. */
const PASSFILE_LINE =
	/((?:^|[\s"'|])(?![\da-f:.%/]+(?:\s|$))(?:\[[^\]\s]{0,255}\]|(?:\\+[^\\]|[^\s:\\]){1,255}):(?:\d{1,5}|\*):(?:\\+[^\\]|[^\s:\\]){1,255}:(?:\\+[^\\]|[^\s:\\]){1,255}:).+/gim;

/**
 * Removes secrets from text that is stored or shown. Give it whole lines: it does not recognise half a secret.
 *
 * @param secrets known passwords, removed wherever they occur. Called for each text, since more become known.
 */
export function redactor(secrets: () => Iterable<string>): (text: string) => string {
	return (text) => {
		const known = [...secrets()]
			.filter(({ length }) => length >= SHORTEST_KNOWN)
			.flatMap(writtenForms)
			.sort((a, b) => b.length - a.length);
		const withoutKnown = known.reduce((left, secret) => left.replaceAll(secret, CONCEALED), text);
		return withoutKnown.split("\n").map(redactLine).join("\n");
	};
}

function redactLine(line: string): string {
	return withoutNamed(line)
		.replace(URI_PARAMETER, `$1${CONCEALED}`)
		.replace(URI_USER, `$1${CONCEALED}@`)
		.replace(PASSFILE_LINE, `$1${CONCEALED}`);
}

/** The secret itself, and as written within quotes, a URI, JSON and a password file. */
function writtenForms(secret: string): readonly string[] {
	return [
		secret,
		secret.replaceAll(/[\\']/g, "\\$&"),
		secret.replaceAll("'", "''"),
		secret.replaceAll("'", `'\\''`),
		secret.replaceAll("'", `'"'"'`),
		secret.replaceAll(/[\\:]/g, "\\$&"),
		encodeURIComponent(secret),
		JSON.stringify(secret).slice(1, -1),
	];
}

/** Conceals what follows each name. */
function withoutNamed(line: string): string {
	const name = new RegExp(NAMES, "giu");
	let shown = "";
	let from = 0;
	for (let found = name.exec(line); found !== null; found = name.exec(line)) {
		const begin = found.index + found[0].length;
		// A parameter of a URI has its own pattern.
		if (/[?&]/.test(line[found.index - 1] ?? "")) continue;
		const end = endOfValue(line, begin, /:[ \t]*$/.test(found[0]));
		if (end > begin) shown += line.slice(from, begin) + CONCEALED;
		else shown += line.slice(from, begin);
		from = end;
		name.lastIndex = Math.max(end, name.lastIndex);
	}
	return shown + line.slice(from);
}

/** Follows the end of a value. */
const BOUNDARY = /^[,;)}\]]*(?:$|\s)/;
/** The same within JSON. */
const NEXT_IN_JSON = /^(?:,\\*"|\}|\])/;

/** Quotes of the text around a value, which may end just behind it, by the quotes of the value. */
const AROUND: Readonly<Record<string, RegExp>> = {
	"'": /^\\*"/,
	'"': /^'/,
	"''": /^['"]/,
	'\\"': /^['"]/,
};

/**
 * The certain end of a value that begins here. There are too many kinds of quoting, nested ones included, to follow them
 * all: if anything looks like one of them, the rest of the line counts as the value.
 */
function endOfValue(line: string, begin: number, isJson: boolean): number {
	const rest = line.slice(begin);
	const [opening = ""] = /^(?:['"\\]+|\$\w*\$)/.exec(rest) ?? [];
	const isDollar = opening.startsWith("$");
	const [content = ""] =
		(opening === "" ? /^[^\s'"\\]*/ : isDollar ? /^[^$]*/ : /^[^'"\\]*/).exec(rest.slice(opening.length)) ??
		[];
	const after = rest.slice(opening.length + content.length);
	const end = begin + opening.length * 2 + content.length;
	if (!after.startsWith(opening) || /^\\+$/.test(opening)) return line.length;
	const behind = after.slice(opening.length);
	if (isDollar || BOUNDARY.test(behind) || (isJson && NEXT_IN_JSON.test(behind))) return end;
	const [quote = ""] = (opening === "" ? /^\\*["']/ : (AROUND[opening] ?? /^(?!)/)).exec(behind) ?? [];
	// A value without quotes can end only at a quote that was opened before it.
	const isAround = quote !== "" && (opening !== "" || line.slice(0, begin).split(quote).length % 2 === 0);
	const outside = behind.slice(quote.length);
	const isOver = BOUNDARY.test(outside) || (opening !== "" && NEXT_IN_JSON.test(outside));
	return isAround && isOver ? end : line.length;
}

/** Redacts every text in a plain value. */
export function redactAll<T>(value: T, redact: (text: string) => string): T {
	if (typeof value === "string") return redact(value) as T;
	if (Array.isArray(value)) return value.map((item) => redactAll(item, redact)) as T;
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactAll(item, redact)])) as T;
}
