import { expect, test } from "vitest";
import type { LogChunk } from "../../src/model/log-tail.ts";
import { createConsoleStore } from "../../src/store/console-store.ts";
import { NOW, registration } from "../support/records.ts";

const look = (...texts: readonly string[]): LogChunk => ({
	source: "/r.log",
	isFirst: false,
	lines: texts.map((text) => ({ text, isNote: false })),
	fault: null,
});

function store() {
	return createConsoleStore({
		name: "prod",
		sshOff: null,
		now: NOW,
		known: [registration(1), registration(2)],
	});
}

test("keeps logs by node and by program, oldest line first", () => {
	const { receiveLogs, getState } = store();
	receiveLogs(1, { postgresql: look("pg 1"), repmgrd: look("r 1") }, NOW);
	receiveLogs(2, { postgresql: look("other"), repmgrd: look() }, NOW);
	receiveLogs(1, { postgresql: look("pg 2", "pg 3"), repmgrd: look() }, NOW + 1000);
	const { logs } = getState();
	expect(logs.get(1)?.postgresql.lines.map(({ text }) => text)).toEqual(["pg 1", "pg 2", "pg 3"]);
	expect(logs.get(1)?.repmgrd).toMatchObject({ lines: [{ text: "r 1" }], readAt: NOW + 1000 });
	expect(logs.get(2)?.postgresql.lines).toHaveLength(1);
});

test("does not change the logs of an older state, which a paused display shows", () => {
	const { receiveLogs, getState } = store();
	receiveLogs(1, { postgresql: look("pg 1"), repmgrd: look() }, NOW);
	const paused = getState();
	receiveLogs(1, { postgresql: look("pg 2"), repmgrd: look() }, NOW + 1000);
	expect(paused.logs.get(1)?.postgresql.lines).toHaveLength(1);
});

test("drops the logs of nodes that are gone", () => {
	const { receiveLogs, found, getState } = store();
	receiveLogs(2, { postgresql: look("pg"), repmgrd: look() }, NOW);
	found([registration(1)]);
	receiveLogs(1, { postgresql: look("pg"), repmgrd: look() }, NOW);
	expect([...getState().logs.keys()]).toEqual([1]);
});
