/** What stands instead of a secret. */
const CONCEALED = "********";

/** Forms in which passwords appear in what repmgr, pg_rewind and psql print, and in argv. */
const FORMS: readonly (readonly [RegExp, string])[] = [
	// conninfo, quoted or not, also inside another quoting (pg_rewind --source-server='… password=x …').
	[/\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]+)/gi, `$1${CONCEALED}`],
	[/\b(PGPASSWORD=)(?:'[^']*'|"[^"]*"|[^\s'"]+)/g, `$1${CONCEALED}`],
	[/(\bpostgres(?:ql)?:\/\/[^\s:@/]*:)[^\s@]*@/gi, `$1${CONCEALED}@`],
	[/([?&](?:ssl)?password=)[^\s&'"]+/gi, `$1${CONCEALED}`],
	// A line of .pgpass: host:port:database:user:password.
	[/^([^\s:]+:(?:\d+|\*):[^\s:]+:[^\s:]+:)\S+$/gm, `$1${CONCEALED}`],
	[/(\bPASSWORD\s+)'(?:[^']|'')*'/gi, `$1'${CONCEALED}'`],
];

/**
 * Takes secrets out of text that is written to the journal or shown.
 *
 * @param secrets passwords that this program knows: they go wherever they stand. Those of less than four characters would
 * take half of every text with them, and are left to the forms.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
	const known = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
	return (text) => {
		const withoutKnown = known.reduce((left, secret) => left.replaceAll(secret, CONCEALED), text);
		return FORMS.reduce((left, [form, shown]) => left.replace(form, shown), withoutKnown);
	};
}

/** The same for every text in a plain value. */
export function redactAll<T>(value: T, redact: (text: string) => string): T {
	if (typeof value === "string") return redact(value) as T;
	if (Array.isArray(value)) return value.map((item) => redactAll(item, redact)) as T;
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactAll(item, redact)])) as T;
}
