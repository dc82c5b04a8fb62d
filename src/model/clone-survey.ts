/** What is read on the host of a clone beforehand: the place for it, and whether it reaches its upstream as repmgr will. */
export interface CloneSurvey {
	/** data_directory of repmgr.conf; null: it is not set, or repmgr.conf can't be read. */
	readonly dataDirectory: string | null;
	/** What lies there. unreadable: something, and the owner of the database may not read it. */
	readonly content: "absent" | "empty" | "postgres" | "other" | "unreadable";
	/** It is where a file system is mounted, so that it can't be renamed. */
	readonly isMountPoint: boolean;
	readonly isLink: boolean;
	/** The owner of the database may create and rename directories beside it. */
	readonly canRename: boolean;
	/** pg_wal is a link to another directory. */
	readonly isWalElsewhere: boolean;
	/** Free on the file system of the directory above it; null: unknown. */
	readonly freeBytes: number | null;
	/** What the old directory takes; null: it could not be counted in time. */
	readonly oldBytes: number | null;
	/** An earlier clone by a console has not been ended. */
	readonly isLeftOver: boolean;
	/** Of the version that the upstream needs, "pg_basebackup (PostgreSQL) 15.20"; null: there is none. */
	readonly pgBasebackup: string | null;
	/** pg_basebackup_options of repmgr.conf; "" where it is not set. */
	readonly options: string;
	readonly usesSlots: boolean;
	readonly hasBarman: boolean;
	/** Version of the C library, e.g. "2.36"; null: not the GNU one. */
	readonly libcVersion: string | null;
	/** What psql said when it logged in to the upstream as repmgr will; null: it did. */
	readonly loginFault: string | null;
	/** The same for a replication connection. */
	readonly replicationFault: string | null;
	/** Null where psql could not log in. */
	readonly source: CloneSource | null;
}

/** The upstream, as it answered there. */
export interface CloneSource {
	/** server_version_num. */
	readonly version: number;
	readonly systemIdentifier: string | null;
	/** All databases; null: this role may not see the size of each. */
	readonly bytes: number | null;
	/** Names of tablespaces other than pg_default and pg_global. */
	readonly tablespaces: readonly string[];
	readonly freeWalSenders: number | null;
	readonly freeSlots: number;
	/** Names of its slots. */
	readonly slots: readonly string[];
	/** Version of the C library that collations there were made with; null: unknown. */
	readonly libcVersion: string | null;
	/** max_slot_wal_keep_size, e.g. "10GB"; null: no limit. */
	readonly slotKeeps: string | null;
	/** From there to the host, measured with a few MB; null: not measured. */
	readonly bytesPerSecond: number | null;
}
