/** The connection that a password is for: the first four fields of a line of ~/.pgpass. */
export interface PasswordOwner {
	readonly host: string;
	readonly port: string;
	readonly dbname: string;
	readonly user: string;
}

/** libpq's default socket directory (Debian, PGDG); its connections are listed as "localhost". */
export const socketDirectory = "/var/run/postgresql";

/** One line of a password file; null is "*", which matches everything. */
export interface PassfileEntry {
	readonly host: string | null;
	readonly port: string | null;
	readonly dbname: string | null;
	readonly user: string | null;
	readonly password: string;
	/** Counted from 1. */
	readonly line: number;
}

/** The usable lines of a password file: host:port:database:user:password, "*" for any, "\" before ":" and "\". */
export function parsePassfile(text: string): readonly PassfileEntry[] {
	return text.split(/\r?\n/).flatMap((line, index) => {
		const fields = line.startsWith("#") ? [] : splitFields(line);
		const [host, port, dbname, user] = fields.map((field) => (field === "*" ? null : withoutEscapes(field)));
		const password = fields[4];
		if (host === undefined || port === undefined || dbname === undefined || user === undefined) return [];
		return password === undefined
			? []
			: [{ host, port, dbname, user, password: withoutEscapes(password), line: index + 1 }];
	});
}

/** The password of the first line that matches, or null; an empty one is none. */
export function findPassword(text: string, owner: PasswordOwner): string | null {
	return firstMatch(parsePassfile(text), owner)?.password || null;
}

/** The line that libpq takes: the first one that matches, even if its password is empty. */
export function firstMatch(entries: readonly PassfileEntry[], owner: PasswordOwner): PassfileEntry | null {
	const wanted = { ...owner, host: owner.host === socketDirectory ? "localhost" : owner.host };
	const matches = (entry: PassfileEntry): boolean =>
		(["host", "port", "dbname", "user"] as const).every(
			(field) => entry[field] === null || entry[field] === wanted[field],
		);
	return entries.find(matches) ?? null;
}

/** The fields with their escapes: a "*" that is escaped is no wildcard. */
function splitFields(line: string): readonly string[] {
	const fields: string[] = [];
	let field = "";
	for (const [piece] of line.matchAll(/\\.|./gs)) {
		if (piece === ":") {
			fields.push(field);
			field = "";
		} else field += piece;
	}
	return [...fields, field];
}

function withoutEscapes(field: string): string {
	return field.replace(/\\(.)/gs, "$1");
}
