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
