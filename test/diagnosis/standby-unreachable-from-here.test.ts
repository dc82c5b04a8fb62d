import { expect, test } from "vitest";
import { standbyUnreachableFromHere } from "../../src/diagnosis/rules/standby-unreachable-from-here.ts";
import { diagnose } from "../support/diagnose.ts";
import { failedOver, refusing, rejecting, silent, stopped } from "../support/reach.ts";
import { sender, slot } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const alone = {
	server: {
		walSenders: [sender(63, { applicationName: "node3", clientAddress: "10.99.1.13" })],
		slots: [slot("repmgr_slot_3", 63), slot("repmgr_slot_2", null)],
	},
};
const FED = ["unknown STANDBY_UNREACHABLE_FROM_HERE 2"];
const CUT = ["warning STANDBY_UNREACHABLE_FROM_HERE 2"];

test.each([
	["its upstream still sends to it", since(11, { 2: silent }), FED],
	["refusing us, and its upstream sends to it", since(11, { 2: refusing }), FED],
	["its upstream sends it nothing either", since(90, { 1: alone, 2: silent }), CUT],
	["at first sight", worldOf({ 2: silent }), FED],
	["unknown, as the primary is not read", worldOf({ 1: { isUnread: true }, 2: silent }), FED],
	[
		"it turns us away for a reason of its own",
		since(60, {
			2: { fault: { kind: "command", code: "3D000", message: 'database "repmgr" does not exist' } },
		}),
		FED,
	],
	[
		"a former primary that refuses",
		since(60, failedOver(refusing)),
		["warning STANDBY_UNREACHABLE_FROM_HERE 1"],
	],
	["a former primary", since(60, failedOver(silent)), ["warning STANDBY_UNREACHABLE_FROM_HERE 1"]],
])("fires: %s", (_, world, expected) => {
	const findings = judge(standbyUnreachableFromHere, world);
	expect(inShort(findings)).toEqual(expected);
	expect(findings[0]?.message).not.toMatch(/\bdown\b/);
});

test("reports a host name that does not resolve", () => {
	const fault = { kind: "name", message: 'the name "node2" is not resolved', hint: "Check DNS." } as const;
	const [found] = judge(standbyUnreachableFromHere, since(60, { 2: { fault } }));
	expect(found?.message).toBe('standby "node2": its host name is not resolved here');
	expect(found?.hint).toBe("Check DNS.");
});

test("warns that a former primary may come back as a second one", () => {
	const [found] = judge(standbyUnreachableFromHere, since(60, failedOver(silent)));
	expect(found?.doNot).toMatch(/second primary/);
});

test("explains all other findings about it", () => {
	expect(inShort(diagnose(since(60, { 2: silent })))).toEqual(FED);
});

test.each([
	["its network was cut a moment ago", since(5, { 2: silent })],
	["stopped: STANDBY_DOWN says so", since(60, { 2: stopped("shut down in recovery") })],
	["its password is wrong", since(60, { 2: rejecting("28P01", "password authentication failed") })],
	["no node is reached", since(60, { 1: silent, 2: silent, 3: silent, 4: silent })],
	["not read yet", worldOf({ 2: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyUnreachableFromHere, world)).toEqual([]);
});
