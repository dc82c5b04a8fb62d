import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openShell } from "../../../src/transport/ssh/ssh.ts";
import { systemFault } from "../../../src/transport/ssh/system-fault.ts";
import { processesWith, runOnce, type Sshd, SshSandbox, target } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
let sshd: Sshd;
const soon = { deadlineMs: 30_000 };

beforeAll(async () => {
	for (const key of ["host", "other", "user", "authority", "certified"]) sandbox.key(key);
	sandbox.write("authorized_keys", sandbox.publicKey("user"));
	const principals = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
	const sign = ["-q", "-s", sandbox.path("authority"), "-I", "test", "-n", principals];
	execFileSync("ssh-keygen", [...sign, `${sandbox.path("certified")}.pub`]);
	sshd = await sandbox.sshd("host", [`TrustedUserCAKeys ${sandbox.path("authority")}.pub`]);
	sandbox.write("known_hosts", sandbox.knownHost(`[127.0.0.1]:${sshd.port}`, "host"));
	sandbox.config("config", []);
	sandbox.config("certified-config", [`IdentityFile ${sandbox.path("certified")}`]);
});
afterAll(() => sandbox.dispose());

function open(configFile = sandbox.path("config"), via: "auto" | "system" = "system") {
	return openShell(target({ port: sshd.port, configFile, via }));
}

describe("certificates", () => {
	test("a key with a certificate uses the system's ssh", async () => {
		const { value } = await runOnce({ port: sshd.port, configFile: sandbox.path("certified-config") });
		expect(value?.stdout).toBe("hello\n");
	});

	test("a certificate in the agent does too", async () => {
		const agent = await sandbox.agent(sandbox.path("certified"));
		const configFile = sandbox.config("agent-config", ["IdentityFile none", `IdentityAgent ${agent}`]);
		const { value } = await runOnce({ port: sshd.port, configFile });
		expect(value?.stdout).toBe("hello\n");
	});

	test("the system's ssh checks a host certificate", async () => {
		const sign = ["-q", "-s", sandbox.path("authority"), "-I", "host", "-h", "-n", "127.0.0.1"];
		execFileSync("ssh-keygen", [...sign, `${sandbox.path("host")}.pub`]);
		const server = await sandbox.sshd("host", [`HostCertificate ${sandbox.path("host")}-cert.pub`]);
		sandbox.write("authorities", sandbox.knownHost("@cert-authority *", "authority"));
		const lines = [`UserKnownHostsFile ${sandbox.path("authorities")}`];
		const { value } = await runOnce({
			port: server.port,
			configFile: sandbox.config("authority-config", lines),
		});
		expect(value?.stdout).toBe("hello\n");
	});
});

describe("results", () => {
	test("output, exit code, input and arguments are the same as with ssh2", async () => {
		const shell = open();
		const words = ["a b", "it's", "$(id)", "\n", "", "ä雪"];
		expect(await shell.run(["printf", "[%s]", ...words], soon)).toEqual({
			value: { exitCode: 0, stdout: words.map((word) => `[${word}]`).join(""), stderr: "" },
		});
		expect(await shell.run(["sh", "-c", "cat; echo err >&2; exit 3"], { ...soon, input: "in" })).toEqual({
			value: { exitCode: 3, stdout: "in", stderr: "err\n" },
		});
		expect((await shell.run(["sh", "-c", 'echo "$LC_ALL"'], soon)).value?.stdout).toBe("C\n");
		shell.close();
	});

	test("output is passed on as it arrives; a signal ends the run", async () => {
		const shell = open();
		const pieces: string[] = [];
		const cancel = new AbortController();
		const onOutput = (piece: string): void => {
			pieces.push(piece);
			if (piece.includes("two")) cancel.abort();
		};
		const { argv: endless, end } = sandbox.endlessCommand();
		const argv = ["sh", "-c", 'echo one; sleep 0.3; echo two; exec "$@" >/dev/null', "sh", ...endless];
		const { fault } = await shell.run(argv, { deadlineMs: 200_000, signal: cancel.signal, onOutput });
		end();
		expect(fault?.kind).toBe("timeout");
		expect(pieces).toEqual(["one\n", "two\n"]);
		shell.close();
	});

	test("a command that exits with 255 is not a broken connection", async () => {
		expect(
			(
				await runOnce({ port: sshd.port, configFile: sandbox.path("config"), via: "system" }, [
					"sh",
					"-c",
					"exit 255",
				])
			).value?.exitCode,
		).toBe(255);
	});

	test("all runs share one connection", async () => {
		const shell = open();
		const connectionOf = async () => (await shell.run(["sh", "-c", "echo $PPID"], soon)).value?.stdout;
		const first = await Promise.all([connectionOf(), connectionOf()]);
		expect(new Set([...first, await connectionOf()]).size).toBe(1);
		shell.close();
	});

	test("the deadline stops one run only", async () => {
		const shell = open();
		await shell.run(["true"], soon);
		const { argv, end } = sandbox.endlessCommand();
		expect((await shell.run(argv, { deadlineMs: 200 })).fault?.kind).toBe("timeout");
		expect((await shell.run(["echo", "next"], soon)).value?.stdout).toBe("next\n");
		end();
		shell.close();
	});

	test("too much output is a fault", async () => {
		const { fault } = await runOnce({ port: sshd.port, configFile: sandbox.path("config"), via: "system" }, [
			"yes",
		]);
		expect(fault?.message).toMatch(/too long/);
	});

	test("a line too long for the system is a fault", async () => {
		const shell = open();
		const { fault } = await shell.run(["echo", "x".repeat(200_000)], soon);
		shell.close();
		expect(fault).toMatchObject({ kind: "command", detail: expect.stringContaining("E2BIG") });
	});

	test("close leaves no process and no directory", async () => {
		const before = readdirSync(tmpdir());
		const shell = open();
		await shell.run(["true"], soon);
		shell.close();
		await expect.poll(() => processesWith(`-p ${sshd.port}`), { timeout: 20_000 }).toEqual([]);
		const left = () =>
			readdirSync(tmpdir()).filter((name) => /^repmgr-console-\w{6}$/.test(name) && !before.includes(name));
		await expect.poll(left, { timeout: 20_000 }).toEqual([]);
	});
});

