import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort, runOnce, type Sshd, SshSandbox } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
let jump: Sshd;
let second: Sshd;
let server: Sshd;

beforeAll(async () => {
	for (const key of ["jump-host", "second-host", "server-host", "user"]) sandbox.key(key);
	sandbox.write("authorized_keys", sandbox.publicKey("user"));
	[jump, second, server] = await Promise.all([
		sandbox.sshd("jump-host"),
		sandbox.sshd("second-host"),
		sandbox.sshd("server-host"),
	]);
	sandbox.write("known_hosts", knownHosts());
});
afterAll(() => sandbox.dispose());

function knownHosts(): string {
	return (
		sandbox.knownHost(`[127.0.0.1]:${jump.port}`, "jump-host") +
		sandbox.knownHost(`[127.0.0.1]:${second.port}`, "second-host") +
		sandbox.knownHost(`[127.0.0.1]:${server.port}`, "server-host")
	);
}

function hosts(proxyJump: string, lines: readonly string[] = []): string {
	return sandbox.config("config", [
		...lines,
		"Host node1",
		`Port ${server.port}`,
		`ProxyJump ${proxyJump}`,
		"Host jump",
		`Port ${jump.port}`,
		"Host second",
		`Port ${second.port}`,
		"Host *",
		"HostName 127.0.0.1",
	]);
}

const whoServes = ["sh", "-c", "echo $SSH_CONNECTION"];

test.each(["jump", "jump,second"])("through ProxyJump %s", async (proxyJump) => {
	const { value } = await runOnce({ host: "node1", configFile: hosts(proxyJump), via: "ssh2" }, whoServes);
	expect(value?.stdout).toContain(` ${server.port}\n`);
});

test("a jump host with a jump host of its own, and user and port in place", async () => {
	const configFile = hosts(`127.0.0.1:${second.port}`, ["Host 127.0.0.1", "ProxyJump jump"]);
	const { value } = await runOnce({ host: "node1", configFile, via: "ssh2" }, whoServes);
	expect(value?.stdout).toContain(` ${server.port}\n`);
});

test("the host key of the jump host is checked", async () => {
	sandbox.write("known_hosts", sandbox.knownHost(`[127.0.0.1]:${server.port}`, "server-host"));
	const { fault } = await runOnce({ host: "node1", configFile: hosts("jump"), via: "ssh2" });
	sandbox.write("known_hosts", knownHosts());
	expect(fault?.message).toBe('host key of "jump" is not known');
});

test("the host key behind the jump host is checked", async () => {
	sandbox.write("known_hosts", sandbox.knownHost(`[127.0.0.1]:${jump.port}`, "jump-host"));
	const { fault } = await runOnce({ host: "node1", configFile: hosts("jump"), via: "ssh2" });
	sandbox.write("known_hosts", knownHosts());
	expect(fault?.message).toBe('host key of "node1" is not known');
});

test("a refused port behind the jump host", async () => {
	const configFile = hosts("jump", ["Host node1", `Port ${await freePort()}`]);
	const { fault } = await runOnce({ host: "node1", configFile, via: "ssh2" });
	expect(fault).toMatchObject({ kind: "refused", message: /jump host "jump" does not reach 127.0.0.1 port/ });
});

test("a jump host that needs itself", async () => {
	const configFile = hosts("jump", ["Host jump", "ProxyJump node1"]);
	const { fault } = await runOnce({ host: "node1", configFile, via: "ssh2" });
	expect(fault).toMatchObject({ kind: "protocol", message: /jump hosts of .* can.t be followed/ });
});

test("ProxyCommand uses the system's ssh", async () => {
	const configFile = hosts("none", [
		"Host node1",
		`ProxyCommand ssh -F ${sandbox.path("config")} -W %h:%p jump`,
	]);
	const { value } = await runOnce({ host: "node1", configFile }, whoServes);
	expect(value?.stdout).toContain(` ${server.port}\n`);
});
