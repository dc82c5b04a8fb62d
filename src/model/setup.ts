import type { Outcome } from "./fault.ts";
import type { Registration } from "./registration.ts";
import type { CommandProgram } from "./repmgr-conf.ts";

/** A line in a file of a host; null where something is missing, or for the file as a whole. */
export interface FilePlace {
	readonly file: string;
	readonly line: number | null;
}

/** A file or directory as stat(1) sees it, symbolic links followed. */
export interface FileFacts {
	readonly path: string;
	/** Permission bits, e.g. 0o600. */
	readonly mode: number;
	readonly owner: string;
}

/** One setting of repmgr.conf; a value that may contain a secret is `HIDDEN`. */
export interface ConfEntry {
	readonly name: string;
	readonly value: string;
	readonly place: FilePlace;
}

/** Replaces a value that may contain a secret, so that it never leaves its host. */
export const HIDDEN = "********";

/** A node's repmgr.conf with its included files. */
export interface ConfSetup {
	/** The file that is registered; the first of `files`. */
	readonly path: string;
	readonly files: readonly FileFacts[];
	/** In order; of several with one name the last one counts. */
	readonly entries: readonly ConfEntry[];
	/** What repmgr would refuse. */
	readonly problems: readonly { readonly message: string; readonly place: FilePlace }[];
}

/** A conninfo's keywords; secrets are `HIDDEN`. */
export type ConninfoSetup = Readonly<Record<string, string>>;

/** One usable line of a password file (manual 34.16) without its password; null is "*". */
export interface PassfileLine {
	readonly host: string | null;
	readonly port: string | null;
	readonly dbname: string | null;
	readonly user: string | null;
	readonly line: number;
}

/** The password file that repmgr's connections from this host use. */
export interface PassfileSetup {
	readonly path: string;
	/** Null: there is none. */
	readonly file: FileFacts | null;
	readonly lines: readonly PassfileLine[];
}

/** One line of pg_hba.conf (manual 21.1). */
export interface HbaRule {
	readonly place: FilePlace;
	/** local, host, hostssl, hostnossl, hostgssenc, hostnogssenc. */
	readonly type: string;
	readonly databases: readonly string[];
	readonly users: readonly string[];
	/** all, samehost, samenet, an address (with mask length or not), or a host name; null for local. */
	readonly address: string | null;
	/** Where the mask has its own column. */
	readonly netmask: string | null;
	readonly method: string;
}

export interface HbaSetup {
	readonly rules: readonly HbaRule[];
	readonly problems: readonly { readonly message: string; readonly place: FilePlace }[];
}

/** One row of pg_settings, in the server's base units. */
export interface SettingSetup {
	readonly value: string;
	/** Null where it is not set in a file, or the file may not be read. */
	readonly place: FilePlace | null;
	/** The files have another value, which needs a restart. */
	readonly pendingRestart: boolean;
}

/** What any role that can log in may read from a server. */
export interface ServerSetup {
	/** server_version_num. */
	readonly version: number;
	readonly settings: ReadonlyMap<string, SettingSetup>;
	/** The server's address in this console's session; null over a Unix socket. */
	readonly address: string | null;
	/** The role of the node's conninfo; null where it does not exist. */
	readonly role: RoleSetup | null;
	/** Size of repmgr.monitoring_history; null where there is no such table. */
	readonly monitoringHistoryBytes: number | null;
	/** Logical slots that a subscriber can use: neither temporary nor lost. */
	readonly logicalSlots: readonly string[];
	/** Those that a standby keeps synchronised with the primary's (PostgreSQL 17). */
	readonly syncedSlots: readonly string[];
	readonly physicalSlots: readonly { readonly name: string; readonly isActive: boolean }[];
	/** Does primary_conninfo name a database? Null where it is empty, or may not be read. */
	readonly followsWithDatabase: boolean | null;
	/** That of the extension, e.g. "5.3"; null where there is none in this database. */
	readonly repmgrVersion: string | null;
}

export interface RoleSetup {
	readonly name: string;
	readonly isSuperuser: boolean;
	readonly canReplicate: boolean;
	/** Of pg_read_all_stats, pg_read_all_settings, pg_checkpoint: those it lacks and the server has. */
	readonly missingRoles: readonly string[];
	/** Of pg_promote() and pg_wal_replay_resume(), with their argument types: those it may not call. */
	readonly missingFunctions: readonly string[];
}

/** What only a member of pg_read_all_settings may read. */
export interface PrivilegedSetup {
	readonly settings: ReadonlyMap<string, SettingSetup>;
	/** Changed settings that need a restart. */
	readonly pendingRestart: readonly { readonly name: string; readonly place: FilePlace }[];
}

/** Errors in the server's configuration files (pg_file_settings). */
export type FileErrors = readonly {
	readonly name: string;
	readonly message: string;
	readonly place: FilePlace;
}[];

