import { spawn } from "node:child_process";
import { access, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createGroups, inGroups, removeGroups } from "./cgroup.ts";
import {
	type CommandOptions,
	type CommandResult,
	requireSuccess,
	run,
	sleep,
	throwIfInterrupted,
	waitUntil,
} from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { replaceFile } from "./instance.ts";
import { hostDirectories } from "./layers.ts";
import type { HostIdentity, Instance } from "./settings.ts";
import { machineName, runDirectory } from "./settings.ts";

export interface ExecOptions extends CommandOptions {
	/** The user inside the host (default root). */
	readonly user?: string;
}

/** The exit code of coreutils' timeout for a command that it ended. */
const TIMED_OUT = 124;

const pidFile = (prefix: string, host: string): string => join(runDirectory(prefix), `${host}.pid`);

/** Boots a mounted host and waits until its sshd runs. */
export async function bootHost(instance: Instance, host: HostIdentity): Promise<void> {
	const { prefix } = instance;
	const { root, disk, consoleLog } = hostDirectories(prefix, host.name);
	const machine = machineName(prefix, host.name);
	const binds = [`--bind-ro=${join(instance.imageDirectory, "debs")}:/var/debs`];
	if (!instance.bare) binds.push(`--bind=${disk}:/var/lib/postgresql/${instance.postgresVersion}`);
	const [file = "", ...args] = inGroups(await createGroups(machine), [
		"systemd-nspawn",
		"--quiet",
		`--directory=${root}`,
		"--boot",
		"--register=no",
		"--keep-unit",
		`--machine=${machine}`,
		`--hostname=${host.name}`,
		`--network-namespace-path=/run/netns/${machine}`,
		"--link-journal=no",
		"--resolv-conf=off",
		"--timezone=off",
		"--console=read-only",
		...binds,
	]);
	const log = await open(consoleLog, "w");
	try {
		throwIfInterrupted();
		// Detached, in a session of its own: it outlives this process, and Ctrl-C in a terminal does not reach it.
		const nspawn = spawn(file, args, { detached: true, cwd: "/", stdio: ["ignore", log.fd, log.fd] });
		nspawn.unref();
		const ended = new Promise<never>((_, reject) => {
			nspawn.once("error", reject);
			nspawn.once("exit", () =>
				reject(new ClusterFailure(`${host.name} ended while it booted`, { hint: `See ${consoleLog}.` })),
			);
		});
		if (nspawn.pid !== undefined) await replaceFile(pidFile(prefix, host.name), String(nspawn.pid));
		await Promise.race([waitForSshd(prefix, host.name), ended]);
	} finally {
		await log.close();
	}
}

/** Checks the file that sshd writes once it listens: starting a process in each host every time would slow their boot. */
async function waitForSshd(prefix: string, host: string): Promise<void> {
	await waitUntil(
		`${host} to boot`,
		async () => {
			const pid = await hostPid(prefix, host);
			await access(`/proc/${pid}/root/run/sshd.pid`);
			return undefined;
		},
		{ timeoutMs: 60_000 },
	);
}

/** The pid of the host's nspawn, or undefined when the host is off. Compares the command line, because pids are reused. */
async function nspawnPid(prefix: string, host: string): Promise<number | undefined> {
	const pid = Number(await readFile(pidFile(prefix, host), "utf8").catch(() => "0"));
	const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
	return commandLine.split("\0").includes(`--machine=${machineName(prefix, host)}`) ? pid : undefined;
}

/** The pid, on this machine, of the host's own process 1; undefined when the host is off. */
export async function hostPid(prefix: string, host: string): Promise<number | undefined> {
	const parent = await nspawnPid(prefix, host);
	if (parent === undefined) return undefined;
	const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(() => "");
	for (const child of children.split(" ").filter(Boolean)) {
		const status = await readFile(`/proc/${child}/status`, "utf8").catch(() => "");
		// Two ids, the inner one 1: the first process of a pid namespace.
		if (/^NSpid:\t\d+\t1$/m.test(status)) return Number(child);
	}
	return undefined;
}

