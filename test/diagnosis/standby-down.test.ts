import { describe, expect, test } from "vitest";
import { secondsInTrouble } from "../../src/diagnosis/grace.ts";
import { standbyDown } from "../../src/diagnosis/rules/standby-down.ts";
import type { NodeView } from "../../src/model/snapshot.ts";
import { diagnose } from "../support/diagnose.ts";
import { failedOver, refusing, silent, starting, stopped } from "../support/reach.ts";
import { NOW, sender, slot } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const DOWN = ["warning STANDBY_DOWN 2"];
const stop = stopped("shut down in recovery");
/** Node 1 sends to node 3 alone. */
const alone = {
	server: {
		walSenders: [sender(63, { applicationName: "node3", clientAddress: "10.99.1.13" })],
		slots: [slot("repmgr_slot_3", 63), slot("repmgr_slot_2", null)],
	},
};

/** A postmaster that last wrote its postmaster.pid so many seconds ago, and whose port is closed. */
const closedFor = (seconds: number) => ({
	...refusing,
	hostFault: undefined as never,
	host: { hostTime: NOW, pidFileAt: NOW - 1000 * seconds },
});

describe("fires", () => {
	test.each([
		["its host has no postmaster", since(11, { 1: alone, 2: stop })],
		["killed, at first sight", worldOf({ 1: alone, 2: stopped("in archive recovery") })],
		["stopped for long, at first sight", worldOf({ 1: alone, 2: stop })],
		[
			"refusing without SSH, and its upstream sends it nothing",
			since(11, { 1: alone, 2: refusing }, { ssh: false }),
		],
		["starting for long, and its upstream sends it nothing", since(60, { 1: alone, 2: starting })],
		[
			"starting for a minute, at first sight, as its postmaster.pid tells",
			worldOf({ 1: alone, 2: { ...starting, host: { pidFileAt: NOW - 60_000, hostTime: NOW } } }),
		],
		[
			"its postmaster has been there for a minute, and its port is closed",
			worldOf({ 1: alone, 2: closedFor(60) }),
		],
	])("%s", (_, world) => {
		expect(inShort(judge(standbyDown, world))).toEqual(DOWN);
		expect(inShort(diagnose(world))).toEqual(DOWN);
	});

	test("a former primary is rejoined, never started", () => {
		const [found, ...others] = judge(standbyDown, since(60, failedOver(stopped("in production"))));
		expect(others).toEqual([]);
		expect(found).toMatchObject({ code: "STANDBY_DOWN", nodeId: 1 });
		expect(found?.message).toBe('"node1", the former primary, is down');
		expect(found?.detail).toContain(
			'Timeline 1 ended for "node2" at 0/5000100; the last checkpoint of "node1" is at 0/4F00028',
		);
		expect(found?.remedy?.argv).toContain("rejoin");
		expect(found?.doNot).toMatch(/Do not simply start PostgreSQL/);
	});

	test("a registered standby whose control data are a primary's is not started", () => {
		for (const state of ["in production", "in crash recovery"]) {
			const [found] = judge(standbyDown, since(60, { 2: stopped(state) }));
			expect(found?.remedy?.argv, state).toContain("rejoin");
		}
	});

	test("an incomplete clone is not started", () => {
		const [found] = judge(standbyDown, since(60, { 2: stopped("", { controlData: null }) }));
		expect(found?.hint).toMatch(/clone it again/);
		expect(found?.remedy).toBeNull();
	});

	test("a standby is started by its unit", () => {
		expect(judge(standbyDown, since(60, { 2: stop }))[0]?.remedy?.argv.at(-1)).toBe(
			"postgresql@15-main.service",
		);
	});
});

test.each([
	["it restarts", since(9, { 2: stop })],
	[
		"it restarts, at first sight",
		worldOf({ 2: stopped("shut down in recovery", { controlFileAt: NOW - 4000 }) }),
	],
	["it starts, at first sight", worldOf({ 2: starting })],
	["it starts, at first sight, without SSH", worldOf({ 1: alone, 2: starting }, { ssh: false })],
	[
		"it began to start 5 s ago",
		worldOf({ 1: alone, 2: { ...starting, host: { pidFileAt: NOW - 5000, hostTime: NOW } } }),
	],
	["its postmaster is there since 5 s, and its port not yet open", worldOf({ 1: alone, 2: closedFor(5) })],
	["refusing, but its upstream sends to it", since(60, { 2: refusing })],
	[
		"refusing, and whom its upstream sends to can't be seen (unknown)",
		since(60, { 1: { server: { walSenders: [sender(62, { state: null })], slots: [] } }, 2: refusing }),
	],
	["silent", since(600, { 1: alone, 2: silent })],
	["a former primary that refuses, which no other node can tell", since(60, failedOver(refusing))],
	["not read yet", worldOf({ 2: { isUnread: true } })],
	["the witness", since(60, { 4: stop })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyDown, world)).toEqual([]);
});

test("counts from the last answer, not from when it was detached", () => {
	const world = since(60, { 2: { server: { walReceiver: null } } });
	const [, node] = world.snapshot.nodes;
	if (node === undefined) throw new Error("there is no second node");
	const fault = { fault: { kind: "refused", message: "shutting down" }, at: NOW, since: NOW - 1000 } as const;
	const stopping: NodeView = { ...node, state: { ...node.state, server: { ...node.state.server, fault } } };
	expect([secondsInTrouble(world, node), secondsInTrouble(world, stopping)]).toEqual([60, 1]);
});

test("quotes the line of its log that has the reason", () => {
	const logReason = "PANIC:  could not write to file: No space left on device";
	const [found] = judge(standbyDown, since(60, { 2: stopped("in production", { logReason }) }));
	expect(found?.evidence).toContainEqual(
		expect.objectContaining({ nodeId: 2, by: "ssh", text: `its log: ${logReason}` }),
	);
});
