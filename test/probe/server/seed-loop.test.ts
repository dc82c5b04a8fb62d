import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fault, FaultKind } from "../../../src/model/fault.ts";
import { SeedLoop } from "../../../src/probe/server/seed-loop.ts";
import type { PollResult, ServerSession } from "../../../src/probe/server/session.ts";
import { DEFAULT_TIMING } from "../../../src/probe/timing.ts";
import type { ConnectionParameters } from "../../../src/transport/ports.ts";
import { FakeServer, fakeQuery, fault, parametersOf } from "../../support/fake-query.ts";
import { recordedServer } from "../../support/fixtures.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function seek(server: FakeServer, more: Partial<ConnectionParameters> = {}) {
	const found: { readonly result: PollResult; readonly session: ServerSession }[] = [];
	const faults: Fault[] = [];
	const seed = parametersOf("node1", more);
	const loop = new SeedLoop(seed, {
		query: fakeQuery({ node1: server }),
		timing: () => DEFAULT_TIMING,
		onFound: (result, session) => found.push({ result, session }),
		onFault: (of, seen) => {
			expect(of).toBe(seed);
			faults.push(seen);
		},
	});
	return { loop, found, faults };
}

test("finds a server with rows of repmgr.nodes, and hands over its open session", async () => {
	const server = new FakeServer();
	const { loop, found, faults } = seek(server);
	await loop.run();
	expect(found).toHaveLength(1);
	expect(found[0]?.result.reading.registrations).toHaveLength(4);
	expect(found[0]?.result.conninfos?.get(3)).toContain("host=node3");
	expect(server.openSessions).toBe(1);
	expect(faults).toEqual([]);
	await pass(60_000);
	expect(server.calls).toEqual(["connect", "facts", "poll"]);
});

describe("reports why a server that answers has no cluster", () => {
	const { facts, answer } = recordedServer("primary");
	test.each([
		[
			"another database",
			{ facts: { ...facts, repmgrVersion: null, tables: [] }, answer: { ...answer, nodes: null } },
			{ kind: "protocol", message: 'database "repmgr" has no extension "repmgr"' },
		],
		[
			"no right to read",
			recordedServer("primary-plain"),
			{
				kind: "permission",
				message: 'permission denied for repmgr.nodes in database "repmgr"',
				code: "42501",
			},
		],
		[
			"no registered node",
			{ facts, answer: { ...answer, nodes: { digest: "d", rows: [] } } },
			{ kind: "protocol", message: 'repmgr.nodes in database "repmgr" is empty' },
		],
		[
			"more nodes than the console handles",
			{ facts, answer: { ...answer, nodes: { digest: "d", rows: null, count: 5004 } } },
			{ message: "5004 nodes are registered in repmgr.nodes", detail: "The console handles at most 400." },
		],
	])("%s", async (_, recorded, expected) => {
		const server = new FakeServer(recorded);
		const { loop, found, faults } = seek(server);
		void loop.run();
		await pass(0);
		expect(faults).toMatchObject([{ ...expected, hint: expect.any(String) }]);
		expect(found).toEqual([]);
		expect(server.openSessions).toBe(0);
		loop.stop();
	});
});

describe("asks a server again that could not be asked", () => {
	test.each<[FaultKind, number]>([
		["unreachable", 1000],
		["refused", 1000],
		["timeout", 1000],
		["authentication", 15_000],
		["permission", 15_000],
		["protocol", 15_000],
		["command", 15_000],
	])("%s: after %i ms", async (kind, ms) => {
		const server = new FakeServer();
		server.onConnect = () => fault(kind);
		const { loop, found, faults } = seek(server);
		void loop.run();
		await pass(ms - 1);
		expect(server.count("connect")).toBe(1);
		expect(faults).toMatchObject([{ kind }]);
		server.onConnect = () => ({ value: true });
		await pass(1);
		expect(found).toHaveLength(1);
	});

	test("closes the session of a failed poll", async () => {
		const server = new FakeServer();
		server.onPoll = () => fault("timeout");
		const { loop, faults } = seek(server);
		void loop.run();
		await pass(0);
		expect(faults).toMatchObject([{ kind: "timeout" }]);
		expect(server.openSessions).toBe(0);
		loop.stop();
	});
});

test("uses the user's connect_timeout to connect", async () => {
	const server = new FakeServer();
	await seek(server, { connectTimeoutMs: 9000 }).loop.run();
	expect(server.deadlines).toEqual([9000, 18_000, DEFAULT_TIMING.deadlineMs]);
});

describe("stop()", () => {
	test("ends a pause: no server is asked again", async () => {
		const server = new FakeServer();
		server.onConnect = () => fault("authentication");
		const { loop } = seek(server);
		const ended = loop.run();
		await pass(100);
		loop.stop();
		await ended;
		await pass(60_000);
		expect(server.count("connect")).toBe(1);
		expect(vi.getTimerCount()).toBe(0);
	});

	test("during a poll: closes the session that is found", async () => {
		const server = new FakeServer();
		server.onPoll = () => ({ afterMs: 200, outcome: { value: true } });
		const { loop, found, faults } = seek(server);
		const ended = loop.run();
		await pass(100);
		loop.stop();
		await pass(200);
		await ended;
		expect(found).toEqual([]);
		expect(faults).toEqual([]);
		expect(server.openSessions).toBe(0);
	});
});
