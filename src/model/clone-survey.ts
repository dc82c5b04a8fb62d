/** A directory that changes places with its copy, as its host sees it. */
export interface ClonePlace {
	/**
	 * What lies there. postgres: a data directory, or what the old one's link leads to. unreadable: something, and the owner of the
	 * database may not read it.
	 */
	readonly content: "absent" | "empty" | "postgres" | "other" | "unreadable";
	/** It is where a file system is mounted, so that it can't be renamed. */
	readonly isMountPoint: boolean;
	readonly isLink: boolean;
	/** The owner of the database may create and rename directories beside it. */
	readonly canRename: boolean;
	/** An earlier clone by a console has not been ended. */
	readonly isLeftOver: boolean;
	/** Free on the file system of the directory above it; null: unknown. */
	readonly freeBytes: number | null;
	/** Where that file system is mounted; null: unknown. */
	readonly mountedOn: string | null;
	/** What the old directory takes; null: it could not be counted in time. */
	readonly oldBytes: number | null;
}

/** A directory outside of the data directory, to which a link there leads: a tablespace, or pg_wal. */
export interface LinkedPlace extends ClonePlace {
	/** In the data directory, e.g. "pg_tblspc/16385". */
	readonly link: string;
	readonly directory: string;
}

/** What is read on the host of a clone beforehand: the place for it, and whether it reaches its upstream as repmgr will. */
export interface CloneSurvey extends ClonePlace {
	/** data_directory of repmgr.conf, with links resolved; null: it is not set, or repmgr.conf can't be read. */
	readonly dataDirectory: string | null;
	/** The upstream's tablespaces, at the same paths, and pg_wal where the old directory has it elsewhere. */
	readonly linked: readonly LinkedPlace[];
	/** repmgr.conf has a tablespace_mapping of its own. */
	readonly mapsTablespaces: boolean;
	/** Of the version that the upstream needs, "pg_basebackup (PostgreSQL) 15.20"; null: there is none. */
	readonly pgBasebackup: string | null;
	/** pg_basebackup_options of repmgr.conf; "" where it is not set. */
	readonly options: string;
	readonly usesSlots: boolean;
	readonly hasBarman: boolean;
	/** Version of the C library, e.g. "2.36"; null: not the GNU one. */
	readonly libcVersion: string | null;
	/** e.g. "x86_64". */
	readonly machine: string | null;
	/** Sizes of a page and of a WAL page, by the control data of the old directory; null: there is none. */
	readonly pageBytes: string | null;
	/** Of the operating system, as locale(1) lists them; empty: it can't be run. */
	readonly locales: readonly string[];
	/** Path of the postgresql.conf outside of the data directory with which the server there would start; null: none was found. */
	readonly configFile: string | null;
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
	/** Those outside of its data directory. */
	readonly tablespaces: readonly CloneTablespace[];
	readonly freeWalSenders: number | null;
	readonly freeSlots: number;
	/** Names of its slots. */
	readonly slots: readonly string[];
	/** Version of the C library that collations there were made with; null: unknown. */
	readonly libcVersion: string | null;
	/** As CloneSurvey has them. */
	readonly machine: string | null;
	readonly pageBytes: string | null;
	/** Of its databases, without C and POSIX. */
	readonly locales: readonly string[];
	/** Its configuration files outside of its data directory; null: this role may not see them. */
	readonly configFiles: readonly string[] | null;
	/** max_slot_wal_keep_size, e.g. "10GB"; null: no limit. */
	readonly slotKeeps: string | null;
	/** From there to the host, measured with a few MB; null: not measured. */
	readonly bytesPerSecond: number | null;
}

export interface CloneTablespace {
	readonly oid: string;
	readonly directory: string;
	/** Null: this role may not see its size. */
	readonly bytes: number | null;
}
