import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { allUnreachable } from "../../src/diagnosis/rules/all-unreachable.ts";
import { nodeNotRegistered } from "../../src/diagnosis/rules/node-not-registered.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import type { NamedServer } from "../../src/model/snapshot.ts";
import { verdictOf } from "../../src/presentation/verdict.ts";
import { NOW, primaryReading, repmgrd, sender, slot } from "../support/records.ts";
import { foreseen, inShort, judge, statesOf, worldOf } from "../support/worlds.ts";

const reading = statesOf({}).get(1)?.server.good?.value;
const known = reading?.walSenders ?? [];
const stranger = sender(70, {
	applicationName: "walreceiver",
	clientAddress: "10.99.1.19",
	connectedSeconds: 600,
});
const sending = (...more: readonly ReturnType<typeof sender>[]) => ({
	server: { walSenders: [...known, ...more] },
});
const FOUND = ["notice NODE_NOT_REGISTERED 1"];

test("fires: a standby of no registered name, slot or address streams from the primary", () => {
	const findings = judge(nodeNotRegistered, worldOf({ 1: sending(stranger) }, { ssh: false }));
	expect(inShort(findings)).toEqual(FOUND);
	expect(findings[0]?.message).toContain("10.99.1.19");
	expect(findings[0]?.evidence).toMatchObject([
		{ nodeId: 1, text: 'walsender 70: application_name "walreceiver", client 10.99.1.19, streaming' },
	]);
});

test("offers to register a single standby with an address, but not one of several", () => {
	const remedyOf = (...senders: readonly ReturnType<typeof sender>[]) =>
		judge(nodeNotRegistered, worldOf({ 1: sending(...senders) }))[0]?.remedy ?? null;
	expect(remedyOf(stranger)).toMatchObject({
		host: "10.99.1.19",
		argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "register", "--upstream-node-id=1"],
		intent: { kind: "register-host", host: "10.99.1.19", configFile: "/etc/repmgr.conf" },
	});
	expect(remedyOf(stranger, { ...stranger, pid: 71, clientAddress: "10.99.1.20" })).toBeNull();
	expect(remedyOf({ ...stranger, clientAddress: null })).toBeNull();
});

test.each([
	[
		"from a standby",
		worldOf({ 2: { server: { walSenders: [stranger] } } }),
		["notice NODE_NOT_REGISTERED 2"],
	],
	[
		"while a registered standby is known to be stopped",
		worldOf({
			1: { server: { walSenders: [...known.slice(0, 1), stranger] } },
			3: { fault: { kind: "refused" }, host: { postmaster: false } },
		}),
		FOUND,
	],
	["while it only catches up", worldOf({ 1: sending({ ...stranger, state: "catchup" }) }), FOUND],
])("fires %s", (_, world, expected) => {
	expect(inShort(judge(nodeNotRegistered, world))).toEqual(expected);
});

test.each([
	["well", worldOf()],
	[
		"pg_basebackup",
		worldOf({
			1: sending({ ...stranger, applicationName: "pg_basebackup", state: "backup", replayLsn: null }),
		}),
	],
	[
		"pg_receivewal replays nothing",
		worldOf({ 1: sending({ ...stranger, applicationName: "pg_receivewal", replayLsn: null }) }),
	],
	[
		"a subscription",
		worldOf({
			1: {
				server: {
					walSenders: [...known, stranger],
					slots: [...(reading?.slots ?? []), { ...slot("sub", 70), slotType: "logical" }],
				},
			},
		}),
	],
	[
		"a new standby on its way to be registered",
		worldOf({ 1: sending({ ...stranger, connectedSeconds: 59 }) }),
	],
	[
		"a registered one under another name, found by its slot",
		worldOf({ 1: { server: { walSenders: [known[0] ?? stranger, { ...stranger, pid: 63 }] } } }),
	],
	[
		"a registered one under another name, found by its address",
		worldOf({
			1: {
				server: {
					walSenders: [known[0] ?? stranger, { ...stranger, clientAddress: "10.99.1.13" }],
					slots: [],
				},
			},
		}),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(nodeNotRegistered, world)).toEqual([]);
});

test.each([
	[
		"may not see what it replays",
		worldOf({ 1: sending({ ...stranger, state: null, replayLsn: null, applicationName: null }) }),
	],
	[
		"it may be the one that can't be read",
		worldOf({ 1: { server: { walSenders: [...known.slice(0, 1), stranger] } }, 3: { fault: {} } }),
	],
	[
		"it may be one behind an address translation",
		worldOf({ 1: { server: { walSenders: [...known.slice(0, 1), stranger], slots: [] } } }),
	],
])("unknown: %s", (_, world) => {
	expect(judge(nodeNotRegistered, world)).toEqual([]);
});

describe("repmgr.nodes is empty", () => {
	const empty = { server: { registrations: [] } };

	test("is one finding, whoever streams from the primary", () => {
		const primary = { server: { registrations: [], walSenders: [...known, stranger] } };
		expect(
			inShort(judge(nodeNotRegistered, worldOf({ 1: primary, 2: empty, 3: empty }, { ssh: false }))),
		).toEqual(["critical NODE_NOT_REGISTERED 1"]);
	});

	test("is critical and says in which order to register the nodes", () => {
		const [found, ...more] = judge(nodeNotRegistered, worldOf({ 1: empty, 2: empty, 3: empty }));
		expect(more).toEqual([]);
		expect(found).toMatchObject({ severity: "critical", nodeId: 1 });
		expect(found?.hint).toMatch(/the primary first/);
		expect(found?.remedy?.argv.join(" ")).toContain("primary register --force");
	});

	test("forecasts no promotion, whatever nodes are remembered", () => {
		const { forecast } = foreseen({ 1: empty, 2: empty, 3: empty });
		expect(forecast).toMatchObject({ promotedNodeIds: [], isSure: true });
		expect(forecast?.reason).toMatch(/repmgr\.nodes on "node1" is empty/);
	});

	test("does not fire for a table that was not read", () => {
		const unread = { server: { registrations: null } };
		expect(judge(nodeNotRegistered, worldOf({ 1: unread, 2: empty, 3: empty }))).toEqual([]);
	});
});

describe("the server that the user named", () => {
	const nodes = statesOf({ 1: { fault: { kind: "unreachable" } } }, { ids: [1] });
	const named = (changes: Partial<ServerReading> = {}, address = "restored:5432") => ({
		address,
		reading: primaryReading({ repmgrd: repmgrd({ localNodeId: 7 }), ...changes }),
		at: NOW,
	});
	const seen = (server: NamedServer) => {
		const snapshot = takeSnapshot("prod", nodes, [], NOW, server);
		return { ...worldOf(), snapshot };
	};

	test.each([
		["primary", named(), /primary register --force/],
		["standby", named({ inRecovery: true }), /standby register --force/],
	])("is a %s and no registered node: what to register", (role, server, command) => {
		const [found, ...more] = judge(nodeNotRegistered, seen(server));
		expect(more).toEqual([]);
		expect(found?.message).toContain(`restored:5432 answers as a ${role}`);
		expect(found?.hint).toMatch(command);
		expect(allUnreachable(seen(server))).toEqual([]);
		expect(verdictOf(seen(server).snapshot).text).not.toContain("own network");
	});

	test.each([
		["by its address", named({}, "node1:5432")],
		["by the id that it has for itself", named({ repmgrd: repmgrd({ localNodeId: 1 }) })],
	])("is a registered node, %s", (_, server) => {
		expect(judge(nodeNotRegistered, seen(server))).toEqual([]);
	});
});
