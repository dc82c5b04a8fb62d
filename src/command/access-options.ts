import { type Command, InvalidArgumentError, Option } from "commander";

/** Options of every command that needs a cluster: how to find it and how to log in. */
export interface AccessOptions {
	readonly dbname?: string;
	readonly file?: string;
	readonly cluster?: string;
	readonly config?: string;
	readonly sshUser?: string;
	readonly sshPort?: number;
	readonly identity?: string;
	readonly ssh: boolean;
	readonly sudoPasswordFile?: string;
	readonly askSudoPassword?: boolean;
	readonly acceptNewHostKeys: boolean;
	readonly readOnly?: boolean;
	readonly intervalSeconds?: number;
	/** Longest time that a command waits for nodes and hosts. */
	readonly waitSeconds?: number;
	/** Name of a theme or path of a theme file; for the screen only. */
	readonly theme?: string;
}

/** Adds the access options to a command. */
export function withAccess(command: Command): Command {
	return command
		.option("-d, --dbname <conninfo>", "connection string or URI of any one node, as for libpq")
		.addOption(
			new Option("-f, --file <repmgr.conf>", "take conninfo from this repmgr.conf").conflicts("dbname"),
		)
		.addOption(
			new Option("--cluster <name>", "a cluster named in the configuration file").conflicts([
				"dbname",
				"file",
			]),
		)
		.option("--config <file>", "configuration file, instead of $XDG_CONFIG_HOME/repmgr-console/config.yaml")
		.option("--interval <seconds>", "time between two polls of a node (0.2 to 3600; default 1)", seconds)
		.option(
			"--wait <seconds>",
			"longest time that a command waits for slow nodes and hosts (0.2 to 3600; default 10)",
			seconds,
		)
		.option("--ssh-user <user>", "user to log in to the nodes' hosts as")
		.option("--ssh-port <port>", "SSH port, instead of 22 or the one in ~/.ssh/config", portNumber)
		.option("--identity <file>", "private key to log in with")
		.option(
			"--ask-sudo-password",
			"ask for the password that sudo on the hosts wants; it is kept in memory only",
		)
		.addOption(sudoPasswordFile())
		.option("--no-ssh", "do not log in to hosts; what only they can tell stays unknown")
		.option("--read-only", "refuse everything that would change the cluster")
		.option("--accept-new-host-keys", "accept the key of a host not seen before, as OpenSSH's accept-new");
}

/** For bootstrap as well. */
export function sudoPasswordFile(): Option {
	return new Option(
		"--sudo-password-file <file>",
		"take the password for sudo on the hosts from this file's first line, or from /dev/stdin",
	).conflicts("askSudoPassword");
}

/** The access options among what was given. */
export function accessOf(options: Record<string, unknown>): AccessOptions {
	const {
		interval,
		wait,
		ssh,
		acceptNewHostKeys,
		record: _,
		...rest
	} = options as unknown as AccessOptions & {
		/** Of the screen alone. */
		record?: unknown;
		interval?: number;
		wait?: number;
	};
	return {
		...rest,
		ssh,
		acceptNewHostKeys: acceptNewHostKeys === true,
		...(interval !== undefined && { intervalSeconds: interval }),
		...(wait !== undefined && { waitSeconds: wait }),
	};
}

/** The options that lead to another cluster of the same configuration file in the same way. */
export function accessWords(access: AccessOptions, cluster: string): readonly string[] {
	const { config, intervalSeconds, waitSeconds, sshUser, sshPort, identity, theme, sudoPasswordFile } =
		access;
	const valued = Object.entries({
		...{ config, interval: intervalSeconds, wait: waitSeconds, theme },
		...{ "ssh-user": sshUser, "ssh-port": sshPort, identity, "sudo-password-file": sudoPasswordFile },
	});
	return [
		`--cluster=${cluster}`,
		...valued.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
		...(access.ssh ? [] : ["--no-ssh"]),
		...(access.askSudoPassword ? ["--ask-sudo-password"] : []),
		...(access.readOnly ? ["--read-only"] : []),
		...(access.acceptNewHostKeys ? ["--accept-new-host-keys"] : []),
	];
}

export function wholeNumber(text: string): number {
	if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
	return Number(text);
}

export function portNumber(text: string): number {
	const port = wholeNumber(text);
	if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port number, from 1 to 65535.");
	return port;
}

function seconds(text: string): number {
	const value = Number(text);
	if (text.trim() === "" || !(value >= 0.2 && value <= 3600)) {
		throw new InvalidArgumentError("It must be a number of seconds, from 0.2 to 3600.");
	}
	return value;
}

export function speedUp(text: string): number {
	const speed = wholeNumber(text);
	if (speed < 1 || speed > 20) throw new InvalidArgumentError("It must be a whole number from 1 to 20.");
	return speed;
}