describe("faults", () => {
	async function fault(configFile: string, acceptNewHostKeys = false) {
		return (await runOnce({ port: sshd.port, configFile, via: "system", acceptNewHostKeys })).fault;
	}

	test("an unknown host key, and accepting it", async () => {
		const configFile = sandbox.config("new", [`UserKnownHostsFile ${sandbox.path("new_known_hosts")}`]);
		expect(await fault(configFile)).toMatchObject({
			kind: "authentication",
			message: 'host key of "127.0.0.1" is not known',
		});
		expect(await fault(configFile, true)).toBeUndefined();
		expect(await fault(configFile)).toBeUndefined();
	});

	test("a changed host key, which is never accepted", async () => {
		sandbox.write("changed", sandbox.knownHost(`[127.0.0.1]:${sshd.port}`, "other"));
		const lines = [`UserKnownHostsFile ${sandbox.path("changed")}`, "StrictHostKeyChecking no"];
		expect(await fault(sandbox.config("changed-config", lines), true)).toMatchObject({
			kind: "authentication",
			message: 'host key of "127.0.0.1" has changed',
		});
	});

	test("a key the server does not accept", async () => {
		const configFile = sandbox.config("wrong", [
			`IdentityFile ${sandbox.path("other")}`,
			"IdentitiesOnly yes",
			"User nobody",
		]);
		expect(await fault(configFile)).toMatchObject({ kind: "authentication" });
	});

	test("a broken connection, and a new one", async () => {
		const server = await sandbox.sshd("host");
		sandbox.write("breaking", sandbox.knownHost(`[127.0.0.1]:${server.port}`, "host"));
		const configFile = sandbox.config("breaking-config", [`UserKnownHostsFile ${sandbox.path("breaking")}`]);
		const shell = openShell(target({ port: server.port, configFile, via: "system" }));
		const parent = await shell.run(["sh", "-c", "echo $PPID"], soon);
		const running = shell.run(["sleep", "3.45"], soon);
		await expect.poll(() => processesWith("sleep 3.45").length, { timeout: 3_000 }).toBeGreaterThan(0);
		process.kill(Number(parent.value?.stdout));
		expect((await running).fault).toMatchObject({ kind: "unreachable", message: /broke/ });
		await expect
			.poll(async () => (await shell.run(["echo", "again"], soon)).value?.stdout, { timeout: 30_000 })
			.toBe("again\n");
		shell.close();
	});

	// Printed by OpenSSH 9.2 and, where it differs, 8.0.
	test.each([
		["ssh: connect to host node1 port 22: Connection timed out", "unreachable"],
		["ssh: connect to host node1 port 22: No route to host", "unreachable"],
		["Connection timed out during banner exchange", "timeout"],
		["ssh: Could not resolve hostname node1: Name or service not known", "name"],
		["dba@node1: Permission denied (publickey,password).", "authentication"],
		[
			"No ED25519 host key is known for node1 and you have requested strict checking.\nHost key verification failed.",
			"authentication",
		],
		["kex_exchange_identification: read: Connection reset by peer", "protocol"],
		["", "protocol"],
	])("%s", (stderr, kind) => {
		expect(systemFault("node1", stderr).kind).toBe(kind);
	});
});

test("ssh, its Match exec and its ProxyCommand inherit no variable of libpq's", async () => {
	/** Writes its environment to a file and fails. */
	const recorder = (name: string): string => {
		const path = sandbox.write(name, `#!/bin/sh\nenv > ${sandbox.path(name)}.env\nexit 1\n`);
		chmodSync(path, 0o700);
		return path;
	};
	const configFile = sandbox.config("recorders", [
		`Match exec ${recorder("match")}`,
		"User nobody",
		"Host *",
		`ProxyCommand ${recorder("proxy")}`,
	]);
	vi.stubEnv("PGPASSWORD", "for the console alone");
	vi.stubEnv("PGSERVICE", "prod");
	// The system's ssh runs the ProxyCommand, after an "ssh -G", whose Match runs first.
	const { fault } = await runOnce({ configFile });
	vi.unstubAllEnvs();
	expect(fault).toBeDefined();
	for (const name of ["match", "proxy"]) {
		const environment = sandbox.read(`${name}.env`);
		expect(environment).toMatch(/^PATH=/m);
		expect(environment).not.toMatch(/^PG/m);
	}
});
