import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ConnectionParameters } from "../../../src/config/connection-parameters.ts";
import type { Fault } from "../../../src/model/fault.ts";
import { addressOf } from "../../../src/transport/postgres/fault.ts";
import { postgresQuery } from "../../../src/transport/postgres/postgres.ts";
import { ASK_PASSWORD, errorResponse, FakePostgres, message, READY } from "../../support/fake-postgres.ts";
import { parametersOf } from "../../support/fake-query.ts";

let server: FakePostgres;
beforeEach(async () => {
	server = await FakePostgres.start();
});
afterEach(() => server.stop());

const query = postgresQuery("repmgr-console");
/** Long enough for an answer over loopback on a busy machine. */
const DEADLINE_MS = 5000;
/** For servers that never answer. */
const SHORT_MS = 100;

/** For what happens soon, but not at once. */
const PATIENCE = { timeout: 5000, interval: 5 };

const here = (more: Partial<ConnectionParameters> = {}) =>
	parametersOf("127.0.0.1", { port: server.port, ssl: { mode: "disable" }, ...more });

async function closedPort(): Promise<number> {
	const gone = await FakePostgres.start();
	const { port } = gone;
	await gone.stop();
	return port;
}

describe("ping", () => {
	test.each(["G", "N"])("succeeds when the server answers %s, and sends nothing more", async (answer) => {
		server.onGssRequest = (socket) => socket.write(answer);
		const pinged = await query.ping(here(), DEADLINE_MS);
		expect(pinged.value).toBeGreaterThanOrEqual(0);
		expect(server.gssRequests).toBe(1);
		expect(server.startups).toEqual([]);
		// Of one that is left after this there is a line in the log.
		expect(server.sslRequests).toBe(0);
	});

	test("succeeds when the server is too busy for a session and answers with an error", async () => {
		server.onGssRequest = (socket) => socket.write(errorResponse("53300", "sorry, too many clients already"));
		expect(await query.ping(here(), DEADLINE_MS)).toHaveProperty("value");
	});

	test("reports a timeout, not unreachable, when the server accepts and stays silent", async () => {
		server.onGssRequest = () => {};
		expect(await query.ping(here(), SHORT_MS)).toMatchObject({
			fault: {
				kind: "timeout",
				message: `127.0.0.1:${server.port} accepts connections, but does not answer`,
			},
		});
	});

	test("a closed port is refused", async () => {
		const port = await closedPort();
		expect(await query.ping(here({ port }), DEADLINE_MS)).toMatchObject({
			fault: { kind: "refused", message: `connection to 127.0.0.1:${port} refused`, code: "ECONNREFUSED" },
		});
	});

	test("fails when the server closes the connection", async () => {
		server.onGssRequest = (socket) => socket.end();
		expect((await query.ping(here(), DEADLINE_MS)).fault).toMatchObject({ kind: "refused" });
	});

	test("connects to hostaddr and calls the server by its host", async () => {
		const pinged = await query.ping(here({ host: "node1", hostaddr: "127.0.0.1" }), DEADLINE_MS);
		expect(pinged).toHaveProperty("value");
	});

	test.each<[string, (socket: Socket) => void]>([
		["answers", (socket) => socket.write("N")],
		["is silent", () => {}],
	])("the connection to a server that %s is closed", async (_, onGssRequest) => {
		server.onGssRequest = onGssRequest;
		await query.ping(here(), SHORT_MS);
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});
});

describe("several hosts in one conninfo", () => {
	test("the next one is tried when nothing answers", async () => {
		const gone = here({ port: await closedPort(), otherwise: [here()] });
		const connected = await query.connect(gone, DEADLINE_MS);
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(await query.ping(gone, DEADLINE_MS)).toHaveProperty("value");
	});

	test("a server's answer is final: no other host is tried", async () => {
		server.onStartup = (socket) => socket.write(errorResponse("57P03", "the database system is starting up"));
		const connected = await query.connect(here({ otherwise: [here()] }), DEADLINE_MS);
		expect(connected.fault?.code).toBe("57P03");
		expect(server.startups).toHaveLength(1);
	});

	test("when none answers, the fault is the first one's", async () => {
		const [first, second] = [await closedPort(), await closedPort()];
		const connected = await query.connect(
			here({ port: first, otherwise: [here({ port: second })] }),
			DEADLINE_MS,
		);
		expect(connected.fault?.message).toBe(`connection to 127.0.0.1:${first} refused`);
	});
});

