import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventsCommand } from "../../src/command/events.ts";
import { NOT_IN_TIME } from "../../src/model/fault.ts";
import type { RepmgrEvent } from "../../src/model/server-reading.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { recordedServer } from "../support/fixtures.ts";
import { eventsReport, NOW, primaryReading } from "../support/records.ts";

const event = (second: number, changes: Partial<RepmgrEvent> = {}): RepmgrEvent => ({
	nodeId: 1,
	event: "standby_promote",
	successful: true,
	timestamp: `2026-11-23T04:40:0${second}.434127Z`,
	details: `event ${second}`,
	...changes,
});

function withEvents(...events: readonly RepmgrEvent[]) {
	const session = fakeSession();
	for (const nodeId of [2, 3, 4]) session.store.receive([eventsReport(nodeId)]);
	session.store.receive([eventsReport(1, events)]);
	return session;
}

async function print(session: ReturnType<typeof fakeSession>, options = {}) {
	const { out, err, output } = recordOutput();
	const exitCode = await eventsCommand(session, { json: false, limit: 20, follow: null, ...options }, output);
	return { out, err, exitCode };
}

test("prints events oldest first, with node names and failures", async () => {
	const session = withEvents(
		event(2, { nodeId: 2, successful: false, details: "no" }),
		event(1),
		event(3, { nodeId: 9 }),
	);
	expect(await print(session)).toEqual({
		exitCode: 0,
		err: [],
		out: [
			"2026-11-23 04:40:01  node1  standby_promote  event 1",
			"2026-11-23 04:40:02  node2  standby_promote  failed: no",
			"2026-11-23 04:40:03  node 9  standby_promote  event 3",
		],
	});
});

test("prints recorded events completely and in order", async () => {
	const events = recordedServer("primary").events ?? [];
	const { out } = await print(withEvents(...events), { limit: 1000 });
	expect(out).toHaveLength(events.length);
	expect(out).toEqual([...out].sort((a, b) => a.slice(0, 19).localeCompare(b.slice(0, 19))));
	expect(out[0]).toContain("cluster_created");
});

test.each([
	[0, []],
	[1, ["event 3"]],
	[2, ["event 2", "event 3"]],
	[9, ["event 1", "event 2", "event 3"]],
])("--limit %i prints the newest events", async (limit, expected) => {
	const { out } = await print(withEvents(event(1), event(2), event(3)), { limit });
	expect(out.map((line) => line.slice(-7))).toEqual(expected);
});

test("--json prints one document per line, with schema and node name", async () => {
	const { out } = await print(withEvents(event(1), event(2, { nodeId: 9 })), { json: true });
	expect(out.map((line) => JSON.parse(line))).toEqual([
		{ schema: 1, source: "repmgr", ...event(1), nodeName: "node1" },
		{ schema: 1, source: "repmgr", ...event(2, { nodeId: 9 }), nodeName: null },
	]);
});

test("prints why and exits with 3 if there is no cluster", async () => {
	const { out, err, exitCode } = await print(fakeSession([], { kind: "timeout", message: "no answer" }));
	expect([out, err, exitCode]).toEqual([[], ["repmgr-console: error: no answer"], 3]);
});

describe("--follow", () => {
	test("continues with repmgr's events and observed changes, each once, until interrupted", async () => {
		const session = withEvents(event(1));
		session.sees(1, primaryReading());
		const { out, output } = recordOutput();
		const controller = new AbortController();
		const ended = eventsCommand(session, { json: false, limit: 20, follow: controller.signal }, output);
		await setImmediate();
		expect(out).toHaveLength(1);
		session.store.receive([eventsReport(2, [event(1), event(2)])]);
		session.sees(1, primaryReading({ timeline: 2 }), 1000);
		expect(out.slice(1)).toEqual([
			"2026-11-23 04:40:02  node1  standby_promote  event 2",
			"2026-11-23 04:41:13  node1  timeline  1 → 2",
		]);
		controller.abort();
		expect(await ended).toBe(0);
		session.sees(1, primaryReading({ timeline: 3 }), 2000);
		expect(out).toHaveLength(3);
	});

	test("prints an event that arrives late", async () => {
		const session = withEvents(event(5));
		const { out, output } = recordOutput();
		const controller = new AbortController();
		const ended = eventsCommand(session, { json: false, limit: 0, follow: controller.signal }, output);
		await setImmediate();
		session.store.receive([eventsReport(1, [event(3)])]);
		controller.abort();
		await ended;
		expect(out).toEqual(["2026-11-23 04:40:03  node1  standby_promote  event 3"]);
	});
});

test("names a server that was not read in time", async () => {
	const session = withEvents(event(1));
	const fault = { kind: "timeout", code: NOT_IN_TIME, message: "not read within 10 s" } as const;
	session.store.receive([{ nodeId: 2, of: "events", observation: { fault, at: NOW, by: "sql" } }]);
	expect(await print(session)).toEqual({
		exitCode: 3,
		err: ["events of node2 (not read within 10 s) could not be read"],
		out: ["2026-11-23 04:40:01  node1  standby_promote  event 1"],
	});
});

describe("a server whose events were not read", () => {
	test("is named with the reason, and the exit code is 3", async () => {
		const session = fakeSession();
		session.store.receive([eventsReport(2, [event(1)])]);
		const { out, err, exitCode } = await print(session);
		expect(out).toHaveLength(1);
		expect([err, exitCode]).toEqual([["events of node1 (no answer in time) could not be read"], 3]);
		const timeout = { kind: "timeout", message: "canceling statement due to statement timeout" } as const;
		session.store.receive([{ nodeId: 1, of: "events", observation: { fault: timeout, at: NOW, by: "sql" } }]);
		expect((await print(session)).err).toEqual([`events of node1 (${timeout.message}) could not be read`]);
	});

	test("is named if only a part of its many events was read", async () => {
		const session = withEvents(event(1));
		session.store.receive([eventsReport(1, [], { tableBytes: 85 * 2 ** 20, isWhole: false })]);
		session.store.tick(NOW);
		const { err, exitCode } = await print(session);
		expect(err).toEqual([expect.stringContaining("node1: repmgr.events has 85 MB")]);
		expect(exitCode).toBe(0);
	});
});
