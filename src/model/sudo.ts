import type { SudoSetup } from "./setup.ts";

/**
 * Does sudo ask for a password before it runs this? `sudo -l COMMAND` does not tell: it says yes to what is permitted with a
 * password, too. By the last entry that matches, as sudo does.
 *
 * @param resolved the command as `sudo -l COMMAND` prints it.
 */
export function wantsPassword({ entries }: Pick<SudoSetup, "entries">, resolved: string): boolean {
	const entry = entries.findLast(({ command }) => covers(command, resolved));
	return entry !== undefined && !entry.noPassword;
}

/** A command without arguments stands for all of them; "*" and "?" are wildcards (sudoers, "Wildcards"). */
function covers(command: string, resolved: string): boolean {
	const plain = command.replace(/\\(.)/g, "$1");
	const pattern = plain.includes(" ") ? plain : `${plain} *`;
	const expression = pattern
		.replace(/[.+^${}()|[\]\\]/g, "\\$&")
		.replaceAll("*", ".*")
		.replaceAll("?", ".");
	return command === "ALL" || plain === resolved || new RegExp(`^${expression}$`).test(resolved);
}
