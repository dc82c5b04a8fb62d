import type { Interaction } from "../command/terminal.ts";
import { readSudoPassword } from "../config/sudo-password.ts";
import { type Configured, refuse } from "../text/message.ts";
import { isPassword } from "../text/password.ts";
import type { SudoPassword } from "../transport/ports.ts";

/** How the operator wants to give the password for sudo on the hosts. */
export interface SudoOptions {
	readonly sudoPasswordFile?: string;
	readonly askSudoPassword?: boolean;
}

/** From the file, or as typed at the terminal; none where neither is asked for. */
export async function sudoPasswordOf(
	{ sudoPasswordFile: file, askSudoPassword: asks }: SudoOptions,
	interaction: () => Interaction,
): Promise<Configured<SudoPassword>> {
	if (file !== undefined) {
		const read = readSudoPassword(file);
		return read.problems === undefined ? { value: { value: read.value } } : read;
	}
	if (asks !== true) return { value: { value: null } };
	const { isInteractive, ask } = interaction();
	const typed = isInteractive ? await ask("Password for sudo on the hosts: ", "hidden") : null;
	if (typed !== null && isPassword(typed)) return { value: { value: typed } };
	return refuse({
		message: isInteractive ? "no password was given" : "not a terminal: the password can't be asked for",
		hint: "Use --sudo-password-file.",
		exitCode: 64,
	});
}
