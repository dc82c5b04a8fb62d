import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/** The user and environment of the console; a value, so that tests need no real home. */
export interface Client {
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Absolute path of the home directory. */
	readonly home: string;
	/** Operating system user: libpq's default for the database user. */
	readonly osUser: string;
}

/** The client of this process. The user is looked up by uid, as in libpq: $USER may be anything. */
export function thisClient(): Client {
	return { environment: process.env, home: homedir(), osUser: userInfo().username };
}

/** $XDG_CONFIG_HOME/repmgr-console/config.yaml. */
export function clustersFilePath(client: Client): string {
	return join(xdgDirectory(client, "XDG_CONFIG_HOME", ".config"), "repmgr-console", "config.yaml");
}

/** $XDG_STATE_HOME/repmgr-console. */
export function stateDirectory(client: Client): string {
	return join(xdgDirectory(client, "XDG_STATE_HOME", ".local/state"), "repmgr-console");
}

/** $XDG_CACHE_HOME/repmgr-console. */
export function cacheDirectory(client: Client): string {
	return join(xdgDirectory(client, "XDG_CACHE_HOME", ".cache"), "repmgr-console");
}

/** XDG base directory specification: unset, empty and relative values are ignored. */
function xdgDirectory(client: Client, variable: string, fallback: string): string {
	const given = client.environment[variable];
	return given !== undefined && isAbsolute(given) ? given : join(client.home, fallback);
}

/** "~" and "~/…" are the home; "~user" is left alone, as in ssh_config's IdentityFile. */
export function expandHome(path: string, home: string): string {
	return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}
