import type { Severity } from "../cluster/snapshot.ts";

/** Exit codes of `status`; usage errors and bad configuration are sysexits.h's. */
export const EXIT_CODE = {
	ok: 0,
	warning: 1,
	critical: 2,
	unknown: 3,
	usage: 64,
	software: 70,
	configuration: 78,
} as const satisfies Record<Severity | "usage" | "software" | "configuration", number>;

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
