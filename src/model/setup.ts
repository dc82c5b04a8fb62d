import type { Outcome } from "./fault.ts";
import type { Registration } from "./registration.ts";
import type { CommandProgram } from "./repmgr-conf.ts";

/** Where in a file of a host; no line where none is meant: something is missing, or the file as a whole. */
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

/** One setting of repmgr.conf; what may hold a secret has `HIDDEN` for a value. */
export interface ConfEntry {
	readonly name: string;
	readonly value: string;
	readonly place: FilePlace;
}

/** What a value is that the host did not hand out because it may hold a secret. */
export const HIDDEN = "********";

/** A node's repmgr.conf with all it includes. */
export interface ConfSetup {
	/** The file that is registered; the first of `files`. */
	readonly path: string;
	readonly files: readonly FileFacts[];
	/** In the order in which they count; of several with one name the last one does. */
	readonly entries: readonly ConfEntry[];
	/** What repmgr itself would refuse. */
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
	/** Where the mask stands in a column of its own. */
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
	/** Null where it is not set in a file, or where we may not see the file. */
	readonly place: FilePlace | null;
	/** The files say otherwise, but only a restart brings it. */
	readonly pendingRestart: boolean;
}

/** What any role that can log in may see of a server. */
export interface ServerSetup {
	/** server_version_num. */
	readonly version: number;
	readonly settings: ReadonlyMap<string, SettingSetup>;
	/** Address of the server as this console reaches it; null over a Unix socket. */
	readonly address: string | null;
	/** The role of the node's conninfo; null where it does not exist. */
	readonly role: RoleSetup | null;
	/** Of repmgr.monitoring_history; null where there is no such table. */
	readonly monitoringHistoryBytes: number | null;
	/** Logical slots that a subscriber can use: neither temporary nor lost. */
	readonly logicalSlots: readonly string[];
	/** Those that a standby keeps synchronised with the primary's (PostgreSQL 17). */
	readonly syncedSlots: readonly string[];
}

export interface RoleSetup {
	readonly name: string;
	readonly isSuperuser: boolean;
	readonly canReplicate: boolean;
	/** Of pg_read_all_stats, pg_read_all_settings, pg_checkpoint: those it lacks and the server has. */
	readonly missingRoles: readonly string[];
	/** Of pg_promote() and pg_wal_replay_resume(), with their arguments' types: those it may not call. */
	readonly missingFunctions: readonly string[];
}

/** What only a member of pg_read_all_settings may see. */
export interface PrivilegedSetup {
	readonly settings: ReadonlyMap<string, SettingSetup>;
	/** Settings whose change waits for a restart. */
	readonly pendingRestart: readonly { readonly name: string; readonly place: FilePlace }[];
}

/** What is wrong in the server's configuration files (pg_file_settings). */
export type FileErrors = readonly {
	readonly name: string;
	readonly message: string;
	readonly place: FilePlace;
}[];

/** What sudo lets PostgreSQL's user do (sudo -l). */
export interface SudoSetup {
	/** Who would run the commands. */
	readonly user: string;
	/** Why `sudo -n -l` itself did not work without a terminal, in sudo's words; null where it did. */
	readonly refusal: string | null;
	/** In sudo's order; the last one that matches counts. */
	readonly entries: readonly { readonly command: string; readonly noPassword: boolean }[];
	/** Commands of repmgr.conf that begin with sudo, by setting; null is a command that sudo refuses. */
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
	/** As asked for, with its suffix. */
	readonly name: string;
	/** loaded, not-found, masked … */
	readonly loadState: string;
	/** enabled, disabled, generated, enabled-runtime …; empty where it does not exist. */
	readonly fileState: string;
	readonly user: string;
	readonly command: string;
	/** What a generated unit was made of, e.g. "/etc/init.d/repmgrd". */
	readonly sourcePath: string;
}

export interface SystemdSetup {
	/** The unit in whose control group the process runs; null: it runs outside of all, or not at all. */
	readonly postgresUnit: string | null;
	readonly repmgrdUnit: string | null;
	readonly isPostgresRunning: boolean;
	readonly units: readonly UnitSetup[];
	/** /etc/default/repmgrd, where Debian's init script reads it. */
	readonly repmgrdDefaults: Readonly<Record<string, string>> | null;
}

/** What else a look at the host tells. */
export interface HostSetup {
	/** As whom the look was made: PostgreSQL's user. */
	readonly user: string;
	readonly userId: number | null;
	/** Of pg_ctl, pg_rewind, pg_basebackup, pg_controldata, repmgr: where repmgr finds it, or null. */
	readonly tools: ReadonlyMap<string, string | null>;
	/** Of the commands of repmgr.conf that are set. */
	readonly programs: readonly CommandProgram[];
	/** log_file of repmgr.conf, where PostgreSQL's user can't write to it, nor make it. */
	readonly unwritableLog: string | null;
	/** `repmgr` in the PATH of a systemd service. */
	readonly repmgrInPath: string | null;
	readonly dataDirectory: FileFacts | null;
	/** Behind all symbolic links: the server's data directory, and the one that repmgr.conf names. */
	readonly realDataDirectory: string | null;
	readonly realConfDirectory: string | null;
	/** Of the server that runs, or ran last, there. */
	readonly binaryDirectory: string | null;
	/** postgresql.auto.conf, which repmgr must be able to rewrite. */
	readonly autoConf: FileFacts | null;
	/** RemoveIPC of systemd-logind; null where unset. */
	readonly removesIpc: boolean | null;
	/** What this host takes the other nodes' names for; empty where a name does not resolve. */
	readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** Everything that is read of one node, each part with its own fault. */
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

/** How a cluster is set up, read on demand. */
export interface Setup {
	/** Epoch ms. */
	readonly readAt: number;
	/** In order of node id. */
	readonly nodes: readonly NodeSetup[];
}
