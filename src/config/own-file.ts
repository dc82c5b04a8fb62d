import { lstatSync, type Stats, statSync } from "node:fs";
import { systemCode, systemMessage } from "../text/message.ts";

/**
 * Why one of the console's files or directories is not trusted; null: it is, or it is missing. Only the user and root may own
 * it, and only they may write it.
 */
export function distrust(path: string, uid = process.getuid?.() ?? 0): string | null {
	try {
		const found = lstatSync(path);
		if (found.isSymbolicLink()) {
			// The user's own link to a directory is fine: the state may be kept elsewhere.
			const target = statSync(path);
			return target.isDirectory()
				? (foreign(path, found, uid) ?? writable(path, target) ?? foreign(path, target, uid))
				: `"${path}" is a symbolic link`;
		}
		if (!found.isFile() && !found.isDirectory()) return `"${path}" is not a regular file`;
		return foreign(path, found, uid) ?? writable(path, found);
	} catch (error) {
		return systemCode(error) === "ENOENT" ? null : `"${path}" can't be looked at: ${systemMessage(error)}`;
	}
}

function foreign(path: string, found: Stats, uid: number): string | null {
	return found.uid === uid || found.uid === 0 ? null : `"${path}" belongs to another user (uid ${found.uid})`;
}

function writable(path: string, found: Stats): string | null {
	const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
	return (found.mode & 0o022) === 0 ? null : `"${path}" may be written by others (mode ${mode})`;
}
