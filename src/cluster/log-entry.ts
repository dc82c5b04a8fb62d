import type { RepmgrEvent } from "./server-reading.ts";

/** One line of the event log: what repmgr recorded, or what this console saw for itself. */
export interface LogEntry {
	readonly source: "repmgr" | "console";
	/** ISO 8601, UTC, microseconds: texts of one length, so that they sort as times do. */
	readonly timestamp: string;
	/** Null: the cluster as a whole. */
	readonly nodeId: number | null;
	readonly event: string;
	/** Null where neither good nor bad. */
	readonly successful: boolean | null;
	readonly details: string;
}

/** A row of repmgr.events as a line of the log. */
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
 * Losses that repmgr records with successful = true, which only says that it could record them
 * (repmgrd-physical.c of repmgr 5.5).
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

/** Does it tell of something that failed or was lost? */
export function isTrouble({ source, successful, event }: LogEntry): boolean {
	return successful === false || (source === "repmgr" && LOSSES.has(event));
}

/** How many entries are kept; the oldest go first. */
const MOST_ENTRIES = 5000;

/**
 * The log with more entries, oldest first, each once: repmgr.events has no key, and every node
 * holds a copy, so all fields together are the key.
 */
export function appendEntries(log: readonly LogEntry[], more: readonly LogEntry[]): readonly LogEntry[] {
	if (more.length === 0) return log;
	const oldest = more.map(({ timestamp }) => timestamp).sort()[0] ?? "";
	// Only entries as old as the newcomers can equal one of them: the log may be long, the newcomers are few.
	const from = log.findLastIndex(({ timestamp }) => timestamp < oldest) + 1;
	const known = new Set(log.slice(from).map(keyOf));
	const fresh = more.filter((entry) => {
		const key = keyOf(entry);
		return !known.has(key) && known.add(key);
	});
	if (fresh.length === 0) return log;
	const tail = [...log.slice(from), ...fresh].sort((a, b) =>
		a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
	);
	return [...log.slice(0, from), ...tail].slice(-MOST_ENTRIES);
}

/** What an entry is told apart by; begins with its time, so that keys sort as entries do. */
export function keyOf({ timestamp, nodeId, event, details }: LogEntry): string {
	return `${timestamp} ${nodeId} ${event} ${details}`;
}
