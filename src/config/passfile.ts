import { readFile, stat } from "node:fs/promises";
import { type Problem, systemCode, systemMessage } from "./problem.ts";

/** Whom a password is looked up for: the four fields of a line of ~/.pgpass, as text. */
export interface PasswordOwner {
	readonly host: string;
	readonly port: string;
	readonly dbname: string;
	readonly user: string;
}

/** libpq's default socket directory (Debian, PGDG); its connections are listed as "localhost". */
export const socketDirectory = "/var/run/postgresql";

/**
 * The password of the first line that matches (manual 34.16); null where there is none or the file is
 * missing or to be ignored: `passfileProblem` says why. The package pgpass is not used because it reads
 * the path from process.env only, ignores lines under 11 characters and takes the escaped backslash
 * of `C\\:5432` for an escaped colon.
 */
export async function readPassword(file: string, owner: PasswordOwner): Promise<string | null> {
	if ((await passfileProblem(file)) !== null) return null;
	try {
		return findPassword(await readFile(file, "utf8"), owner);
	} catch {
		// Missing, or gone since it was checked: libpq also goes on without a password.
		return null;
	}
}

/** Why a password file is ignored, to be told when authentication fails; null where it is fine or missing. */
export async function passfileProblem(file: string): Promise<Problem | null> {
	try {
		const found = await stat(file);
		if (!found.isFile()) return { message: `password file "${file}" is not a plain file`, exitCode: 78 };
		if ((found.mode & 0o077) === 0) return null;
		return {
			message: `password file "${file}" has group or world access`,
			detail: "It is ignored, so that nobody comes to rely on a password that others can read.",
			hint: `Permissions should be u=rw (0600) or less: chmod 600 ${file}`,
			exitCode: 78,
		};
	} catch (error) {
		if (systemCode(error) === "ENOENT") return null;
		return { message: `could not open password file "${file}": ${systemMessage(error)}`, exitCode: 78 };
	}
}

/** The text of a password file: host:port:database:user:password, "*" for any, "\" before ":" and "\". */
export function findPassword(text: string, owner: PasswordOwner): string | null {
	const host = owner.host === socketDirectory ? "localhost" : owner.host;
	const wanted = [host, owner.port, owner.dbname, owner.user];
	for (const line of text.split(/\r?\n/)) {
		if (line.startsWith("#")) continue;
		const fields = splitFields(line);
		const password = fields[wanted.length];
		if (password === undefined) continue;
		if (
			wanted.every((value, index) => fields[index] === "*" || withoutEscapes(fields[index] ?? "") === value)
		)
			return withoutEscapes(password) || null;
	}
	return null;
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
