import { describe, expect, test } from "vitest";
import { slotMissing } from "../../src/diagnosis/rules/slot-missing.ts";
import { diagnose } from "../support/diagnose.ts";
import { NOW, receiver, slot } from "../support/records.ts";
import { confOfNode, inShort, judge, since, worldOf } from "../support/worlds.ts";

const without2 = { server: { slots: [slot("repmgr_slot_3", 63)] } };
const slotless = { server: { walReceiver: receiver({ slotName: null }) } };
const detached = { server: { walReceiver: null } };
const FOUND = ["warning SLOT_MISSING 2"];
const CREATE = "SELECT pg_catalog.pg_create_physical_replication_slot('repmgr_slot_2', true)";

describe("fires", () => {
	test.each([
		[
			"it streams without a slot, and its own is not there",
			worldOf({ 1: without2, 2: slotless }, { ssh: false }),
			/streams without its/,
		],
		[
			"it can't stream without its slot",
			worldOf({ 1: without2, 2: detached }, { ssh: false }),
			/does not stream/,
		],
		["the same, watched for long", since(60, { 1: without2, 2: detached }), /does not stream/],
	])("%s", (_, world, message) => {
		const findings = judge(slotMissing, world);
		expect(inShort(findings)).toEqual(FOUND);
		expect(findings[0]?.message).toMatch(message);
		expect(findings[0]?.remedy).toMatchObject({
			nodeId: 1,
			argv: ["psql", "-p", "5432", "-d", "postgres", "-c", CREATE],
		});
	});

	test("never puts an invalid slot name into a command", () => {
		const slotName = "x'); DROP TABLE repmgr.nodes; --";
		const world = worldOf({ 2: { ...slotless, registered: { slotName } } });
		expect(judge(slotMissing, world)).toMatchObject([{ code: "SLOT_MISSING", remedy: null }]);
	});
});

test.each([
	["well", worldOf()],
	["no slots are used", worldOf({ 1: without2, 2: { ...slotless, registered: { slotName: null } } })],
	[
		"it streams with a slot of another name",
		worldOf({
			1: { server: { slots: [slot("other", 62)] } },
			2: { server: { walReceiver: receiver({ slotName: "other" }) } },
		}),
	],
	["the slot is there, unused", worldOf({ 2: slotless })],
	[
		"a witness has a slot's name and no slot",
		worldOf({ 1: { server: { slots: [slot("repmgr_slot_2", 62), slot("repmgr_slot_3", 63)] } } }),
	],
	["it is detached, but the slot is there", worldOf({ 2: detached })],
	[
		"it is detached and asks for another slot",
		worldOf({ 1: without2, 2: { server: { walReceiver: null, settings: { primary_slot_name: "other" } } } }),
	],
	[
		"its server was started a moment ago",
		worldOf({ 1: without2, 2: { server: { walReceiver: null, startedAt: NOW - 5000 } } }),
	],
	["it restarts", since(5, { 1: without2, 2: detached })],
])("does not fire: %s", (_, world) => {
	expect(judge(slotMissing, world)).toEqual([]);
});

test.each([
	["its upstream can't be read", worldOf({ 1: { ...without2, fault: {} }, 2: slotless })],
	[
		"its receiver may not be seen",
		worldOf({
			1: without2,
			2: { server: { walReceiver: receiver({ status: null, senderHost: null, slotName: null }) } },
		}),
	],
	["it is down", worldOf({ 1: without2, 2: { fault: { kind: "refused" } } })],
	[
		"its upstream is not known",
		worldOf({ 1: without2, 2: { ...detached, registered: { upstreamNodeId: null } } }),
	],
])("unknown: %s", (_, world) => {
	expect(judge(slotMissing, world)).toEqual([]);
});

test("leads to the operation that attaches the detached standby and creates its slot", () => {
	const conf = confOfNode(2, { use_replication_slots: "true" });
	const [finding] = judge(
		slotMissing,
		since(60, { 1: without2, 2: { ...detached, host: { repmgrConf: conf } } }),
	);
	expect(finding?.remedy?.intent).toEqual({ kind: "follow", nodeId: 2, upstreamNodeId: 1 });
});

test("does not send to follow where repmgr.conf uses no slots: it would create none", () => {
	const conf = confOfNode(2, {});
	const [finding] = judge(
		slotMissing,
		since(60, { 1: without2, 2: { ...detached, host: { repmgrConf: conf } } }),
	);
	expect(finding?.remedy).toMatchObject({ nodeId: 1, title: expect.stringContaining("create slot") });
	expect(finding?.remedy?.intent).toBeUndefined();
});

test("explains the detached standby", () => {
	const codes = inShort(diagnose(worldOf({ 1: without2, 2: detached })));
	expect(codes).toContain("warning SLOT_MISSING 2");
	expect(codes).not.toContainEqual(expect.stringMatching(/(STANDBY_DETACHED|LAG_UNKNOWN_DETACHED) 2/));
});
