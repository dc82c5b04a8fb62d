import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { connectFault } from "../../../src/transport/ssh/fault.ts";
import { openShell } from "../../../src/transport/ssh/ssh.ts";
import { freePort, runOnce, type Sshd, SshSandbox, target } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
let sshd: Sshd;
let agent: string;

beforeAll(async () => {
	sandbox.key("host");
	sandbox.key("user");
	sandbox.key("rsa", "rsa");
	sandbox.key("ecdsa", "ecdsa");
	sandbox.key("encrypted", "ed25519", "secret");
	sandbox.key("encrypted-pem", "rsa", "secret");
	sandbox.key("stranger");
	const accepted = ["user", "rsa", "ecdsa", "encrypted"].map((name) => sandbox.publicKey(name));
	sandbox.write("authorized_keys", `${accepted.join("\n")}\n`);
	sshd = await sandbox.sshd("host", ["MaxAuthTries 3"]);
	sandbox.write("known_hosts", sandbox.knownHost(`[127.0.0.1]:${sshd.port}`, "host"));
	agent = await sandbox.agent(sandbox.path("encrypted"));
});
afterAll(() => sandbox.dispose());

/** Logs in with this configuration only, by ssh2. */
async function logIn(lines: readonly string[], identity?: string) {
	const configFile = sandbox.config("config", lines);
	return runOnce({ port: sshd.port, configFile, via: "ssh2", identity });
}

describe("keys", () => {
	test.each(["user", "rsa", "ecdsa"])("a plain %s key", async (name) => {
		const outcome = await logIn([`IdentityFile ${sandbox.path(name)}`, "IdentitiesOnly yes"]);
		expect(outcome.value?.stdout).toBe("hello\n");
	});

	test("an encrypted key that the agent holds", async () => {
		const outcome = await logIn([`IdentityFile ${sandbox.path("encrypted")}`, `IdentityAgent ${agent}`]);
		expect(outcome.value?.stdout).toBe("hello\n");
	});

	test("a key of the agent whose public half alone is configured", async () => {
		const identity = `${sandbox.path("encrypted")}.pub`;
		const outcome = await logIn([`IdentityFile ${identity}`, `IdentityAgent ${agent}`, "IdentitiesOnly yes"]);
		expect(outcome.value?.stdout).toBe("hello\n");
	});

	test("--identity comes before the keys of the configuration", async () => {
		const many = ["stranger", "encrypted-pem"].map((name) => `IdentityFile ${sandbox.path(name)}`);
		expect((await logIn(many, sandbox.path("rsa"))).value?.stdout).toBe("hello\n");
	});

	test("the configured keys of the agent come before its others", async () => {
		const names = ["a", "b", "c", "d"].map((name) => sandbox.key(`other-${name}`));
		const crowded = await sandbox.agent(...names, sandbox.path("user"));
		const outcome = await logIn([`IdentityFile ${sandbox.path("user")}`, `IdentityAgent ${crowded}`]);
		expect(outcome.value?.stdout).toBe("hello\n");
		const stranger = await logIn([`IdentityFile ${sandbox.path("stranger")}`, `IdentityAgent ${crowded}`]);
		expect(stranger.fault).toMatchObject({ kind: "authentication", message: /too many keys/ });
	});

	test("a dead agent is skipped", async () => {
		const outcome = await logIn([`IdentityFile ${sandbox.path("user")}`, "IdentityAgent /nonexistent"]);
		expect(outcome.value?.stdout).toBe("hello\n");
	});
});

