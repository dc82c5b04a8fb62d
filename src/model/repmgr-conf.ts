import type { SudoSetup } from "./setup.ts";

/**
 * The program that a command of repmgr.conf begins with, as its host has it. "unclear": only a shell could tell which
 * it is, or only the user that sudo switches to may look.
 */
export interface CommandProgram {
	readonly parameter: string;
	readonly state: "runnable" | "missing" | "not executable" | "no interpreter" | "unclear";
	/** Its path, or the word that leads nowhere; "" where it is unclear. */
	readonly program: string;
}

/** Why it can't be run, in a sentence; null where nothing is known against it. */
export function programFault({ state, program }: CommandProgram): string | null {
	switch (state) {
		case "missing":
			return program.startsWith("/")
				? `${program} does not exist.`
				: `${program} is not in the PATH of a service.`;
		case "not executable":
			return `The owner of the database may not execute ${program}.`;
		case "no interpreter":
			return `The interpreter in the first line of ${program} does not exist.`;
		case "runnable":
		case "unclear":
			return null;
	}
}

/** What parameters of repmgr.conf that repmgr 3 knew are called since repmgr 4; null is gone. */
export const RENAMED_PARAMETERS: ReadonlyMap<string, string | null> = new Map([
	["cluster", null],
	["node", "node_id"],
	["upstream_node", null],
	["loglevel", "log_level"],
	["logfacility", "log_facility"],
	["logfile", "log_file"],
	["master_reponse_timeout", "async_query_timeout"],
	["master_response_timeout", "async_query_timeout"],
	["retry_promote_interval_secs", "primary_notification_timeout"],
]);

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
