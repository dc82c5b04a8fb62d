import { beforeEach, describe, expect, test, vi } from "vitest";
import { ServerSession } from "../../src/probe/server-session.ts";
import { FakeServer, fakeQuery, parametersOf } from "../support/fake-query.ts";
import { reader } from "../support/fixtures.ts";

const START = Date.UTC(2026, 10, 23, 8);

beforeEach(() => {
	vi.useFakeTimers({ now: START });
	return () => vi.useRealTimers();
});

async function openOn(server: FakeServer): Promise<ServerSession> {
	const opened = await ServerSession.open(fakeQuery({ node1: server }), parametersOf("node1"), reader, 1000);
	if (opened.fault !== undefined) throw new Error(opened.fault.message);
	return opened.value;
}

async function readingOf(session: ServerSession) {
	const polled = session.poll(1000);
	await vi.runAllTimersAsync();
	return (await polled).value?.reading;
}

describe("since when a copy of repmgr.nodes is read unchanged", () => {
	test("stays as long as its digest does, and begins anew with another", async () => {
		const server = new FakeServer();
		const session = await openOn(server);
		expect(await readingOf(session)).toMatchObject({ registrationsSince: START });
		vi.setSystemTime(START + 60_000);
		expect(await readingOf(session)).toMatchObject({ registrationsSince: START });
		const { nodes } = server.answer;
		server.answer = { ...server.answer, nodes: nodes && { ...nodes, digest: "another" } };
		expect(await readingOf(session)).toMatchObject({ registrationsSince: START + 60_000 });
	});

	test("is unknown where the table may not be read", async () => {
		const server = new FakeServer();
		server.answer = { ...server.answer, nodes: null };
		expect(await readingOf(await openOn(server))).toMatchObject({ registrationsSince: null });
	});
});

test("a server's clock is compared with ours in the middle of the round trip", async () => {
	const server = new FakeServer();
	server.answer = { ...server.answer, serverTime: START + 5000 };
	server.onPoll = () => ({ afterMs: 400, outcome: { value: true } });
	expect(await readingOf(await openOn(server))).toMatchObject({ clockOffsetMs: 4800, roundTripMs: 400 });
});
