import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { LogChunk } from "../../src/model/log-tail.ts";
import type { Report } from "../../src/model/node-state.ts";
import type { RepmgrEvent, ServerReading } from "../../src/model/server-reading.ts";
import { createConsoleStore } from "../../src/store/console-store.ts";
import {
	eventsReport,
	failed,
	good,
	NOW,
	primaryReading,
	registration,
	standbyReading,
} from "../support/records.ts";

const MEMBERS = [registration(1), registration(2)];
const newStore = (known = MEMBERS) => createConsoleStore({ name: "prod", sshOff: null, now: NOW, known });

const server = (nodeId: number, reading: ServerReading, at = NOW): Report => ({
	nodeId,
	of: "server",
	observation: good(reading, at),
});
const fails = (nodeId: number, at: number): Report => ({ nodeId, of: "server", observation: failed({}, at) });
const event = (details: string, second = 1): RepmgrEvent => ({
	nodeId: 1,
	event: "repmgrd_start",
	successful: true,
	timestamp: `2026-11-23T04:40:0${second}.000000Z`,
	details,
});
const statuses = (store: ReturnType<typeof newStore>) =>
	store.getState().snapshot.nodes.map(({ nodeId, observed }) => [nodeId, observed.status]);

test("shows cached nodes before anything is read", () => {
	const store = newStore();
	expect(statuses(store)).toEqual([
		[1, "unknown"],
		[2, "unknown"],
	]);
	expect(store.getState().nodes.get(2)?.address).toBe("node2:5432");
});

describe("receive", () => {
	test("takes every kind of report", () => {
		const store = newStore();
		store.receive([
			server(1, primaryReading()),
			{ nodeId: 1, of: "address", address: "vpn:6432" },
			{ nodeId: 1, of: "ping", observation: failed({ kind: "timeout" }) },
			{ nodeId: 1, of: "host", observation: failed({ message: "no route" }) },
			eventsReport(1, [event("a")]),
		]);
		const { nodes, snapshot, log } = store.getState();
		expect(nodes.get(1)).toMatchObject({ address: "vpn:6432", ping: { fault: {} }, host: { fault: {} } });
		expect(snapshot.nodes[0]?.observed.status).toBe("hung");
		expect(snapshot.notices).toEqual(["node1: host not read: no route"]);
		expect(log).toMatchObject([{ source: "repmgr", details: "a" }]);
	});

	test("keeps the last good value of a node that falls silent, and leaves the others alone", () => {
		const store = newStore();
		store.receive([server(1, primaryReading()), server(2, standbyReading())]);
		store.receive([fails(2, NOW + 2000)]);
		expect(statuses(store)).toEqual([
			[1, "running"],
			[2, "unreachable"],
		]);
		expect(store.getState().nodes.get(2)?.server.good?.value.replayLsn).toBe("0/5000000");
		expect(store.getState().snapshot.nodes[1]?.ageMs).toBe(2000);
	});

	test("logs a change once, with its time", () => {
		const store = newStore();
		store.receive([server(1, primaryReading()), server(2, standbyReading())]);
		store.receive([fails(2, NOW + 2000)]);
		store.receive([fails(2, NOW + 3000)]);
		expect(store.getState().log).toMatchObject([
			{ source: "console", nodeId: 2, event: "status", timestamp: "2026-11-23T04:41:14.000000Z" },
		]);
	});

	test("still watches the nodes if repmgr.nodes is empty", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: [] }))]);
		expect(statuses(store).map(([nodeId]) => nodeId)).toEqual([1, 2]);
		expect(store.getState().nodes.get(1)?.server.good?.value.registrations).toEqual([]);
		expect(store.getState().snapshot.findings).toMatchObject([
			{ code: "NODE_NOT_REGISTERED", severity: "critical" },
		]);
	});

	test("merges the events of all copies of repmgr.events", () => {
		const store = newStore();
		const events = [event("a", 1), event("b", 2)];
		store.receive([eventsReport(1, events)]);
		store.receive([eventsReport(2, [...events].reverse())]);
		expect(store.getState().log.map(({ details }) => details)).toEqual(["a", "b"]);
	});

	test("ignores a report about an unknown node", () => {
		const store = newStore();
		store.receive([server(9, primaryReading())]);
		expect([...store.getState().nodes.keys()]).toEqual([1, 2]);
	});

	test("never sets its time back", () => {
		const store = newStore();
		store.receive([server(1, primaryReading(), NOW + 500)]);
		store.receive([server(2, standbyReading(), NOW + 300)]);
		expect(store.getState().now).toBe(NOW + 500);
	});

	test("notifies subscribers once per batch", () => {
		const store = newStore();
		const listener = vi.fn();
		store.subscribe(listener);
		store.receive([server(1, primaryReading()), server(2, standbyReading())]);
		expect(listener).toHaveBeenCalledTimes(1);
	});
});

