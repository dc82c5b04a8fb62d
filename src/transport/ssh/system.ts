import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnvironment } from "../../config/environment.ts";
import type { Fault, Outcome } from "../../model/fault.ts";
import type { CommandResult } from "../ports.ts";
import { loginShellFault } from "./command.ts";
import { type HostConfig, type HostRequest, requestArguments } from "./config.ts";
import type { Connection, Execution } from "./connection.ts";
import { bounded, brokenFault, deadlineFault } from "./fault.ts";
import { collectOutput, overflowFault } from "./output.ts";
import { systemFault } from "./system-fault.ts";

/** What the system's ssh needs besides the host's own configuration. */
export interface SystemRequest extends HostRequest {
	readonly acceptNewHostKeys: boolean;
	readonly connectTimeoutMs: number;
}

/** ssh's exit code for its own failures; a command may use it too. */
const sshFailed = 255;
/** The local master answers within milliseconds. */
const checkTimeoutMs = 2_000;
const echoed = "repmgr-console\n";

/** Starts ssh in a process group of its own without a terminal, so that it can't prompt on the screen. */
function spawnSsh(args: readonly string[]) {
	return spawn("ssh", args, {
		detached: true,
		stdio: ["pipe", "pipe", "pipe"],
		env: childEnvironment({ SSH_ASKPASS_REQUIRE: "never" }),
	});
}

/**
 * Opens a connection with the system's `ssh` as a control master (ssh_config(5), ControlMaster). `why` says why ssh2 can't do it. The
 * master runs `cat` on the host instead of persisting in the background, so that it ends with this process, however that ends, and
 * its end is an event.
 */
export async function openBySystem(
	request: SystemRequest,
	config: HostConfig,
	why: string | null,
	signal: AbortSignal,
): Promise<Outcome<Connection>> {
	const { host } = request;
	const directory = await mkdtemp(join(tmpdir(), "repmgr-console-")).catch((error: Error) => error);
	if (directory instanceof Error) {
		const message = `no directory for the control socket of "${host}"`;
		return { fault: { kind: "permission", message, detail: directory.message, hint: "Check TMPDIR." } };
	}
	const socket = ["-S", join(directory, "control")];
	const args = [...options(request, config), ...socket, "-M", ...requestArguments(request), "cat"];
	const master = spawnSsh(args);
	const isGone = new Promise<void>((resolve) => {
		master.once("error", () => resolve());
		master.once("close", () => resolve());
	});
	isGone.then(() => rm(directory, { recursive: true, force: true }));

	const ready = await untilReady(master, config, why, signal);
	if (ready.fault) return ready;
	const common = [
		...options(request, config),
		...socket,
		"-o",
		"ControlMaster=no",
		...requestArguments(request),
	];
	const isAlive = (): Promise<boolean> =>
		new Promise((resolve) => {
			const args = [...socket, "-O", "check", "--", host];
			execFile("ssh", args, { timeout: checkTimeoutMs, env: childEnvironment() }, (error) =>
				resolve(error === null),
			);
		});
	return {
		value: {
			loginUser: config.user,
			execute: (line, execution) => execute([...common, line], host, isAlive, execution),
			onLost: (listener) => void isGone.then(listener),
			close: () => killGroup(master),
		},
	};
}

function options(request: SystemRequest, config: HostConfig): readonly string[] {
	const acceptNew = request.acceptNewHostKeys || config.acceptNewHostKeys;
	const settings = {
		BatchMode: "yes",
		ClearAllForwardings: "yes",
		ConnectTimeout: Math.max(1, Math.ceil(request.connectTimeoutMs / 1000)),
		ControlPersist: "no",
		RemoteCommand: "none",
		SendEnv: "LC_ALL",
		ServerAliveCountMax: 3,
		ServerAliveInterval: 5,
		StrictHostKeyChecking: acceptNew ? "accept-new" : "yes",
	};
	return [
		"-T",
		"-a",
		"-x",
		...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
	];
}

