/** One thing after another in a scenario. */
export type Move =
	/** Waits until this finding is open, as "CODE node". */
	| { readonly until: string }
	/** Waits until nothing worse than a notice is found, and stays so. */
	| { readonly until: "nothing" }
	/** Waits so many seconds. */
	| { readonly seconds: number }
	/** The console's command. */
	| { readonly command: string };

/** How a scenario is solved, after what happens in it; the same on the real cluster and in practice. */
export const PLAYS: Readonly<Record<string, readonly Move[]>> = {
	"forgotten-pause": [{ until: "REPMGRD_PAUSED cluster" }, { seconds: 10 }, { command: "unpause" }],
	"lost-slot": [
		{ until: "SLOT_MISSING node3" },
		{ seconds: 10 },
		{ command: "follow node3 --upstream node1" },
	],
	"stale-witness": [
		{ until: "REPMGRD_NOT_RUNNING node4" },
		{ seconds: 10 },
		{ command: "repmgrd-start node4" },
	],
	"dead-primary": [
		{ until: "STANDBY_DOWN node1" },
		{ seconds: 10 },
		{ command: "rejoin node1 --force-rewind" },
	],
};
