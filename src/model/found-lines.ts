import type { Outcome } from "./fault.ts";
import type { LogSource } from "./log-lines.ts";

/** A time from when to when, epoch ms. */
export interface TimeRange {
	readonly from: number;
	readonly to: number;
}

/** A known line of a log (log-lines.ts). */
export interface FoundLine {
	readonly of: LogSource;
	/** Epoch ms, by the host's clock. */
	readonly at: number;
	/** Sanitised, without secrets. */
	readonly text: string;
}

/** What one host's logs have of a time range. */
export interface FoundLines {
	/** Of each log the oldest first. */
	readonly lines: readonly FoundLine[];
	/** What was not read, as texts in PostgreSQL's style: "repmgrd's log begins at …". */
	readonly notes: readonly string[];
}

export interface NodeFoundLines {
	readonly nodeId: number;
	readonly found: Outcome<FoundLines>;
}
