/**
 * The program that a command of repmgr.conf starts with, as found on its host. "unclear": only a shell could resolve it,
 * or only the user that sudo switches to may see it.
 */
export interface CommandProgram {
	readonly parameter: string;
	readonly state: "runnable" | "missing" | "not executable" | "no interpreter" | "unclear";
	/** Its path, or the word that was not found; "" where unclear. */
	readonly program: string;
}

/** Why it can't be run, as a sentence; null where no reason is known. */
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

/** Parameters of repmgr 3 and their names since repmgr 4; null: removed. */
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