describe("connect", () => {
	test("opens a session that can't write, wait for locks or run for long, whatever the user's options say", async () => {
		const connected = await query.connect(
			here({ options: "-c default_transaction_read_only=off -c geqo=off -c search_path=public" }),
			DEADLINE_MS,
		);
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(server.startups).toMatchObject([
			{ user: "repmgr", database: "repmgr", application_name: "repmgr-console" },
		]);
		const options = server.startups[0]?.options ?? "";
		// The last one wins.
		expect(options.match(/default_transaction_read_only=\w+/g)?.at(-1)).toBe(
			"default_transaction_read_only=on",
		);
		expect(options.match(/search_path=\S+/g)?.at(-1)).toBe("search_path=pg_catalog");
		expect(options).toContain("geqo=off");
		for (const name of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]) {
			expect(options).toMatch(new RegExp(`-c ${name}=[1-9]\\d+( |$)`));
		}
	});

	test("a session that writes also resolves names in pg_catalog only", async () => {
		const options = "-c search_path=public";
		const connected = await postgresQuery("repmgr-console", "writes").connect(here({ options }), DEADLINE_MS);
		connected.value?.close();
		expect(server.startups[0]?.options).toMatch(/-c search_path=pg_catalog$/);
	});

	test("a server that asks for a password gets it", async () => {
		server.onStartup = (socket) => socket.write(ASK_PASSWORD);
		server.onMessage = (socket, type) => type === "p" && socket.write(READY);
		const connected = await query.connect(here(), DEADLINE_MS);
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(server.messages[0]).toEqual({ type: "p", body: Buffer.from("repmgr-secret\0") });
	});

	test("the password is read at connect time, and only if the server asks for one", async () => {
		const password = vi.fn(() => Promise.resolve(null));
		const connected = await query.connect(here({ password }), DEADLINE_MS);
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(password).not.toHaveBeenCalled();
	});

	test("without a password nothing is sent, and the fault says so", async () => {
		server.onStartup = (socket) => socket.write(ASK_PASSWORD);
		const connected = await query.connect(here({ password: () => Promise.resolve(null) }), DEADLINE_MS);
		expect(connected.fault).toMatchObject({
			kind: "authentication",
			message: `server at 127.0.0.1:${server.port} asks for a password of user "repmgr", and none is known`,
		});
		expect(server.messages).toEqual([]);
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});

	test.each([
		["28P01", 'password authentication failed for user "repmgr"', "authentication"],
		["3D000", 'database "repmgr" does not exist', "command"],
		["53300", "sorry, too many clients already", "command"],
		["57P03", "the database system is starting up", "refused"],
	])("the server says %s %s: %s", async (code, text, kind) => {
		server.onStartup = (socket) => socket.end(errorResponse(code, text, "More."));
		expect((await query.connect(here(), DEADLINE_MS)).fault).toMatchObject({
			kind,
			code,
			message: text,
			detail: "More.",
		});
	});

	test("a wrong password is explained by a password file that is ignored for its mode", async () => {
		const directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
		const passfile = join(directory, "pgpass");
		writeFileSync(passfile, "*:*:*:*:x");
		chmodSync(passfile, 0o644);
		server.onStartup = (socket) => socket.end(errorResponse("28P01", "password authentication failed"));
		const { fault } = await query.connect(here({ passfile }), DEADLINE_MS);
		rmSync(directory, { recursive: true });
		expect(fault).toMatchObject({
			kind: "authentication",
			detail: `password file "${passfile}" has group or world access.`,
			hint: expect.stringContaining("chmod 600"),
		});
	});

	test("a wrong password says which file was looked in, and what to add", async () => {
		const passfile = join(tmpdir(), "no-such-pgpass");
		server.onStartup = (socket) => socket.end(errorResponse("28P01", "password authentication failed"));
		const { fault } = await query.connect(
			here({ passfile, host: "node1", hostaddr: "127.0.0.1", user: "console", dbname: "repmgr" }),
			DEADLINE_MS,
		);
		expect(fault?.hint).toMatch(
			new RegExp(
				`^The password was looked for in ${passfile} \\(mode 0600\\)\\. The line it needs: node1:\\d+:repmgr:console:PASSWORD, or `,
			),
		);
	});

	test("a wrong password that was given does not mention the password file", async () => {
		server.onStartup = (socket) => socket.end(errorResponse("28P01", "password authentication failed"));
		const { fault } = await query.connect(here({ isPasswordGiven: true, passfile: "/none" }), DEADLINE_MS);
		expect(fault).toMatchObject({ hint: expect.stringMatching(/^Check the password in the conninfo/) });
	});

	test.each<[string, () => void]>([
		[
			"to the startup message",
			() => {
				server.onStartup = () => {};
			},
		],
		[
			"to the password",
			() => {
				server.onStartup = (socket) => socket.write(ASK_PASSWORD);
			},
		],
	])("no answer %s: timeout, and the connection is closed", async (_, arrange) => {
		arrange();
		const connected = await query.connect(here(), SHORT_MS);
		expect(connected.fault).toMatchObject({ kind: "timeout" });
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});

	test("a closed port is refused", async () => {
		const connected = await query.connect(here({ port: await closedPort() }), DEADLINE_MS);
		expect(connected.fault).toMatchObject({ kind: "refused", code: "ECONNREFUSED" });
	});

	test("something other than a PostgreSQL server is a protocol fault", async () => {
		server.onStartup = (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
		const connected = await query.connect(here(), DEADLINE_MS);
		expect(connected.fault).toMatchObject({
			kind: "protocol",
			message: `server at 127.0.0.1:${server.port} does not speak PostgreSQL's protocol: unexpected message "H"`,
		});
	});
});

