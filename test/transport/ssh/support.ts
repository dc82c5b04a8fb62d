import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type NetConnectOpts } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { openShell, type SshTarget } from "../../../src/transport/ssh/ssh.ts";

/** A real sshd on loopback that lets this process's own user in; needs the package openssh-server. */
export interface Sshd {
	readonly port: number;
	readonly hostKeyFile: string;
	stop(): Promise<void>;
}

/** A directory with keys, configuration and servers of one test file; dispose() ends the servers and removes it. */
export class SshSandbox {
	readonly directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	readonly #processes: ChildProcess[] = [];
	#commands = 0;

	path(name: string): string {
		return join(this.directory, name);
	}

	write(name: string, text: string): string {
		writeFileSync(this.path(name), text, { mode: 0o600 });
		return this.path(name);
	}

	read(name: string): string {
		return readFileSync(this.path(name), "utf8");
	}

	key(name: string, type = "ed25519", passphrase = ""): string {
		const size = type === "rsa" ? ["-b", "2048"] : [];
		execFileSync("ssh-keygen", [
			"-q",
			"-t",
			type,
			...size,
			"-N",
			passphrase,
			"-C",
			name,
			"-f",
			this.path(name),
		]);
		return this.path(name);
	}

	publicKey(name: string): string {
		return this.read(`${name}.pub`).trim();
	}

	/** A command that prints "runs" and goes on until the test ends it: however busy the machine is, it does not end before. */
	endlessCommand(): { readonly argv: readonly string[]; end(): void } {
		const path = join(this.directory, `ended-${this.#commands++}`);
		// Where the test fails, the directory goes, and the command ends as well.
		const script = `echo runs; until [ -e "$1" ] || ! [ -d "\${1%/*}" ]; do sleep 0.1; done`;
		return { argv: ["sh", "-c", script, "sh", path], end: () => writeFileSync(path, "") };
	}

	/** known_hosts line for a server; hosts as in the file, e.g. "[127.0.0.1]:2222". */
	knownHost(hosts: string, hostKey: string): string {
		const [type, key] = this.publicKey(hostKey).split(" ");
		return `${hosts} ${type} ${key}\n`;
	}

	async sshd(hostKey: string, settings: readonly string[] = []): Promise<Sshd> {
		// Where sshd runs as root it insists on this directory, which the service normally makes.
		if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
		const port = await freePort();
		const config = this.write(
			`sshd_config_${port}`,
			[
				...settings,
				`Port ${port}`,
				"ListenAddress 127.0.0.1",
				`HostKey ${this.path(hostKey)}`,
				`AuthorizedKeysFile ${this.path("authorized_keys")}`,
				"PidFile none",
				"StrictModes no",
				"UsePAM no",
				"PasswordAuthentication no",
				"KbdInteractiveAuthentication no",
				"PermitRootLogin yes",
				"AcceptEnv LC_*",
				// Keeps the start-up files of the user's shell out: they can take longer than the test.
				`SetEnv HOME=${this.directory}`,
				"",
			].join("\n"),
		);
		const server = spawn("/usr/sbin/sshd", ["-D", "-f", config], { stdio: "ignore" });
		this.#processes.push(server);
		await untilAnswered({ port, host: "127.0.0.1" });
		return { port, hostKeyFile: this.path(hostKey), stop: () => end(server) };
	}

	/** Starts ssh-agent; the result is its socket. */
	async agent(...keys: readonly string[]): Promise<string> {
		const socket = this.path(`agent${this.#processes.length}`);
		// In the foreground: it removes its socket when it ends, which must be before dispose() does.
		this.#processes.push(spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }));
		await untilAnswered({ path: socket });
		for (const key of keys) this.agentAdd(socket, key);
		return socket;
	}

	/** The passphrase of an encrypted key is "secret". */
	agentAdd(socket: string, key: string): void {
		const askpass = this.path("askpass");
		writeFileSync(askpass, "#!/bin/sh\necho secret\n", { mode: 0o700 });
		const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force" };
		execFileSync("ssh-add", ["-q", key], { env, stdio: "ignore" });
	}

	/** An ssh_config that keeps the user's own keys, agent and known hosts out; `lines` come first and win. */
	config(name: string, lines: readonly string[]): string {
		return this.write(
			name,
			[
				...lines,
				"Host *",
				`UserKnownHostsFile ${this.path("known_hosts")}`,
				"GlobalKnownHostsFile /dev/null",
				// Later ones are added to earlier ones.
				...(lines.some((line) => line.startsWith("IdentityFile"))
					? []
					: [`IdentityFile ${this.path("user")}`]),
				"IdentityAgent none",
				"",
			].join("\n"),
		);
	}

	async dispose(): Promise<void> {
		await Promise.all(this.#processes.map(end));
		rmSync(this.directory, { recursive: true });
	}
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((resolve) => child.once("exit", resolve));
	child.kill();
	await ended;
}

export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

async function untilAnswered(address: NetConnectOpts): Promise<void> {
	for (let attempt = 0; attempt < 250; attempt++) {
		const isUp = await new Promise<boolean>((resolve) => {
			const socket = connect(address, () => {
				socket.destroy();
				resolve(true);
			});
			socket.once("error", () => resolve(false));
		});
		if (isUp) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	throw new Error(`nothing listens on ${JSON.stringify(address)}`);
}

export function target(partial: Partial<SshTarget>): SshTarget {
	return {
		host: "127.0.0.1",
		acceptNewHostKeys: false,
		via: "auto",
		connectTimeoutMs: 30_000,
		...partial,
	};
}

/** One command through a shell of its own. */
export async function runOnce(partial: Partial<SshTarget>, argv: readonly string[] = ["echo", "hello"]) {
	const shell = openShell(target(partial));
	try {
		return await shell.run(argv, { deadlineMs: 30_000 });
	} finally {
		shell.close();
	}
}

/** Processes on this machine whose command line contains the text. */
export function processesWith(text: string): readonly string[] {
	const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
	return all.filter((line) => line.includes(text));
}