describe("the registered nodes", () => {
	const withThree = [...MEMBERS, registration(3)];

	test("come from the primary's copy of repmgr.nodes", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: withThree }))]);
		expect(store.getState().registrations).toBe(withThree);
		expect(statuses(store)).toEqual([
			[1, "running"],
			[2, "unknown"],
			[3, "unknown"],
		]);
	});

	test("stay the same array while the copy is unchanged, so that no node is reconnected", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: withThree }))]);
		store.receive([server(1, primaryReading({ registrations: withThree }), NOW + 1000)]);
		expect(store.getState().registrations).toBe(withThree);
	});

	test("lose a node that the copy no longer has, with a log line", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: withThree }))]);
		store.receive([server(1, primaryReading({ registrations: MEMBERS }), NOW + 1000)]);
		expect([...store.getState().nodes.keys()]).toEqual([1, 2]);
		expect(store.getState().log).toMatchObject([{ nodeId: 3, event: "unregistered" }]);
	});

	test("keep a node's readings when its row changes", () => {
		const store = newStore();
		store.receive([server(2, standbyReading())]);
		const renamed = [registration(1), registration(2, { nodeName: "renamed" })];
		store.receive([server(1, primaryReading({ registrations: renamed }))]);
		const node = store.getState().snapshot.nodes[1];
		expect([node?.nodeName, node?.observed.status]).toEqual(["renamed", "streaming"]);
	});

	test("stay while no copy can be read", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: withThree }))]);
		store.receive([fails(1, NOW + 1000)]);
		expect(store.getState().registrations).toBe(withThree);
	});
});

describe("the nodes that a named server has registered", () => {
	test("count while no node has been read", () => {
		const store = newStore([]);
		store.found(MEMBERS);
		expect(store.getState().registrations).toBe(MEMBERS);
		expect(statuses(store)).toEqual([
			[1, "unknown"],
			[2, "unknown"],
		]);
	});

	test("do not override the primary's copy", () => {
		const store = newStore();
		store.receive([server(1, primaryReading({ registrations: MEMBERS }))]);
		store.found([registration(7)]);
		expect(store.getState().registrations).toBe(MEMBERS);
		expect([...store.getState().nodes.keys()]).toEqual([1, 2]);
	});
});

test("a tick changes ages and nothing else", () => {
	const store = newStore();
	store.receive([server(1, primaryReading()), server(2, standbyReading())]);
	const before = store.getState();
	store.tick(NOW + 4000);
	const after = store.getState();
	expect(after.snapshot.nodes.map(({ ageMs }) => ageMs)).toEqual([4000, 4000]);
	expect(after.nodes).toBe(before.nodes);
	expect(after.log).toBe(before.log);
	expect(before.snapshot.nodes[0]?.ageMs).toBe(0);
});

test("two stores share nothing", () => {
	const [one, other] = [newStore(), newStore()];
	one.receive([server(1, primaryReading())]);
	expect(statuses(other)[0]).toEqual([1, "unknown"]);
});

describe("logs", () => {
	const look = (...texts: readonly string[]): LogChunk => ({
		source: "/r.log",
		isFirst: false,
		lines: texts.map((text) => ({ text, isNote: false })),
		fault: null,
	});

	test("keeps logs by node and by program, oldest line first", () => {
		const { receiveLogs, getState } = newStore();
		receiveLogs(1, { postgresql: look("pg 1"), repmgrd: look("r 1") }, NOW);
		receiveLogs(2, { postgresql: look("other"), repmgrd: look() }, NOW);
		receiveLogs(1, { postgresql: look("pg 2", "pg 3"), repmgrd: look() }, NOW + 1000);
		const { logs } = getState();
		expect(logs.get(1)?.postgresql.lines.map(({ text }) => text)).toEqual(["pg 1", "pg 2", "pg 3"]);
		expect(logs.get(1)?.repmgrd).toMatchObject({ lines: [{ text: "r 1" }], readAt: NOW + 1000 });
		expect(logs.get(2)?.postgresql.lines).toHaveLength(1);
	});

	test("does not change the logs of an older state, which a frozen display shows", () => {
		const { receiveLogs, getState } = newStore();
		receiveLogs(1, { postgresql: look("pg 1"), repmgrd: look() }, NOW);
		const paused = getState();
		receiveLogs(1, { postgresql: look("pg 2"), repmgrd: look() }, NOW + 1000);
		expect(paused.logs.get(1)?.postgresql.lines).toHaveLength(1);
	});

	test("drops the logs of nodes that are gone", () => {
		const { receiveLogs, found, getState } = newStore();
		receiveLogs(2, { postgresql: look("pg"), repmgrd: look() }, NOW);
		found([registration(1)]);
		receiveLogs(1, { postgresql: look("pg"), repmgrd: look() }, NOW);
		expect([...getState().logs.keys()]).toEqual([1]);
	});
});

describe("what the store and the presentation import", () => {
	/** Of net only isIP() is used, which reads and writes nothing. */
	const WITHOUT_IO = ["zustand/vanilla", "node:net"];

	/** Packages that a file imports, directly or through other files; types do not count. */
	function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
		if (seen.has(file)) return new Set();
		seen.add(file);
		const text = readFileSync(file, "utf8");
		const imported = [...text.matchAll(/^(?:import|export)(?! type)[^;]*? from "([^"]+)"/gm)].map(
			([, name = ""]) => name,
		);
		return new Set(
			imported.flatMap((name) =>
				name.startsWith(".") ? [...packagesOf(resolve(file, "..", name), seen)] : [name],
			),
		);
	}

	test.each([
		"store/console-store",
		"presentation/topology",
		"presentation/verdict",
		"presentation/status-record",
		"presentation/tree",
		"text/format",
	])("%s.ts needs neither React nor IO", (name) => {
		const packages = packagesOf(resolve(import.meta.dirname, `../../src/${name}.ts`));
		expect([...packages].filter((used) => !WITHOUT_IO.includes(used))).toEqual([]);
	});

	test("packages are found", () => {
		const packages = packagesOf(resolve(import.meta.dirname, "../../src/ui/app.tsx"));
		expect(packages).toContain("ink");
		expect(packages).toContain("react");
	});
});
