import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { algorithmsBeyondSsh2, allowedAlgorithms } from "../../../src/transport/ssh/algorithms.ts";
import { type HostConfig, parseHostConfig, resolveHost } from "../../../src/transport/ssh/config.ts";
import { SshSandbox } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
const home = userInfo().homedir;

beforeAll(() => {
	sandbox.key("key");
	sandbox.write("included", "Host node1\n\tHostName 10.0.0.1\n\tUser dba\n\tPort 2222\n");
	sandbox.write(
		"config",
		[
			`Include ${sandbox.path("included")}`,
			'Match host 10.0.0.1 exec "test -n %h"',
			"\tProxyJump ops@bastion:2200,second",
			"Match user postgres",
			"\tIdentitiesOnly yes",
			"Host node2",
			"\tProxyCommand nc %h %p",
			"\tCertificateFile ~/.ssh/cert.pub",
			"\tIdentityAgent ~/agent",
			"\tAddressFamily inet6",
			"\tPubkeyAuthentication no",
			"\tPKCS11Provider /usr/lib/p11.so",
			"\tStrictHostKeyChecking no",
			"Host *",
			"\tIdentityFile ~/.ssh/%h_key",
			"\tHostKeyAlias alias",
			"\tUserKnownHostsFile ~/a ~/b",
			"\tGlobalKnownHostsFile none",
			"\tHostKeyAlgorithms ssh-ed25519,rsa-sha2-512",
			"",
		].join("\n"),
	);
	sandbox.write("empty", "");
	sandbox.write("broken", "NoSuchKeyword yes\n");
});
afterAll(() => sandbox.dispose());

async function resolve(host: string, more: object = {}) {
	return resolveHost({ host, configFile: sandbox.path("config"), ...more }, 5_000);
}

describe("the output of ssh -G", () => {
	test("Include, Match exec, tokens and tildes", async () => {
		expect((await resolve("node1")).value).toMatchObject({
			host: "node1",
			hostname: "10.0.0.1",
			user: "dba",
			port: 2222,
			proxyJump: "ops@bastion:2200,second",
			proxyCommand: null,
			identityFiles: [`${home}/.ssh/10.0.0.1_key`],
			identitiesOnly: false,
			hostKeyAlias: "alias",
			userKnownHostsFiles: [`${home}/a`, `${home}/b`],
			globalKnownHostsFiles: [],
			hostKeyAlgorithms: ["ssh-ed25519", "rsa-sha2-512"],
			acceptNewHostKeys: false,
			publicKeys: true,
		});
	});

	test("given values win", async () => {
		const { value } = await resolve("node1", { user: "postgres", port: 22, identity: sandbox.path("key") });
		expect(value).toMatchObject({ user: "postgres", port: 22, identitiesOnly: true });
		expect(value?.identityFiles[0]).toBe(sandbox.path("key"));
	});

	test("what only the system's ssh supports", async () => {
		expect((await resolve("node2")).value).toMatchObject({
			proxyCommand: "nc %h %p",
			certificateFiles: [`${home}/.ssh/cert.pub`],
			agentSocket: `${home}/agent`,
			addressFamily: "inet6",
			publicKeys: false,
			pkcs11Provider: "/usr/lib/p11.so",
			acceptNewHostKeys: true,
		});
	});

	test.each([
		["RevokedHostKeys ~/.ssh/revoked", "RevokedHostKeys"],
		["KnownHostsCommand /usr/bin/true", "KnownHostsCommand"],
		["VerifyHostKeyDNS ask", "VerifyHostKeyDNS"],
		["CheckHostIP yes", "CheckHostIP"],
		["BindAddress 127.0.0.2", "BindAddress"],
		["RevokedHostKeys none", null],
		["VerifyHostKeyDNS no", null],
	])("%s is beyond ssh2: %s", async (line, keyword) => {
		const configFile = sandbox.write("beyond", `${line}\n`);
		expect((await resolve("node1", { configFile })).value?.beyondSsh2).toBe(keyword);
	});

	test.each([
		["KexAlgorithms diffie-hellman-group1-sha1", /^KexAlgorithms .* names none/],
		["Ciphers 3des-cbc", /^Ciphers .* names none/],
		["MACs umac-64@openssh.com", /^MACs .* names none/],
		["HostKeyAlgorithms sk-ssh-ed25519@openssh.com", /^HostKeyAlgorithms .* names none/],
		["PubkeyAcceptedAlgorithms ssh-ed25519", /^PubkeyAcceptedAlgorithms .* leaves out/],
	])("%s can't be kept by ssh2", async (line, why) => {
		const configFile = sandbox.write("algorithms", `${line}\n`);
		expect(algorithmsBeyondSsh2((await resolve("node1", { configFile })).value as HostConfig)).toMatch(why);
	});

	test("algorithms are those that both the configuration and ssh2 have, ssh2's order first", async () => {
		const lines =
			"KexAlgorithms ecdh-sha2-nistp521,curve25519-sha256\nCiphers chacha20-poly1305@openssh.com,aes256-ctr\n";
		const configFile = sandbox.write("algorithms", `${lines}MACs hmac-sha2-512\nRequiredRSASize 3072\n`);
		const config = (await resolve("node1", { configFile })).value as HostConfig;
		expect(allowedAlgorithms(config)).toMatchObject({
			kex: ["curve25519-sha256", "ecdh-sha2-nistp521"],
			cipher: ["aes256-ctr", "chacha20-poly1305@openssh.com"],
			hmac: ["hmac-sha2-512"],
		});
		expect(config.requiredRsaSize).toBe(3072);
		expect(algorithmsBeyondSsh2(config)).toBeNull();
		const defaults = (await resolve("node1", { configFile: sandbox.path("empty") })).value as HostConfig;
		expect(algorithmsBeyondSsh2(defaults)).toBeNull();
	});

	test("a broken file is a fault with ssh's message", async () => {
		const { fault } = await resolve("node1", { configFile: sandbox.path("broken") });
		expect(fault).toMatchObject({
			kind: "command",
			message: 'ssh configuration for "node1" can\'t be read',
			detail: expect.stringContaining("line 1: Bad configuration option: nosuchkeyword"),
		});
	});
});

