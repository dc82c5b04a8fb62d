/** A cluster as it is to be made: what the inventory file of `bootstrap` says, with its defaults. */
export interface Inventory {
	/** Path of the file. */
	readonly file: string;
	readonly cluster: string;
	readonly postgresql: {
		/** Major version; null: the newest that all hosts offer. */
		readonly version: number | null;
		/** Null: Debian's, /var/lib/postgresql/VERSION/main. */
		readonly dataDirectory: string | null;
		readonly port: number;
		readonly locale: string;
		readonly checksums: boolean;
	};
	/** repmgr's role and database. */
	readonly repmgr: { readonly user: string; readonly database: string };
	readonly authentication: "scram-sha-256" | "trust";
	/** The nodes and the console are let in only with encryption. */
	readonly tls: boolean;
	readonly slots: boolean;
	/** A write is committed once a standby has it, too. */
	readonly synchronous: boolean;
	/** Where full WAL segments are copied to; null: nowhere. */
	readonly archive: Archive | null;
	readonly failover: {
		readonly mode: "automatic" | "manual";
		/** reconnect_attempts and reconnect_interval of repmgr.conf. */
		readonly attempts: number;
		readonly intervalSeconds: number;
	};
	/** The role with which this console watches the cluster; null: none is made. */
	readonly console: {
		readonly user: string;
		/** Addresses it may come from, besides the one that the hosts see now. */
		readonly from: readonly string[];
	} | null;
	/** The primary first, each node after its upstream. */
	readonly nodes: readonly InventoryNode[];
}

/** PostgreSQL's archive_command and restore_command, with %p and %f. */
export interface Archive {
	/** It has to be there on every node with data; null: the commands are the operator's own. */
	readonly directory: string | null;
	readonly command: string;
	/** Null: none. */
	readonly restore: string | null;
}

export interface InventoryNode {
	readonly name: string;
	readonly id: number;
	readonly role: "primary" | "standby" | "witness";
	/** Name or address by which the other nodes reach it. */
	readonly host: string;
	/** Name of the node that a standby replicates from; null for the primary. A witness has the primary. */
	readonly upstream: string | null;
	readonly location: string;
	readonly priority: number;
	/** How this console reaches the host, where that differs. */
	readonly ssh: {
		readonly host?: string;
		readonly user?: string;
		readonly port?: number;
		readonly identity?: string;
	};
}
