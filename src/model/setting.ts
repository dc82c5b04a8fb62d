/** Settings of a server as repmgr's own login sees them, read before an operation that changes or applies them. */
export interface ServerSettings {
	/** server_version_num. */
	readonly version: number;
	/** Only a superuser's ALTER SYSTEM reaches every setting. */
	readonly isSuperuser: boolean;
	/** Null before PostgreSQL 17, which has no such setting. */
	readonly allowsAlterSystem: boolean | null;
	/** Connections of max_connections that other roles may not use. */
	readonly reservedConnections: number;
	/** Those that the files have with another value, which needs a restart. */
	readonly pending: readonly PendingSetting[];
	/** The setting that was asked for; null: none was, or there is no such setting. */
	readonly setting: ServerSetting | null;
	/** What the server's program makes of the wanted value; null: none is wanted. */
	readonly tried: TriedValue | null;
}

export interface PendingSetting {
	readonly name: string;
	/** In the server's base units. */
	readonly value: string;
	/** As the file has it; null: the line that set it is gone. */
	readonly inFile: string | null;
	/** "FILE:LINE". */
	readonly place: string | null;
}

/** One row of pg_settings. */
export interface ServerSetting {
	readonly name: string;
	/** In the server's base units, and as SHOW prints it. */
	readonly value: string;
	readonly shown: string;
	/** When it can be changed, e.g. "postmaster", "sighup". */
	readonly context: string;
	/** Where the value comes from, e.g. "configuration file", "command line". */
	readonly source: string;
	/** "FILE:LINE"; null where no file sets it. */
	readonly place: string | null;
	readonly isPending: boolean;
}

/** The value in the server's base units, or why the program refuses it. */
export type TriedValue =
	| { readonly value: string; readonly refusal?: never }
	| { readonly refusal: string; readonly value?: never };

/** Must be at least as high on a standby as on its primary (manual 27.4.3, "Administrator's Overview"). */
export const AT_LEAST_AS_ON_PRIMARY = [
	"max_connections",
	"max_worker_processes",
	"max_wal_senders",
	"max_prepared_transactions",
	"max_locks_per_transaction",
] as const;

/** A name that pg_settings may have, in lower case: an extension's has its prefix. */
export const SETTING_NAME = /^[a-z_][a-z0-9_]{0,62}(?:\.[a-z_][a-z0-9_]{0,62})?$/;
