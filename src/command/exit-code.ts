import type { Severity } from "../model/snapshot.ts";

/** Exit codes of commands that only read; those from 64 on are from sysexits.h. */
export const EXIT_CODE = {
	ok: 0,
	warning: 1,
	critical: 2,
	unknown: 3,
	usage: 64,
	software: 70,
	/** EX_OSERR: the operating system refuses a resource. */
	system: 71,
	/** EX_IOERR: the output could not be written. */
	output: 74,
	configuration: 78,
} as const satisfies Record<Severity | "usage" | "software" | "system" | "output" | "configuration", number>;

/** Exit codes of commands that change a cluster. */
export const OPERATION_EXIT = {
	/** Done and verified. */
	done: 0,
	failed: 1,
	/** Nothing was changed. */
	refused: 2,
	/** Detached or interrupted; `runs resume` resumes it. */
	interrupted: 3,
} as const;
