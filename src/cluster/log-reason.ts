/** What a server's log may say a reason of. */
export type Trouble = "stopped" | "not streaming";

/** A longer line is cut: it is evidence, not the log. */
const LONGEST = 300;

/** From here on all was well. */
const WELL: Readonly<Record<Trouble, RegExp>> = {
	stopped: /database system is ready to accept/,
	"not streaming": /started streaming WAL from primary/,
};

/** Of the walreceiver and the startup process (walreceiver.c, libpqwalreceiver.c, xlogrecovery.c). */
const NOT_STREAMING =
	/WAL stream|connect to the primary|terminating walreceiver|database system identifier differs|of the primary is behind recovery timeline|is not a child of database system timeline|forked off current database system timeline|requested WAL segment|replication slot|requested starting point/;

const ENDED =
	/(?:PANIC|FATAL): {2}|was terminated by signal|received (?:smart|fast|immediate) shutdown request/;

/** A client is turned away, or the server is ending already. */
const OF_NO_CONCERN =
	/authentication failed|pg_hba\.conf|database system is (?:starting|shutting)|terminating|(?:database|role) ".*" does not exist|too many clients|remaining connection slots|connection to client lost|WAL stream|connect to the primary/;

/**
 * The one line of PostgreSQL's log that most likely has the reason, of lines oldest first; null where none has. In English, as
 * lc_messages makes them.
 */
export function reasonIn(lines: readonly string[], trouble: Trouble): string | null {
	const since = lines.slice(lines.findLastIndex((line) => WELL[trouble].test(line)) + 1);
	const line =
		trouble === "not streaming"
			? since.findLast((one) => NOT_STREAMING.test(one))
			: // What ends after a panic is ended by it.
				(since.findLast((one) => one.includes("PANIC:")) ??
				since.findLast((one) => ENDED.test(one) && !OF_NO_CONCERN.test(one)));
	if (line === undefined) return null;
	return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
