import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { userInfo } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Shell } from "../../../src/transport/ports.ts";
import { openShell, type SshTarget } from "../../../src/transport/ssh/ssh.ts";
import { freePort, type Sshd, SshSandbox, target } from "./support.ts";

// Logins take long where the machine has other work.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const sandbox = new SshSandbox();
let sshd: Sshd;
let narrow: Sshd;
let closed: Sshd;
const shells: Shell[] = [];

beforeAll(async () => {
	sandbox.key("host");
	sandbox.key("user");
	sandbox.write("authorized_keys", sandbox.publicKey("user"));
	sshd = await sandbox.sshd("host", ["MaxSessions 3"]);
	narrow = await sandbox.sshd("host", ["MaxSessions 1"]);
	closed = await sandbox.sshd("host", ["ForceCommand /usr/sbin/nologin"]);
	const known = [sshd, narrow, closed].map(({ port }) => sandbox.knownHost(`[127.0.0.1]:${port}`, "host"));
	sandbox.write("known_hosts", known.join("\n"));
	sandbox.config("config", []);
});
afterEach(() => {
	for (const shell of shells.splice(0)) shell.close();
});
afterAll(() => sandbox.dispose());

function open(partial: Partial<SshTarget> = {}): Shell {
	const shell = openShell(target({ port: sshd.port, configFile: sandbox.path("config"), ...partial }));
	shells.push(shell);
	return shell;
}

const soon = { deadlineMs: 30_000 };

describe("results", () => {
	let shell: Shell;
	beforeAll(() => {
		shell = openShell(target({ port: sshd.port, configFile: sandbox.path("config") }));
	});
	afterAll(() => shell.close());

	test("returns both outputs and the exit code", async () => {
		const outcome = await shell.run(["sh", "-c", "echo out; echo err >&2; exit 3"], soon);
		expect(outcome).toEqual({ value: { exitCode: 3, stdout: "out\n", stderr: "err\n" } });
	});

	test("a command ended by a signal has no exit code", async () => {
		const outcome = await shell.run(["sh", "-c", "kill -KILL $$"], soon);
		expect(outcome.value?.exitCode).toBeNull();
	});

	test("standard input is written and closed", async () => {
		const outcome = await shell.run(["cat"], { ...soon, input: "zwölf 雪\n" });
		expect(outcome.value?.stdout).toBe("zwölf 雪\n");
	});

	test("a command that does not read its input is no error", async () => {
		const outcome = await shell.run(["true"], { ...soon, input: "x".repeat(5_000_000) });
		expect(outcome.value?.exitCode).toBe(0);
	});

	test("1 MB of output comes whole", async () => {
		const outcome = await shell.run(["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"], soon);
		expect(outcome.value?.stdout).toBe("x".repeat(1_000_000));
	});

	test("too much output is a fault, and the next command works", async () => {
		const outcome = await shell.run(["yes"], soon);
		expect(outcome.fault).toMatchObject({ kind: "command", message: /too long/ });
		expect((await shell.run(["echo", "next"], soon)).value?.stdout).toBe("next\n");
	});

	test("output is passed on as it arrives, in whole characters", async () => {
		const pieces: [string, number][] = [];
		const started = performance.now();
		const onOutput = (piece: string): void => void pieces.push([piece, performance.now() - started]);
		const script = "printf 'one\\n\\303'; sleep 0.5; printf '\\244two\\n'; echo err >&2";
		const outcome = await shell.run(["sh", "-c", script], { ...soon, onOutput });
		expect(outcome.value).toEqual({ exitCode: 0, stdout: "one\nätwo\n", stderr: "err\n" });
		expect(pieces.map(([piece]) => piece)).toEqual(["one\n", "ätwo\n"]);
		const [[, first = 0] = [], [, second = 0] = []] = pieces;
		expect(second - first).toBeGreaterThan(300);
	});

	test.each(["ssh2", "system"] as const)("a forced command is a fault (%s)", async (via) => {
		const outcome = await open({ port: closed.port, via }).run(["true"], soon);
		expect(outcome.fault).toMatchObject({
			kind: "command",
			message: `login shell of "${userInfo().username}" on "127.0.0.1" did not run the command`,
			detail: /currently not available/,
		});
	});

	test("programs print English", async () => {
		expect((await shell.run(["sh", "-c", 'echo "$LC_ALL"'], soon)).value?.stdout).toBe("C\n");
	});

	test("arguments arrive unchanged", async () => {
		const words = [
			"a b",
			"it's",
			'"',
			"$(touch /tmp/x)",
			"`id`",
			"\n",
			"\\",
			"",
			"*",
			"~",
			"ä雪",
			"-n",
			"a;b|c&",
			"!x",
		];
		const outcome = await shell.run(["printf", "[%s]", ...words], soon);
		expect(outcome.value?.stdout).toBe(words.map((word) => `[${word}]`).join(""));
	});

	test.runIf(userInfo().uid === 0)("root acts as another user by runuser", async () => {
		const outcome = await shell.run(["sh", "-c", 'id -un; pwd; echo "$1"', "sh", "$(id)"], {
			...soon,
			user: "nobody",
		});
		expect(outcome).toEqual({ value: { exitCode: 0, stdout: "nobody\n/\n$(id)\n", stderr: "" } });
	});

	test.runIf(userInfo().uid === 0)("an unknown user is a fault", async () => {
		const outcome = await shell.run(["id"], { ...soon, user: "no-such-user" });
		expect(outcome.fault).toMatchObject({
			kind: "permission",
			message: `operating system user "no-such-user" does not exist on "127.0.0.1"`,
		});
	});
});

