import { describe, expect, test } from "vitest";
import { ServerSession, type SharedCopy } from "../../../src/probe/server/session.ts";
import { FakeServer, fakeQuery, parametersOf } from "../../support/fake-query.ts";

/** Sessions on two servers that share what they know of repmgr.nodes. */
async function twoSessions(arrange: (second: FakeServer) => void = () => {}) {
	const servers = { node1: new FakeServer(), node2: new FakeServer() };
	arrange(servers.node2);
	const shared: SharedCopy = { newest: null };
	const open = async (host: "node1" | "node2") => {
		const opened = await ServerSession.open(fakeQuery(servers), parametersOf(host), 1000, shared);
		if (opened.value === undefined) throw new Error("it did not open");
		return opened.value;
	};
	const poll = async (session: ServerSession) => {
		const polled = await session.poll(1000);
		if (polled.value === undefined) throw new Error("it was not read");
		return polled.value;
	};
	return { servers, shared, first: await open("node1"), second: await open("node2"), poll };
}

describe("a copy of repmgr.nodes", () => {
	test("is not sent again by another server with the same copy, and is the same value", async () => {
		const { servers, first, second, poll } = await twoSessions();
		const one = await poll(first);
		const two = await poll(second);
		expect(servers.node2.polledWith[0]?.[0]).toBe(servers.node1.answer.nodes?.digest);
		expect(two.reading.registrations).toBe(one.reading.registrations);
		expect(two.reading.registrationsSince).not.toBeNull();
		// Once for each session, as if it had been sent.
		expect(two.conninfos).toEqual(one.conninfos);
		expect((await poll(second)).conninfos).toBeNull();
	});

	test("that differs is sent and stays the server's own", async () => {
		const { first, second, poll } = await twoSessions((server) => {
			const rows = server.answer.nodes?.rows?.slice(0, 1) ?? [];
			server.answer = { ...server.answer, nodes: { digest: "another", rows } };
		});
		const one = await poll(first);
		expect((await poll(second)).reading.registrations).toHaveLength(1);
		expect((await poll(first)).reading.registrations).toBe(one.reading.registrations);
	});

	test("read from another server meanwhile is not taken for its own", async () => {
		const { shared, first, second, poll } = await twoSessions();
		const one = await poll(first);
		const polling = poll(second);
		shared.newest = { digest: "newer", registrations: [], conninfos: new Map() };
		expect((await polling).reading.registrations).toBe(one.reading.registrations);
	});
});

test("keeps what the configuration files say until they are reloaded", async () => {
	const { servers, first, poll } = await twoSessions();
	const say = (loadedAt: number, readOnlyByDefault: boolean | null) => {
		servers.node1.answer = { ...servers.node1.answer, configuration: { loadedAt, readOnlyByDefault } };
	};
	const readOnly = async () => (await poll(first)).reading.readOnlyByDefault;
	servers.node1.answer = { ...servers.node1.answer, configuration: null };
	expect(await readOnly()).toBeNull();
	say(1000.5, true);
	expect(await readOnly()).toBe(true);
	say(1000.5, null);
	expect(await readOnly()).toBe(true);
	expect(servers.node1.polledWith.at(-1)?.[1]).toBe(1000.5);
	say(2000, false);
	expect(await readOnly()).toBe(false);
});

test("keeps since when no repmgrd runs while the server answers", async () => {
	const { servers, first, poll } = await twoSessions();
	const say = (running: boolean) => {
		const { answer } = servers.node1;
		servers.node1.answer = { ...answer, repmgrd: { ...answer.repmgrd, running } };
	};
	const missed = async () => (await poll(first)).reading.repmgrdMissedSince;
	say(true);
	expect(await missed()).toBeNull();
	say(false);
	const since = await missed();
	expect(since).toBeGreaterThan(0);
	await new Promise((done) => setTimeout(done, 5));
	expect(await missed()).toBe(since);
	say(true);
	expect(await missed()).toBeNull();
});