/** What sudo permits PostgreSQL's user (sudo -l). */
export interface SudoSetup {
	/** PostgreSQL's user. */
	readonly user: string;
	/** sudo's message if `sudo -n -l` failed without a terminal; else null. */
	readonly refusal: string | null;
	/** In sudo's order; the last one that matches counts. */
	readonly entries: readonly { readonly command: string; readonly noPassword: boolean }[];
	/** Commands of repmgr.conf that start with sudo, by setting; null: sudo refuses it. */
	readonly resolved: ReadonlyMap<string, string | null>;
}

/**
 * Does sudo ask for a password for this command? `sudo -l COMMAND` does not say: it accepts commands that need a password,
 * too. By the last entry that matches, as in sudo.
 *
 * @param resolved the command as `sudo -l COMMAND` prints it.
 */
export function wantsPassword({ entries }: Pick<SudoSetup, "entries">, resolved: string): boolean {
	const entry = entries.findLast(({ command }) => covers(command, resolved));
	return entry !== undefined && !entry.noPassword;
}

/** A command without arguments stands for all of them; "*" and "?" are wildcards (sudoers, "Wildcards"). */
function covers(command: string, resolved: string): boolean {
	const plain = command.replace(/\\(.)/g, "$1");
	const pattern = plain.includes(" ") ? plain : `${plain} *`;
	const expression = pattern
		.replace(/[.+^${}()|[\]\\]/g, "\\$&")
		.replaceAll("*", ".*")
		.replaceAll("?", ".");
	return command === "ALL" || plain === resolved || new RegExp(`^${expression}$`).test(resolved);
}

/** One unit (systemctl show). */
export interface UnitSetup {
	/** With its suffix. */
	readonly name: string;
	/** loaded, not-found, masked … */
	readonly loadState: string;
	/** enabled, disabled, generated, enabled-runtime …; empty where it does not exist. */
	readonly fileState: string;
	readonly user: string;
	readonly command: string;
	/** The source of a generated unit, e.g. "/etc/init.d/repmgrd". */
	readonly sourcePath: string;
}

export interface SystemdSetup {
	/** The unit in whose control group the process runs; null: in none, or it does not run. */
	readonly postgresUnit: string | null;
	readonly repmgrdUnit: string | null;
	/** The file that the running repmgrd was given, where that is not the registered one. */
	readonly repmgrdConf: string | null;
	readonly isPostgresRunning: boolean;
	readonly units: readonly UnitSetup[];
	/** /etc/default/repmgrd, which Debian's init script reads. */
	readonly repmgrdDefaults: Readonly<Record<string, string>> | null;
}

/** What else is read from the host. */
export interface HostSetup {
	/** PostgreSQL's user, as which the host is read. */
	readonly user: string;
	readonly userId: number | null;
	/** pg_ctl, pg_rewind, pg_basebackup, pg_controldata, repmgr: the path at which repmgr finds it, or null. */
	readonly tools: ReadonlyMap<string, string | null>;
	/** Of the commands that are set in repmgr.conf. */
	readonly programs: readonly CommandProgram[];
	/** log_file of repmgr.conf, if PostgreSQL's user can neither write nor create it. */
	readonly unwritableLog: string | null;
	/** `repmgr` in the PATH of a systemd service. */
	readonly repmgrInPath: string | null;
	readonly dataDirectory: FileFacts | null;
	/** Symbolic links resolved: the server's data directory, and that in repmgr.conf. */
	readonly realDataDirectory: string | null;
	readonly realConfDirectory: string | null;
	/** Of the server that runs or last ran there. */
	readonly binaryDirectory: string | null;
	/** postgresql.auto.conf, which repmgr must be able to rewrite. */
	readonly autoConf: FileFacts | null;
	/** Its settings with a quote or backslash, which repmgr does not escape when it writes that file again. */
	readonly damagedByRepmgr: readonly string[];
	/** RemoveIPC of systemd-logind; null where unset. */
	readonly removesIpc: boolean | null;
	/** How this host resolves the other nodes' names; empty where a name does not resolve. */
	readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** What is read from one node, each part with its own fault. */
export interface SetupSources {
	readonly conf: ConfSetup;
	readonly conninfo: ConninfoSetup;
	/** conninfo as repmgr.nodes has it. */
	readonly registered: ConninfoSetup;
	readonly passfile: PassfileSetup;
	readonly hba: HbaSetup;
	readonly server: ServerSetup;
	readonly privileged: PrivilegedSetup;
	readonly fileErrors: FileErrors;
	readonly sudo: SudoSetup;
	readonly systemd: SystemdSetup;
	readonly host: HostSetup;
}

export type SetupSource = keyof SetupSources;

export interface NodeSetup {
	readonly registration: Registration;
	readonly sources: { readonly [Source in SetupSource]: Outcome<SetupSources[Source]> };
}

/** The configuration of a cluster, read on demand. */
export interface Setup {
	/** Epoch ms. */
	readonly readAt: number;
	/** In order of node id. */
	readonly nodes: readonly NodeSetup[];
}
