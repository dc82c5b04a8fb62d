import { readFileSync, statSync } from "node:fs";
import { type Configured, refuse, systemMessage } from "../text/message.ts";
import { isPassword } from "../text/password.ts";

/** The first line of a file that nobody else may read, or of a pipe, such as /dev/stdin. */
export function readSudoPassword(path: string): Configured<string> {
	let text: string;
	try {
		const found = statSync(path);
		if (found.isFile() && (found.mode & 0o077) !== 0) {
			return refuse({
				message: `sudo password file "${path}" has group or world access`,
				hint: `chmod 600 ${path}`,
				exitCode: 78,
			});
		}
		text = readFileSync(path, "utf8");
	} catch (error) {
		return refuse({
			message: `could not read sudo password file "${path}": ${systemMessage(error)}`,
			exitCode: 78,
		});
	}
	const [password = ""] = text.split(/\r?\n/);
	return isPassword(password)
		? { value: password }
		: refuse({
				message: `no password is in "${path}"`,
				detail: "Its first line must be one, of at most 255 characters.",
				exitCode: 78,
			});
}
