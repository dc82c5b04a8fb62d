import type { Severity } from "../model/snapshot.ts";

/** Exit codes of `status`; all from 64 on are sysexits.h's. */
export const EXIT_CODE = {
	ok: 0,
	warning: 1,
	critical: 2,
	unknown: 3,
	usage: 64,
	software: 70,
	/** The operating system refuses what the console needs. */
	system: 71,
	/** What was to be printed could not be. */
	output: 74,
	configuration: 78,
} as const satisfies Record<Severity | "usage" | "software" | "system" | "output" | "configuration", number>;

/** Exit codes of everything that changes a cluster. */
export const OPERATION_EXIT = {
	/** Done, and seen in the cluster to be so. */
	done: 0,
	failed: 1,
	/** Nothing was changed. */
	refused: 2,
	/** Goes on without us, or was left; `runs resume` takes it up. */
	interrupted: 3,
} as const;
