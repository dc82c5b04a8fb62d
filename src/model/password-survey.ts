/** What the programs on one host log in with as repmgr's role, read before its password is changed. */
export interface PasswordSurvey {
	/** The password file of the database's owner, without links. */
	readonly path: string;
	/** missing; unsafe: others may read it, and libpq ignores it; locked: its directory can't be written. */
	readonly state: "usable" | "missing" | "unsafe" | "locked";
	/** A change of the password that broke off has left files beside it. */
	readonly isLeftOver: boolean;
	/** Its lines in their order, each without its password; "" where a line is none of a password. */
	readonly lines: readonly string[];
	/** What makes a program log in otherwise, as sentences: another password file, or a password without one. */
	readonly otherwise: readonly string[];
	/** primary_conninfo of its server without a password; "": it has none, or it can't be read. */
	readonly primaryConninfo: string;
	/** recovery_min_apply_delay in milliseconds. */
	readonly delayMs: number;
	/** application_name of sessions with the role that are none of a node's, at most ten. */
	readonly sessions: readonly string[];
	readonly tries: readonly PasswordTry[];
}

/** A login of the role from the host, with its password file and without. */
export interface PasswordTry {
	readonly way: LoginWay;
	readonly toNodeId: number;
	/** What psql said; null: it logged in. */
	readonly fault: string | null;
	/** Whether the server wants a password: without one it does not let the role in. */
	readonly isAsked: boolean;
}

/** Password files have a line of its own for each. */
export type LoginWay = "sql" | "replication";
