/** One thing after another in a scenario. */
export type Move =
	/** Waits until this finding is open, as "CODE node". */
	| { readonly until: string }
	/** Waits until nothing worse than a notice is found, and stays so. */
	| { readonly until: "nothing" }
	/** Waits so many seconds. */
	| { readonly seconds: number }
	/** The console's command. */
	| { readonly command: string }
	/** Takes away what a fault has done to a host, and nothing else: no server is started. */
	| { readonly relieve: string; readonly node: string };

/** How a scenario is solved, after what happens in it; the same on the real cluster and in practice. */
export const PLAYS: Readonly<Record<string, readonly Move[]>> = {
	calm: [{ seconds: 20 }],
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
	"half-done-switchover": [
		{ until: "PRIMARY_DOWN node1" },
		{ seconds: 10 },
		{ command: "start node1" },
		{ until: "REPMGRD_PAUSED cluster" },
		{ command: "unpause" },
	],
	"split-brain": [
		{ until: "SPLIT_BRAIN cluster" },
		{ seconds: 10 },
		{ command: "fence node2 --reason practice" },
		{ until: "STANDBY_DOWN node2" },
		{ command: "rejoin node2 --force-rewind" },
		{ until: "REPMGRD_NOT_RUNNING node2" },
		{ command: "repmgrd-start node2" },
	],
	"lagging-standby": [
		{ until: "STANDBY_LAGGING node3" },
		{ seconds: 10 },
		{ relieve: "slow-replay", node: "node3" },
	],
};
