import { readFile, stat } from "node:fs/promises";
import { findPassword, type PasswordOwner } from "../libpq/passfile.ts";
import { type Problem, systemCode, systemMessage } from "../text/message.ts";

/**
 * The password of the first line that matches (manual 34.16); null where there is none, or the file is
 * missing or ignored (see `passfileProblem`). The package pgpass is not used because it reads
 * the path from process.env only, ignores lines under 11 characters and takes the escaped backslash
 * of `C\\:5432` for an escaped colon.
 */
export async function readPassword(file: string, owner: PasswordOwner): Promise<string | null> {
	if ((await passfileProblem(file)) !== null) return null;
	try {
		return findPassword(await readFile(file, "utf8"), owner);
	} catch {
		// Removed since the check: libpq, too, goes on without a password.
		return null;
	}
}

/** Why a password file is ignored, shown when authentication fails; null where it is fine or missing. */
export async function passfileProblem(file: string): Promise<Problem | null> {
	try {
		const found = await stat(file);
		if (!found.isFile()) return { message: `password file "${file}" is not a plain file`, exitCode: 78 };
		if ((found.mode & 0o077) === 0) return null;
		return {
			message: `password file "${file}" has group or world access`,
			detail: "It is ignored, so that no one relies on a password that others can read.",
			hint: `Permissions should be u=rw (0600) or less: chmod 600 ${file}`,
			exitCode: 78,
		};
	} catch (error) {
		if (systemCode(error) === "ENOENT") return null;
		return { message: `could not open password file "${file}": ${systemMessage(error)}`, exitCode: 78 };
	}
}