describe("faults", () => {
	test.each(["encrypted", "encrypted-pem"])("an %s key without an agent", async (name) => {
		const path = sandbox.path(name);
		const { fault } = await logIn([`IdentityFile ${path}`]);
		expect(fault).toMatchObject({
			kind: "authentication",
			message: `private key "${path}" is encrypted`,
			detail: expect.stringContaining("No ssh agent is set"),
			hint: expect.stringContaining(`ssh-add ${path}`),
		});
	});

	test("an encrypted key that the agent does not hold", async () => {
		const path = sandbox.path("encrypted-pem");
		const { fault } = await logIn([`IdentityFile ${path}`, `IdentityAgent ${agent}`, "IdentitiesOnly yes"]);
		expect(fault?.message).toBe(`private key "${path}" is encrypted`);
		expect(fault?.detail).toContain("The ssh agent does not hold it");
	});

	test("a key the server does not accept", async () => {
		const path = sandbox.path("stranger");
		const { fault } = await logIn([`IdentityFile ${path}`, "User somebody"]);
		expect(fault).toMatchObject({
			kind: "authentication",
			message: 'ssh server on "127.0.0.1" does not let "somebody" in',
			detail: `Tried without success: "${path}". The server offers: publickey.`,
		});
	});

	test("no key at all", async () => {
		const { fault } = await logIn(["IdentityFile /nonexistent"]);
		expect(fault?.kind).toBe("authentication");
	});

	test("a file that can't be read", async () => {
		// A directory: root may read every file.
		const { fault } = await logIn([`IdentityFile ${sandbox.directory}`]);
		expect(fault?.message).toBe(`private key "${sandbox.directory}" can't be read`);
	});

	test("a named key that does not exist", async () => {
		const { fault } = await logIn([], "/nonexistent/key");
		expect(fault).toMatchObject({
			kind: "authentication",
			message: 'private key "/nonexistent/key" does not exist',
		});
	});

	test("no fault contains a key", async () => {
		const { fault } = await logIn([`IdentityFile ${sandbox.path("stranger")}`]);
		const secret = sandbox.read("stranger").split("\n")[2] as string;
		expect(JSON.stringify(fault)).not.toContain(secret);
	});
});

describe("reaching the host", () => {
	const deaf = new Set<Socket>();
	let hole: Server;
	let holePort: number;

	beforeAll(async () => {
		holePort = await freePort();
		hole = createServer((socket) => deaf.add(socket));
		await new Promise<void>((resolve) => hole.listen(holePort, "127.0.0.1", resolve));
		sandbox.config("plain", []);
	});
	afterAll(() => {
		for (const socket of deaf) socket.destroy();
		hole.close();
	});

	test.each(["ssh2", "system"] as const)("a refused port (%s)", async (via) => {
		const { fault } = await runOnce({ port: await freePort(), configFile: sandbox.path("plain"), via });
		expect(fault).toMatchObject({
			kind: "refused",
			message: 'nothing accepts ssh connections on "127.0.0.1"',
			code: "ECONNREFUSED",
		});
	});

	test.each(["ssh2", "system"] as const)("a name that does not resolve (%s)", async (via) => {
		const { fault } = await runOnce({ host: "node1.invalid", configFile: sandbox.path("plain"), via });
		expect(fault).toMatchObject({ kind: "name", message: /name .*"node1.invalid" is not resolved/ });
	});

	test.each(["ssh2", "system"] as const)(
		"a server that never answers, until the run's deadline (%s)",
		async (via) => {
			const shell = openShell(target({ port: holePort, configFile: sandbox.path("plain"), via }));
			const { fault } = await shell.run(["true"], { deadlineMs: 400 });
			shell.close();
			expect(fault?.kind).toBe("timeout");
		},
		// Before connectTimeoutMs.
		20_000,
	);

	test.each(["ssh2", "system"] as const)(
		"a server that never answers, until connectTimeoutMs (%s)",
		async (via) => {
			const configFile = sandbox.path("plain");
			const { fault } = await runOnce({ port: holePort, configFile, via, connectTimeoutMs: 400 });
			expect(fault).toMatchObject({ kind: "timeout" });
		},
	);

	test.each(["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"])("%s is unreachable", (code) => {
		const error = Object.assign(new Error(`connect ${code} 192.0.2.1:22`), { code });
		expect(connectFault("node1", "192.0.2.1 port 22", error)).toMatchObject({ kind: "unreachable", code });
	});

	test("a server that is not ssh", async () => {
		const port = await freePort();
		const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
		await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
		const { fault } = await runOnce({ port, configFile: sandbox.path("plain"), via: "ssh2" });
		server.close();
		expect(fault?.kind).toBe("protocol");
	});
});
