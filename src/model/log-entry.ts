import type { RepmgrEvent } from "./server-reading.ts";

/** One entry of the event log: recorded by repmgr, or seen by this console. */
export interface LogEntry {
	readonly source: "repmgr" | "console";
	/** ISO 8601, UTC, microseconds: of constant length, so that the texts sort like times. */
	readonly timestamp: string;
	/** Null: the cluster as a whole. */
	readonly nodeId: number | null;
	readonly event: string;
	/** Null where neither success nor failure. */
	readonly successful: boolean | null;
	readonly details: string;
}

/** A row of repmgr.events as an entry. */
export function repmgrEntry(event: RepmgrEvent): LogEntry {
	return { source: "repmgr", ...event };
}

/** Something this console saw at `at` (epoch ms). */
export function consoleEntry(
	at: number,
	nodeId: number | null,
	event: string,
	successful: boolean | null,
	details: string,
): LogEntry {
	const timestamp = new Date(at).toISOString().replace("Z", "000Z");
	return { source: "console", timestamp, nodeId, event, successful, details };
}

/**
 * Losses that repmgr records with successful = true, which only means that it could record them (repmgrd-physical.c of
 * repmgr 5.5).
 */
const LOSSES: ReadonlySet<string> = new Set([
	"child_node_disconnect",
	"repmgrd_failover_abort",
	"repmgrd_failover_aborted",
	"repmgrd_local_disconnect",
	"repmgrd_promote_error",
	"repmgrd_upstream_disconnect",
	"standby_failure",
]);

/** Is it about something that failed or was lost? */
export function isTrouble({ source, successful, event }: LogEntry): boolean {
	return successful === false || (source === "repmgr" && LOSSES.has(event));
}

/** How many entries are kept; the oldest go first. */
const MOST_ENTRIES = 5000;

/**
 * The log with more entries, oldest first, without duplicates: repmgr.events has no key, and every node has a copy, so all
 * fields together are the key.
 */
export function appendEntries(log: readonly LogEntry[], more: readonly LogEntry[]): readonly LogEntry[] {
	const known = new Set<string>();
	const oldestKept = log.length < MOST_ENTRIES ? "" : (log[0]?.timestamp ?? "");
	const fresh = more.filter((entry) => {
		if (entry.timestamp < oldestKept) return false;
		const key = keyOf(entry);
		return !contains(log, entry, key) && !known.has(key) && known.add(key);
	});
	if (fresh.length === 0) return log;
	const oldest = fresh.reduce((least, { timestamp }) => (timestamp < least ? timestamp : least), "~");
	const from = firstFrom(log, oldest);
	const tail = [...log.slice(from), ...fresh].sort((a, b) =>
		a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
	);
	return [...log.slice(0, from), ...tail].slice(-MOST_ENTRIES);
}

/** Binary search, because the log is long and every new node repeats many entries. */
function contains(log: readonly LogEntry[], { timestamp }: LogEntry, key: string): boolean {
	for (let at = firstFrom(log, timestamp); log[at]?.timestamp === timestamp; at++) {
		const entry = log[at];
		if (entry !== undefined && keyOf(entry) === key) return true;
	}
	return false;
}

/** The index of the first entry that is not older than this. */
function firstFrom(log: readonly LogEntry[], timestamp: string): number {
	let [from, to] = [0, log.length];
	while (from < to) {
		const middle = (from + to) >> 1;
		if ((log[middle]?.timestamp ?? "") < timestamp) from = middle + 1;
		else to = middle;
	}
	return from;
}

/** Identifies an entry; begins with its time, so that keys sort like entries. */
export function keyOf({ timestamp, nodeId, event, details }: LogEntry): string {
	return `${timestamp} ${nodeId} ${event} ${details}`;
}
