import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fault } from "../../src/cluster/fault.ts";
import type { ConnectionParameters } from "../../src/config/connection-parameters.ts";
import { postgresQuery } from "../../src/transport/postgres.ts";
import { addressOf } from "../../src/transport/postgres-fault.ts";
import { ASK_PASSWORD, errorResponse, FakePostgres, READY } from "../support/fake-postgres.ts";
import { parametersOf } from "../support/fake-query.ts";

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

describe("knock", () => {
	test.each(["S", "N"])("a server that answers %s is there; nothing more is said to it", async (answer) => {
		server.onSslRequest = (socket) => socket.write(answer);
		const knocked = await query.knock(here(), DEADLINE_MS);
		expect(knocked.value).toBeGreaterThanOrEqual(0);
		expect(server.sslRequests).toBe(1);
		expect(server.startups).toEqual([]);
	});

	test("a server too busy to start a session answers with an error: it is there", async () => {
		server.onSslRequest = (socket) => socket.write(errorResponse("53300", "sorry, too many clients already"));
		expect(await query.knock(here(), DEADLINE_MS)).toHaveProperty("value");
	});

	test("a server that accepts and says nothing hangs: timeout, not unreachable", async () => {
		server.onSslRequest = () => {};
		expect(await query.knock(here(), SHORT_MS)).toMatchObject({
			fault: {
				kind: "timeout",
				message: `127.0.0.1:${server.port} accepts connections, but does not answer`,
			},
		});
	});

	test("nobody listens: refused", async () => {
		const port = await closedPort();
		expect(await query.knock(here({ port }), DEADLINE_MS)).toMatchObject({
			fault: { kind: "refused", message: `connection to 127.0.0.1:${port} refused`, code: "ECONNREFUSED" },
		});
	});

	test("a server that hangs up is no server that answers", async () => {
		server.onSslRequest = (socket) => socket.end();
		expect((await query.knock(here(), DEADLINE_MS)).fault).toMatchObject({ kind: "refused" });
	});

	test("hostaddr is where it goes, host is what it is called", async () => {
		const knocked = await query.knock(here({ host: "node1", hostaddr: "127.0.0.1" }), DEADLINE_MS);
		expect(knocked).toHaveProperty("value");
	});

	test.each<[string, (socket: Socket) => void]>([
		["answers", (socket) => socket.write("N")],
		["is silent", () => {}],
	])("the connection to a server that %s is closed", async (_, onSslRequest) => {
		server.onSslRequest = onSslRequest;
		await query.knock(here(), SHORT_MS);
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
	});
});

describe("connect", () => {
	test("opens a session that can't write, wait or run for long, whatever the user's options say", async () => {
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

	test("a session that writes looks for names in pg_catalog only, too", async () => {
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

	test("the password is asked for at connect time, and only if the server wants one", async () => {
		const password = vi.fn(() => Promise.resolve(null));
		const connected = await query.connect(here({ password }), DEADLINE_MS);
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(password).not.toHaveBeenCalled();
	});

	test("no password is known: said so, and nothing is sent", async () => {
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

	test("a wrong password may come from a password file that is ignored for its mode", async () => {
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

	test("nobody listens: refused", async () => {
		const connected = await query.connect(here({ port: await closedPort() }), DEADLINE_MS);
		expect(connected.fault).toMatchObject({ kind: "refused", code: "ECONNREFUSED" });
	});

	test("something that is no PostgreSQL server", async () => {
		server.onStartup = (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
		const connected = await query.connect(here(), DEADLINE_MS);
		expect(connected.fault).toMatchObject({
			kind: "refused",
			message: `server at 127.0.0.1:${server.port} closed the connection`,
		});
	});
});

describe("sslmode", () => {
	const connect = (mode: ConnectionParameters["ssl"]["mode"]) =>
		query.connect(here({ ssl: { mode } }), DEADLINE_MS);

	test("prefer goes on without TLS where the server has none", async () => {
		const connected = await connect("prefer");
		connected.value?.close();
		expect(connected).toHaveProperty("value");
		expect(server.sslRequests).toBe(1);
		expect(server.startups).toHaveLength(1);
	});

	test("require does not: nothing is sent in the open", async () => {
		expect((await connect("require")).fault).toEqual({
			kind: "protocol",
			message: `server at 127.0.0.1:${server.port} does not support TLS, but sslmode requires it`,
			code: "NOTLS",
		});
		expect(server.startups).toEqual([]);
	});

	test("allow does not ask for TLS where plain is taken", async () => {
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

	test("a wrong password is no reason to try again in the open", async () => {
		server.onStartup = (socket) => socket.end(errorResponse("28P01", "password authentication failed"));
		await connect("allow");
		expect(server.startups).toHaveLength(1);
		expect(server.sslRequests).toBe(0);
	});

	test("a handshake that fails is not called a missing route", async () => {
		server.onSslRequest = (socket) => {
			socket.write("S");
			socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
		};
		expect((await connect("require")).fault).toMatchObject({ kind: "protocol" });
	});

	// What somebody in between puts before the handshake must not be taken for the server's words (CVE-2021-23222).
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

	test("a query without an answer ends at its deadline", async () => {
		const session = await open();
		expect((await session.query(STATEMENT, [], SHORT_MS)).fault).toMatchObject({
			kind: "timeout",
			message: `127.0.0.1:${server.port} accepts connections, but does not answer`,
		});
		session.close();
	});

	test("a connection that breaks is told once, at once", async () => {
		const session = await open();
		const { promise, resolve } = Promise.withResolvers<Fault>();
		const onLost = vi.fn(resolve);
		session.onLost(onLost);
		server.breakConnections();
		expect(await promise).toMatchObject({ kind: "refused" });
		session.close();
		expect(onLost).toHaveBeenCalledTimes(1);
	});

	test("a query under which the connection breaks is a fault, not a crash", async () => {
		const session = await open();
		server.onMessage = () => server.breakConnections();
		expect((await session.query(STATEMENT, [], DEADLINE_MS)).fault).toMatchObject({ kind: "refused" });
	});

	test("close() says goodbye, and is no loss", async () => {
		const session = await open();
		const onLost = vi.fn();
		session.onLost(onLost);
		session.close();
		await vi.waitFor(() => expect(server.openConnections).toBe(0), PATIENCE);
		expect(server.messages.at(-1)?.type).toBe("X");
		expect(onLost).not.toHaveBeenCalled();
	});

	test("close() ends the connection also where nobody hears the goodbye", async () => {
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