/**
 * Runs a command inside a host, by entering its namespaces: about 10 ms, and it works while the host's network or sshd does not.
 * Throws ClusterFailure when the host is off, and as `run` does.
 */
export async function exec(
	prefix: string,
	host: string,
	argv: readonly string[],
	options: ExecOptions = {},
): Promise<CommandResult> {
	const { user = "root", timeoutMs = 60_000, ...rest } = options;
	const seconds = (timeoutMs / 1000).toFixed(1);
	// Killing nsenter would orphan its child in the host, so the host itself ends the command; the outer limit is a fallback.
	const limited = ["timeout", "--kill-after=2", seconds, ...argv];
	// Names a script by its first words: its whole text would bury the error below it.
	const label = `${host}: ${argv.map((argument) => argument.split("\n", 1)[0]).join(" ")}`;
	const result = await run(await enterArgv(prefix, host, user, limited), {
		...rest,
		label,
		check: false,
		timeoutMs: timeoutMs + 5_000,
	});
	if (result.exitCode === TIMED_OUT)
		throw new ClusterFailure(`command took longer than ${timeoutMs} ms: ${label}`);
	if (options.check !== false) requireSuccess(label, result);
	return result;
}

/** The argv that runs `argv` inside a host as `user`. */
export async function enterArgv(
	prefix: string,
	host: string,
	user: string,
	argv: readonly string[],
): Promise<[string, ...string[]]> {
	const pid = await hostPid(prefix, host);
	if (pid === undefined) throw new ClusterFailure(`${host} is not running`);
	const home = user === "root" ? "/root" : user === "postgres" ? "/var/lib/postgresql" : `/home/${user}`;
	const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	const term = `TERM=${process.env.TERM ?? "dumb"}`;
	// Not runuser, which stays as a second process beside the command, and uses PAM.
	const become = user === "root" ? [] : ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--"];
	const environment = [
		"env",
		"-i",
		path,
		term,
		"LANG=C.UTF-8",
		`HOME=${home}`,
		`USER=${user}`,
		`LOGNAME=${user}`,
	];
	return [
		"nsenter",
		"-t",
		String(pid),
		"-m",
		"-u",
		"-i",
		"-n",
		"-p",
		"-C",
		"--",
		...environment,
		...become,
		...argv,
	];
}

/** Turns a host off: `clean` lets its services stop (10 s at most), otherwise as if the plug were pulled. */
export async function stopHost(
	prefix: string,
	host: string,
	{ clean }: { readonly clean: boolean },
): Promise<void> {
	const parent = await nspawnPid(prefix, host);
	if (parent === undefined) return;
	const gone = async (timeoutMs: number): Promise<boolean> => {
		for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(20)) {
			if ((await nspawnPid(prefix, host)) === undefined) return true;
		}
		return false;
	};
	if (clean) signal(parent, "SIGTERM");
	if (clean && (await gone(10_000))) return;
	// When the first process of a pid namespace ends, the kernel kills all others in it, frozen ones as well.
	const leader = await hostPid(prefix, host);
	if (leader !== undefined) signal(leader, "SIGKILL");
	if (await gone(2_000)) return;
	signal(parent, "SIGKILL");
	if (!(await gone(5_000)))
		throw new ClusterFailure(`${host} does not stop`, { detail: `Its nspawn has the pid ${parent}.` });
}

/** Signals a process that may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
	}
}

/** Names of the hosts whose nspawn was started by this instance. */
export async function startedHosts(prefix: string): Promise<string[]> {
	const names = await readdir(runDirectory(prefix)).catch(() => []);
	return names.filter((name) => name.endsWith(".pid")).map((name) => name.slice(0, -".pid".length));
}

/** Removes what a machine leaves behind: control groups, and an empty directory that systemd-nspawn makes. */
export async function forgetHost(prefix: string, host: string): Promise<void> {
	await removeGroups(machineName(prefix, host));
	await rm(join("/run/systemd/nspawn/propagate", machineName(prefix, host)), {
		recursive: true,
		force: true,
	});
	await rm(pidFile(prefix, host), { force: true });
}