describe("one kept connection", () => {
	test("serves parallel first runs and all later ones", async () => {
		const shell = open();
		const connectionOf = async () => (await shell.run(["sh", "-c", "echo $PPID"], soon)).value?.stdout;
		const first = await Promise.all([connectionOf(), connectionOf(), connectionOf()]);
		expect(new Set([...first, await connectionOf()]).size).toBe(1);
	});

	test("a later run costs a round trip, not a login", async () => {
		const shell = open();
		const msOf = async (one: typeof shell): Promise<number> => {
			const started = performance.now();
			await one.run(["true"], soon);
			return performance.now() - started;
		};
		const logins = [await msOf(shell), await msOf(open()), await msOf(open())];
		const runs: number[] = [];
		for (let run = 0; run < 20; run++) runs.push(await msOf(shell));
		// Measured 3 to 5 ms against 60 and more, and both are longer where the machine is busy.
		const middle = runs.toSorted((a, b) => a - b)[10] ?? Number.NaN;
		expect(middle).toBeLessThan(Math.min(...logins) / 2);
	});

	test("a run beyond MaxSessions waits for a free channel", async () => {
		const shell = open();
		const runs = Array.from({ length: 7 }, () => shell.run(["sleep", "0.3"], soon));
		expect((await Promise.all(runs)).map(({ fault }) => fault)).toEqual(runs.map(() => undefined));
	});

	test("if none is free in time, only that run fails", async () => {
		const shell = open();
		const { argv, end } = sandbox.endlessCommand();
		const onOutput = vi.fn();
		const runs = Array.from({ length: 3 }, () => shell.run(argv, { ...soon, onOutput }));
		await vi.waitFor(() => expect(onOutput).toHaveBeenCalledTimes(3), 20_000);
		const { fault } = await shell.run(["true"], { deadlineMs: 500 });
		end();
		expect(fault).toMatchObject({ kind: "protocol", hint: expect.stringContaining("MaxSessions") });
		expect((await Promise.all(runs)).map(({ fault }) => fault)).toEqual([undefined, undefined, undefined]);
		expect((await shell.run(["echo", "next"], soon)).value?.stdout).toBe("next\n");
	});

	test("consecutive runs succeed with MaxSessions 1", async () => {
		const shell = open({ port: narrow.port });
		const outcomes = [];
		for (let run = 0; run < 50; run++) outcomes.push(await shell.run(["true"], soon));
		expect(outcomes.flatMap(({ fault }) => fault ?? [])).toEqual([]);
	});

	test("the deadline ends the run and keeps the connection", async () => {
		const shell = open();
		await shell.run(["true"], soon);
		const { argv, end } = sandbox.endlessCommand();
		const outcome = await shell.run(argv, { deadlineMs: 300 });
		expect(outcome.fault?.kind).toBe("timeout");
		expect((await shell.run(["echo", "next"], soon)).value?.stdout).toBe("next\n");
		end();
	});

	test("a signal ends the run before its deadline and keeps the connection", async () => {
		const shell = open();
		await shell.run(["true"], soon);
		const cancel = new AbortController();
		const { argv, end } = sandbox.endlessCommand();
		const onOutput = (): void => cancel.abort();
		const outcome = await shell.run(argv, { deadlineMs: 200_000, signal: cancel.signal, onOutput });
		expect(outcome.fault?.kind).toBe("timeout");
		expect((await shell.run(["echo", "still"], soon)).value?.stdout).toBe("still\n");
		end();
		expect((await shell.run(["true"], { ...soon, signal: cancel.signal })).fault?.kind).toBe("timeout");
	});

	test("connect() logs in ahead of the first run, until it is aborted", async () => {
		const wanted = new AbortController().signal;
		const shell = open();
		expect(await shell.connect(wanted)).toEqual({ value: true });
		expect((await shell.run(["echo", "in"], soon)).value?.stdout).toBe("in\n");
		shell.close();
		expect((await shell.connect(wanted)).fault?.message).toMatch(/closed by the console/);
		expect((await open({ port: await freePort() }).connect(wanted)).fault?.kind).toBe("refused");

		const mute = createServer();
		await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
		const { port } = mute.address() as AddressInfo;
		const given = await open({ port, connectTimeoutMs: 200_000 }).connect(AbortSignal.timeout(200));
		expect(given.fault?.kind).toBe("timeout");
		mute.close();
	});

	test("the deadline includes connecting", async () => {
		const outcome = await open().run(["true"], { deadlineMs: 1 });
		expect(outcome.fault?.kind).toBe("timeout");
	});

	test("after close nothing runs", async () => {
		const shell = open();
		const running = shell.run(["sleep", "5"], soon);
		shell.close();
		expect((await running).fault?.message).toMatch(/closed by the console/);
		expect((await shell.run(["true"], soon)).fault?.message).toMatch(/closed by the console/);
	});
});

