import { execFileSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { runOnce, type Sshd, SshSandbox } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
let sshd: Sshd;
let name: string;

beforeAll(async () => {
	for (const key of ["host", "other", "user"]) sandbox.key(key);
	sandbox.key("host-rsa", "rsa");
	sandbox.key("other-rsa", "rsa");
	sandbox.write("authorized_keys", sandbox.publicKey("user"));
	sshd = await sandbox.sshd("host", [`HostKey ${sandbox.path("host-rsa")}`]);
	name = `[127.0.0.1]:${sshd.port}`;
	sandbox.config("config", []);
});
beforeEach(() => rmSync(sandbox.path("known_hosts"), { force: true }));
afterAll(() => sandbox.dispose());

function logIn(acceptNewHostKeys = false, configFile = sandbox.path("config")) {
	return runOnce({ port: sshd.port, configFile, via: "ssh2", acceptNewHostKeys });
}

describe("known", () => {
	test("a plain line", async () => {
		sandbox.write("known_hosts", sandbox.knownHost(name, "host"));
		expect((await logIn()).value?.stdout).toBe("hello\n");
	});

	test("a line hashed by ssh-keygen", async () => {
		sandbox.write("known_hosts", sandbox.knownHost(name, "host"));
		execFileSync("ssh-keygen", ["-q", "-H", "-f", sandbox.path("known_hosts")], { stdio: "ignore" });
		expect(sandbox.read("known_hosts")).toMatch(/^\|1\|/);
		expect((await logIn()).value?.stdout).toBe("hello\n");
	});

	test("only the RSA key, of a server that prefers another", async () => {
		sandbox.write("known_hosts", sandbox.knownHost(name, "host-rsa"));
		expect((await logIn()).value?.stdout).toBe("hello\n");
	});

	test("under HostKeyAlias", async () => {
		sandbox.write("known_hosts", sandbox.knownHost("node1", "host"));
		const configFile = sandbox.config("aliased", ["HostKeyAlias node1"]);
		expect((await logIn(false, configFile)).value?.stdout).toBe("hello\n");
	});
});

describe("safeguards of ssh_config", () => {
	const fault = async (line: string, via: "auto" | "ssh2" = "auto") => {
		sandbox.write(
			"known_hosts",
			sandbox.knownHost(name, line.startsWith("RequiredRSASize") ? "host-rsa" : "host"),
		);
		const configFile = sandbox.config("safeguards", line.split("\n"));
		return (await runOnce({ port: sshd.port, configFile, via })).fault;
	};

	test("a key in RevokedHostKeys is refused, though known_hosts has it", async () => {
		sandbox.write("revoked", sandbox.publicKey("host"));
		expect(await fault(`RevokedHostKeys ${sandbox.path("revoked")}`)).toMatchObject({
			kind: "authentication",
			message: 'host key of "127.0.0.1" is revoked',
		});
	});

	test.each([
		"KexAlgorithms diffie-hellman-group1-sha1",
		"Ciphers 3des-cbc",
		"Ciphers aes128-ctr\nMACs hmac-md5",
	])("%s: nothing else is agreed on", async (line) => {
		expect((await fault(line))?.detail).toMatch(/no matching|Unable to negotiate/i);
	});

	test("an RSA key smaller than RequiredRSASize is refused", async () => {
		expect(await fault("RequiredRSASize 4096\nHostKeyAlgorithms rsa-sha2-512", "ssh2")).toMatchObject({
			message: 'host key of "127.0.0.1" is too small',
			detail: expect.stringContaining("It has 2048 bits; RequiredRSASize is 4096."),
		});
	});
});

describe("not known", () => {
	test("is a fault with the fingerprint and a command to add it", async () => {
		const { fault } = await logIn();
		const listed = execFileSync("ssh-keygen", ["-lf", `${sandbox.path("host")}.pub`], { encoding: "utf8" });
		const fingerprint = listed.split(" ")[1] as string;
		expect(fault).toMatchObject({
			kind: "authentication",
			message: 'host key of "127.0.0.1" is not known',
			detail: expect.stringContaining(`ssh-ed25519 key ${fingerprint}`),
		});
		expect(fault?.hint).toContain("--accept-new-host-keys");
		expect(existsSync(sandbox.path("known_hosts"))).toBe(false);
		const scan = /"(ssh-keyscan [^"]+)"/.exec(fault?.hint ?? "")?.[1] as string;
		execFileSync("sh", ["-c", scan], { stdio: "ignore" });
		expect((await logIn()).value?.stdout).toBe("hello\n");
	});

	test("is recorded with acceptNewHostKeys, and compared from then on", async () => {
		sandbox.write("known_hosts", "# no line end");
		expect((await logIn(true)).value?.stdout).toBe("hello\n");
		expect(sandbox.read("known_hosts")).toBe(`# no line end\n${sandbox.knownHost(name, "host")}`);
		expect((await logIn(false)).value?.stdout).toBe("hello\n");
		await logIn(true);
		expect(sandbox.read("known_hosts").trim().split("\n")).toHaveLength(2);
	});

	test("is accepted by its fingerprint, and no other key is", async () => {
		const refused = (await logIn()).fault;
		const accepting = (...acceptedHostKeys: readonly string[]) =>
			runOnce({
				...{ port: sshd.port, configFile: sandbox.path("config") },
				acceptedHostKeys: new Set(acceptedHostKeys),
			});
		const other = execFileSync("ssh-keygen", ["-lf", `${sandbox.path("other")}.pub`], { encoding: "utf8" });
		expect((await accepting(other.split(" ")[1] ?? "")).fault?.message).toMatch(/is not known$/);
		expect((await accepting(refused?.fingerprint ?? "")).value?.stdout).toBe("hello\n");
		expect(sandbox.read("known_hosts")).toBe(sandbox.knownHost(name, "host"));
	});

	test.each(["accept-new", "no"])("is recorded with StrictHostKeyChecking %s", async (strict) => {
		const configFile = sandbox.config("strict", [`StrictHostKeyChecking ${strict}`, "HashKnownHosts yes"]);
		expect((await logIn(false, configFile)).value?.stdout).toBe("hello\n");
		expect(sandbox.read("known_hosts")).toMatch(/^\|1\|/);
		const found = execFileSync("ssh-keygen", ["-F", name, "-f", sandbox.path("known_hosts")], {
			encoding: "utf8",
		});
		expect(found).toContain("found: line 1");
	});

	test("creates the directory and the file for the user only", async () => {
		const file = sandbox.path("home/.ssh/known_hosts");
		const configFile = sandbox.config("fresh", [`UserKnownHostsFile ${file}`]);
		expect((await logIn(true, configFile)).value?.stdout).toBe("hello\n");
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(statSync(sandbox.path("home/.ssh")).mode & 0o777).toBe(0o700);
	});

	test("is refused if it can't be recorded", async () => {
		const configFile = sandbox.config("nowhere", [`UserKnownHostsFile ${sandbox.path("user")}/known_hosts`]);
		expect((await logIn(true, configFile)).fault).toMatchObject({
			kind: "permission",
			message: `host key of "127.0.0.1" can't be remembered`,
		});
	});
});