describe("a server that violates the protocol gets a fault of its own and harms nothing else", () => {
	const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255]);
	const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value)]);
	const LOGIN = Buffer.concat([READY]);
	const column = Buffer.concat([Buffer.from("a\0"), Buffer.alloc(18)]);
	const ROW_OF_ONE = message("T", Buffer.concat([int16(1), column]));

	test.each<[string, Buffer]>([
		["an error without its last NUL", message("E", Buffer.from("SFATAL\0Mtext"))],
		["an error that ends within a field", message("E", Buffer.from("SFATAL"))],
		["a negative number of columns", message("T", int16(-5))],
		["more columns than there are bytes", message("T", int16(3000))],
		["a column without an end of its name", message("T", Buffer.concat([int16(1), Buffer.alloc(40, "a")]))],
		["a negative number of values", message("D", int16(-1))],
		["a row before its description", message("D", int16(0))],
		["an unknown way to authenticate", message("R", int32(99))],
		["mechanisms without an end", message("R", Buffer.concat([int32(10), Buffer.from("SCRAM-SHA-256\0")]))],
		["half a salt", message("R", Buffer.concat([int32(5), int16(1)]))],
		["a ParameterStatus without a value", message("S", Buffer.from("name\0"))],
		["half a key", message("K", int32(1))],
		["a state of no length", message("Z", Buffer.alloc(0))],
		["a message that says more than its type", message("Z", Buffer.from("II"))],
		["an unrequested COPY", message("G", Buffer.from([0, 0, 0]))],
		["an unknown type", message("?", Buffer.alloc(0))],
		["a length below its own", Buffer.from([0x52, 0, 0, 0, 3])],
		["a length of 2 GB", Buffer.from([0x53, 0x7f, 255, 255, 255])],
		["a negative length", Buffer.from([0x53, 255, 255, 255, 255])],
	])("in a login: %s", async (_, bytes) => {
		server.onStartup = (socket) => socket.write(bytes);
		const connected = await query.connect(here(), DEADLINE_MS);
		expect(connected.fault).toMatchObject({
			kind: "protocol",
			message: expect.stringContaining("does not speak PostgreSQL's protocol: "),
		});
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});

	test.each<[string, Buffer]>([
		[
			"a value longer than its row",
			Buffer.concat([ROW_OF_ONE, message("D", Buffer.concat([int16(1), int32(9)]))]),
		],
		[
			"a value of negative length",
			Buffer.concat([ROW_OF_ONE, message("D", Buffer.concat([int16(1), int32(-2)]))]),
		],
		[
			"a row with other columns than were described",
			Buffer.concat([ROW_OF_ONE, message("D", Buffer.concat([int16(2), int32(-1), int32(-1)]))]),
		],
		[
			"two answers",
			Buffer.concat([
				ROW_OF_ONE,
				message("C", Buffer.from("SELECT 1\0")),
				message("C", Buffer.from("SELECT 1\0")),
				message("Z", Buffer.from("I")),
			]),
		],
	])("in an answer: %s", async (_, bytes) => {
		server.onStartup = (socket) => socket.write(LOGIN);
		server.onMessage = (socket, type) => type === "S" && socket.write(bytes);
		const connected = await query.connect(here(), DEADLINE_MS);
		const session = connected.value;
		const answer = await session?.query({ name: "test", text: "SELECT 1" }, [], DEADLINE_MS);
		session?.close();
		expect(answer?.fault).toMatchObject({ kind: "protocol" });
	});

	test("an endless answer is cut off and not kept in memory", async () => {
		const piece = Buffer.concat(Array.from({ length: 1000 }, () => message("N", Buffer.from("SN\0\0"))));
		server.onMessage = (socket, type) => {
			if (type !== "S") return;
			const flood = () => !socket.destroyed && void socket.write(piece, flood);
			flood();
		};
		const session = (await query.connect(here(), DEADLINE_MS)).value;
		const answer = await session?.query({ name: "test", text: "SELECT 1" }, [], 30_000);
		expect(answer?.fault).toMatchObject({
			kind: "protocol",
			message: expect.stringContaining("the answer does not end"),
		});
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});

	test("unsolicited messages end the session and close the connection", async () => {
		const session = (await query.connect(here(), DEADLINE_MS)).value;
		const { promise, resolve } = Promise.withResolvers<Fault>();
		session?.onLost(resolve);
		server.send(message("C", Buffer.from("SELECT 1\0")));
		expect(await promise).toMatchObject({ kind: "protocol" });
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});
});