describe("a connection that breaks", () => {
	let proxy: Server;
	let port: number;
	const sockets = new Set<Socket>();

	beforeAll(async () => {
		port = await freePort();
		proxy = createServer((client) => {
			const server = connect(sshd.port, "127.0.0.1");
			for (const [from, to] of [
				[client, server],
				[server, client],
			] as const) {
				sockets.add(from);
				from.on("error", () => {});
				from.on("close", () => to.destroy());
				from.pipe(to);
			}
		});
		await new Promise<void>((resolve) => proxy.listen(port, "127.0.0.1", resolve));
		sandbox.config("proxied", [`HostKeyAlias [127.0.0.1]:${sshd.port}`]);
	});
	afterAll(() => {
		proxy.close();
	});

	function breakAll(): void {
		for (const socket of sockets) socket.destroy();
		sockets.clear();
	}

	test("is a fault of the current run; the next one reconnects", async () => {
		const shell = open({ port, configFile: sandbox.path("proxied") });
		const running = shell.run(["sh", "-c", "echo begun; sleep 5"], soon);
		await shell.run(["true"], soon);
		breakAll();
		expect((await running).fault).toMatchObject({ kind: "unreachable", message: /broke/ });
		expect((await shell.run(["echo", "again"], soon)).value?.stdout).toBe("again\n");
	});

	test("is replaced if it broke between two runs", async () => {
		const shell = open({ port, configFile: sandbox.path("proxied") });
		await shell.run(["true"], soon);
		breakAll();
		await new Promise((resolve) => setTimeout(resolve, 20));
		// On a busy machine that timer is due before Node reads the socket's end.
		for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect((await shell.run(["echo", "again"], soon)).value?.stdout).toBe("again\n");
	});
});