describe("changed", () => {
	test.each([false, true])("is never accepted (accept new: %s)", async (acceptNew) => {
		sandbox.write("known_hosts", `# comment\n${sandbox.knownHost(name, "other")}`);
		const before = sandbox.read("known_hosts");
		const { fault } = await logIn(acceptNew);
		const file = sandbox.path("known_hosts");
		expect(fault).toMatchObject({
			kind: "authentication",
			message: 'host key of "127.0.0.1" has changed',
			detail: expect.stringContaining(`${file}:2`),
			hint: expect.stringContaining(`ssh-keygen -R '${name}' -f ${file}`),
		});
		expect(sandbox.read("known_hosts")).toBe(before);
	});

	test("with StrictHostKeyChecking no", async () => {
		sandbox.write("known_hosts", sandbox.knownHost(name, "other-rsa"));
		const configFile = sandbox.config("careless", ["StrictHostKeyChecking no"]);
		expect((await logIn(false, configFile)).fault?.message).toBe('host key of "127.0.0.1" has changed');
	});

	test("another type than the recorded one is not new", async () => {
		sandbox.key("other-ecdsa", "ecdsa");
		sandbox.write("known_hosts", sandbox.knownHost(name, "other-ecdsa"));
		expect((await logIn(true)).fault?.message).toBe('host key of "127.0.0.1" has changed');
	});

	test("a revoked key", async () => {
		sandbox.write("known_hosts", sandbox.knownHost(name, "host") + sandbox.knownHost("@revoked *", "host"));
		expect((await logIn(true)).fault?.message).toBe('host key of "127.0.0.1" is revoked');
	});
});