describe("defaults", () => {
	test("are those of an empty file", async () => {
		const bySsh = (await resolve("node1", { configFile: sandbox.path("empty") })).value;
		const without = parseHostConfig({ host: "node1" }, "");
		expect(without.hostKeyAlgorithms).toEqual([]);
		// Kinds of keys that neither ssh2 nor current OpenSSH can use are not listed.
		const isUsable = (file: string) => !/xmss|dsa$/.test(file) || file.endsWith("ecdsa");
		const expected = {
			...bySsh,
			hostKeyAlgorithms: [],
			kexAlgorithms: [],
			ciphers: [],
			macs: [],
			publicKeyAlgorithms: [],
			hashKnownHosts: false,
			identityFiles: bySsh?.identityFiles.filter(isUsable),
		};
		expect(without).toEqual(expected);
	});

	test("apply if ssh is not installed", async () => {
		const path = process.env.PATH;
		process.env.PATH = "/nonexistent";
		const { value } = await resolve("node1", { user: "dba" });
		process.env.PATH = path;
		expect(value).toEqual(parseHostConfig({ host: "node1", user: "dba" }, ""));
	});

	test("keep given values", () => {
		const request = { host: "node1", user: "dba", port: 2222, identity: "~/key" };
		expect(parseHostConfig(request, "")).toMatchObject({
			hostname: "node1",
			user: "dba",
			port: 2222,
			identityFiles: [`${home}/key`],
		});
	});
});

describe("names from a database", () => {
	test.each([
		"-oProxyCommand=touch /tmp/x",
		"-G",
		"",
		"a b",
		"node1;id",
		"$(id)",
		"`id`",
		"node1\nnode2",
		"a@b",
		"ssh://node1",
		"../x",
	])("%j is not a host", async (host) => {
		expect((await resolve(host)).fault).toMatchObject({
			kind: "protocol",
			message: /not a host and user name/,
		});
	});

	test.each(["node1", "node-1.example.com", "10.0.0.1", "fe80::1%eth0", "::1", "knoten-ü", "node_1"])(
		"%s is a host",
		async (host) => {
			expect((await resolve(host)).value?.host).toBe(host);
		},
	);

	test.each(["-x", "a;b", "$(id)", "a b"])("%j is not a user", async (user) => {
		expect((await resolve("node1", { user })).fault?.kind).toBe("protocol");
	});
});
