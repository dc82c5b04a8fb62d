import { WHY_NOT_STREAMING } from "../../model/log-lines.ts";

/** What a log may explain: the first ones PostgreSQL's, the last one repmgrd's. */
type Trouble = "stopped" | "not streaming" | "no repmgrd";

/** Longer lines are cut: they are evidence, not the log. */
const LONGEST = 300;

/** After this line all was well. */
const WELL: Readonly<Record<Trouble, RegExp>> = {
	stopped: /database system is ready to accept/,
	"not streaming": /started streaming WAL from primary/,
	"no repmgrd": /repmgrd \(repmgrd [^)]*\) starting up/,
};

const ENDED =
	/(?:PANIC|FATAL): {2}|was terminated by signal|received (?:smart|fast|immediate) shutdown request/;

/** Levels of repmgr's log.c, and what its handler of SIGTERM writes. */
const REPMGRD_ENDED = /\[(?:EMERG|ALERT|CRIT|ERROR)\] |TERM signal received/;

/** A client is rejected, or the server is shutting down already. */
const OF_NO_CONCERN =
	/authentication failed|pg_hba\.conf|database system is (?:starting|shutting)|terminating|(?:database|role) ".*" does not exist|too many clients|remaining connection slots|connection to client lost|WAL stream|connect to the primary/;

/**
 * The line of a log that most likely has the reason, from lines oldest first; null where none has. It knows English messages
 * only (lc_messages).
 */
export function reasonIn(lines: readonly string[], trouble: Trouble): string | null {
	const since = lines.slice(lines.findLastIndex((line) => WELL[trouble].test(line)) + 1);
	const line = REASONS[trouble](since);
	if (line === undefined) return null;
	return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

const REASONS: Readonly<Record<Trouble, (lines: readonly string[]) => string | undefined>> = {
	// A panic is the cause of what ends after it.
	stopped: (lines) =>
		lines.findLast((line) => line.includes("PANIC:")) ??
		lines.findLast((line) => ENDED.test(line) && !OF_NO_CONCERN.test(line)),
	"not streaming": (lines) => lines.findLast((line) => WHY_NOT_STREAMING.test(line)),
	"no repmgrd": (lines) => lines.findLast((line) => REPMGRD_ENDED.test(line)),
};
