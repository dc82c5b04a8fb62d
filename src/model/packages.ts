/** What is installed on a node's host, what its package sources offer, and what runs there. */
export interface HostPackages {
	/** Null: no apt and dpkg. */
	readonly family: "apt" | null;
	/** The package that the server's program belongs to, e.g. "postgresql-15"; null: none. */
	readonly serverPackage: string | null;
	/** The version of the server's program on disk, "15.20"; null: it can't be read. */
	readonly programVersion: string | null;
	/** Those of the server's source package, and of repmgr's. */
	readonly packages: readonly HostPackage[];
	/** What apt would change beyond them. */
	readonly others: readonly string[];
	/** Since apt has last read its sources; null: unknown. */
	readonly listsAgeSeconds: number | null;
	/** Whether files that the running server has loaded have been replaced since; null: it can't be told. */
	readonly serverIsStale: boolean | null;
	/** The same of repmgrd; null: none runs, or it can't be told. */
	readonly repmgrdIsStale: boolean | null;
	/** The repmgr extension in its database, and on disk; null: it can't be read. */
	readonly extension: { readonly installed: string; readonly onDisk: string } | null;
	/** Why no command can be run as root; null: it can. */
	readonly rootFault: string | null;
}

export interface HostPackage {
	readonly source: string;
	readonly name: string;
	readonly installed: string;
	/** Null: none is offered that is newer. */
	readonly newer: string | null;
	/** dpkg's status, "installed" where all is well. */
	readonly status: string;
}

/** Debian Policy 5.6.1 and 5.6.12: neither can be taken for an option, or for a word of a shell. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
export const PACKAGE_VERSION = /^[0-9][A-Za-z0-9.+:~-]*$/;