/** The master is ready when `cat` echoes. */
function untilReady(
	master: ChildProcess,
	{ host, user: loginUser }: HostConfig,
	why: string | null,
	signal: AbortSignal,
): Promise<Outcome<true>> {
	return new Promise((resolve) => {
		const settle = (outcome: Outcome<true>): void => {
			signal.removeEventListener("abort", abort);
			if (outcome.fault) killGroup(master);
			resolve(outcome);
		};
		const abort = (): void =>
			settle({ fault: deadlineFault(host, "The system's ssh did not finish the login.") });
		const { stdin, stdout, stderr } = master;
		if (!stdin || !stdout || !stderr) return;
		const said = collectOutput(stderr, () => {});
		master.once("error", (error) => settle({ fault: startFault(host, why, error) }));
		const printed = collectOutput(
			stdout,
			() => {},
			() => printed.text().includes(echoed) && settle({ value: true }),
		);
		master.once("close", (exitCode) => {
			const [stdout, stderr] = [printed.text(), said.text()];
			const isLoggedIn = exitCode !== null && exitCode !== sshFailed;
			const fault = isLoggedIn
				? loginShellFault(host, loginUser, { exitCode, stdout, stderr })
				: systemFault(host, stderr);
			settle({ fault });
		});
		// EPIPE when ssh failed first; its exit says why.
		stdin.on("error", () => {});
		stdin.write(echoed);
		if (signal.aborted) return abort();
		signal.addEventListener("abort", abort);
	});
}

function execute(
	args: readonly string[],
	host: string,
	isAlive: () => Promise<boolean>,
	{ input, signal, onOutput }: Execution,
): Promise<Outcome<CommandResult>> {
	return new Promise((resolve) => {
		const child = start(args);
		if (child instanceof Error) return resolve({ fault: startFault(host, null, child) });
		const stop = (outcome: Outcome<CommandResult>): void => {
			resolve(outcome);
			killGroup(child);
		};
		const abort = (): void =>
			stop({
				fault: deadlineFault(
					host,
					"The command did not end before its deadline. It may still be running there.",
				),
			});
		const overflow = (): void => stop({ fault: overflowFault(host) });
		const stdout = collectOutput(child.stdout, overflow, onOutput);
		const stderr = collectOutput(child.stderr, overflow);
		child.once("error", (error) => resolve({ fault: startFault(host, null, error) }));
		child.once("close", async (exitCode) => {
			signal.removeEventListener("abort", abort);
			if (exitCode === null || (exitCode === sshFailed && !(await isAlive()))) {
				return resolve({ fault: brokenFault(host) });
			}
			resolve({ value: { exitCode, stdout: stdout.text(), stderr: stderr.text() } });
		});
		child.stdin.on("error", () => {});
		child.stdin.end(input);
		if (signal.aborted) return abort();
		signal.addEventListener("abort", abort);
	});
}

/** spawn throws some errors, such as E2BIG for an argument of 128 KiB on Linux, and emits others. */
function start(args: readonly string[]) {
	try {
		return spawnSsh(args);
	} catch (error) {
		return error as Error;
	}
}

/** Also ends the ssh processes that ProxyJump started. */
function killGroup(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	try {
		process.kill(-child.pid, "SIGTERM");
	} catch {
		// Ended since.
	}
}

function startFault(host: string, why: string | null, error: NodeJS.ErrnoException): Fault {
	const reason = why === null ? "" : ` It is needed because ${why}.`;
	return {
		kind: "command",
		message: `system's ssh can't be started for "${host}"`,
		detail: `${bounded(error.message, 200)}.${reason}`,
		hint:
			error.code === "ENOENT"
				? "Install OpenSSH's client (package openssh-client or openssh-clients)."
				: "Check the limits of processes and open files on this machine.",
	};
}