describe("sslmode", () => {
	const connect = (mode: ConnectionParameters["ssl"]["mode"]) =>
		query.connect(here({ ssl: { mode } }), DEADLINE_MS);

	test("prefer continues without TLS if the server has none", async () => {
		const connected = await connect("prefer");
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(server.sslRequests).toBe(1);
		expect(server.startups).toHaveLength(1);
	});

	test("require does not, and sends nothing unencrypted", async () => {
		expect((await connect("require")).fault).toEqual({
			kind: "protocol",
			message: `server at 127.0.0.1:${server.port} does not support TLS, but sslmode requires it`,
			code: "NOTLS",
		});
		expect(server.startups).toEqual([]);
	});

	test("allow does not ask for TLS if the server accepts a plain connection", async () => {
		const connected = await connect("allow");
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(server.sslRequests).toBe(0);
	});

	test("allow asks for TLS once pg_hba.conf has rejected plain", async () => {
		server.onStartup = (socket) => socket.end(errorResponse("28000", "no pg_hba.conf entry, no encryption"));
		await connect("allow");
		expect(server.sslRequests).toBe(1);
	});

	test("a wrong password is not retried unencrypted", async () => {
		server.onStartup = (socket) => socket.end(errorResponse("28P01", "password authentication failed"));
		await connect("allow");
		expect(server.startups).toHaveLength(1);
		expect(server.sslRequests).toBe(0);
	});

	test("a failed handshake is not reported as a missing route", async () => {
		server.onSslRequest = (socket) => {
			socket.write("S");
			socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
		};
		expect((await connect("require")).fault).toMatchObject({ kind: "protocol" });
	});

	// Bytes injected before the handshake must not be taken for the server's (CVE-2021-23222).
	test("bytes sent along with the server's S are refused", async () => {
		server.onSslRequest = (socket) => socket.write(Buffer.concat([Buffer.from("S"), READY]));
		expect((await connect("require")).fault).toMatchObject({ kind: "protocol" });
		expect(server.startups).toEqual([]);
	});
});

describe("a session", () => {
	const open = async () => {
		const connected = await query.connect(here(), DEADLINE_MS);
		if (connected.value === undefined) throw new Error(connected.fault.message);
		return connected.value;
	};
	const STATEMENT = { name: "test", text: "SELECT 1" };

	test("an unanswered query ends at its deadline", async () => {
		const session = await open();
		expect((await session.query(STATEMENT, [], SHORT_MS)).fault).toMatchObject({
			kind: "timeout",
			message: `127.0.0.1:${server.port} accepts connections, but does not answer`,
		});
		session.close();
	});

	test("a lost connection is reported once, at once", async () => {
		const session = await open();
		const { promise, resolve } = Promise.withResolvers<Fault>();
		const onLost = vi.fn(resolve);
		session.onLost(onLost);
		server.breakConnections();
		expect(await promise).toMatchObject({ kind: "refused" });
		session.close();
		expect(onLost).toHaveBeenCalledTimes(1);
	});

	test("losing the connection during a query is a fault, not a crash", async () => {
		const session = await open();
		server.onMessage = () => server.breakConnections();
		expect((await session.query(STATEMENT, [], DEADLINE_MS)).fault).toMatchObject({ kind: "refused" });
	});

	test("close() sends Terminate and reports no loss", async () => {
		const session = await open();
		const onLost = vi.fn();
		session.onLost(onLost);
		session.close();
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
		expect(server.messages.at(-1)?.type).toBe("X");
		expect(onLost).not.toHaveBeenCalled();
	});

	test("close() ends the connection even if the peer is dead", async () => {
		const session = await open();
		server.onMessage = (socket) => socket.pause();
		session.close();
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});
});

test.each([
	[{ host: "node1", port: 5433 }, "node1:5433"],
	[{ host: "node1", hostaddr: "10.0.0.1", port: 5432 }, "node1:5432"],
	[{ host: "", hostaddr: "10.0.0.1", port: 5432 }, "10.0.0.1:5432"],
	[{ host: "/var/run/postgresql", port: 5432 }, "/var/run/postgresql:5432"],
])("%j is called %s", (parts, name) => {
	expect(addressOf(parametersOf("", parts))).toBe(name);
});
