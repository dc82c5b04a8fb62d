import { expect, test } from "vitest";
import { connectionsExhausted } from "../../src/diagnosis/rules/connections-exhausted.ts";
import { diagnose } from "../support/diagnose.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const LIMITS = { max_connections: "100", superuser_reserved_connections: "3" };
const used = (connections: number | null, settings: Record<string, string> = LIMITS) => ({
	server: { connections, settings },
});
const full = {
	fault: { kind: "command" as const, code: "53300", message: "sorry, too many clients already" },
};

test.each([
	["all that ordinary users may have", worldOf({ 1: used(97) }), ["critical CONNECTIONS_EXHAUSTED 1"]],
	[
		"less what PostgreSQL 16 reserves",
		worldOf({ 1: used(92, { ...LIMITS, reserved_connections: "5" }) }),
		["critical CONNECTIONS_EXHAUSTED 1"],
	],
	["nine tenths of them", worldOf({ 1: used(88) }), ["warning CONNECTIONS_EXHAUSTED 1"]],
	[
		"on a standby",
		worldOf({ 2: used(97, { ...LIMITS, primary_slot_name: "repmgr_slot_2" }) }),
		["warning CONNECTIONS_EXHAUSTED 2"],
	],
	["the primary turns us away", since(20, { 1: full }), ["critical CONNECTIONS_EXHAUSTED 1"]],
	["a standby turns us away", worldOf({ 2: full }), ["warning CONNECTIONS_EXHAUSTED 2"]],
])("fires, alone: %s", (_, world, expected) => {
	expect(inShort(judge(connectionsExhausted, world))).toEqual(expected);
	expect(inShort(diagnose(world))).toEqual(expected);
});

test.each([
	["room is left", worldOf({ 1: used(87) })],
	["max_connections is not known (unknown)", worldOf({ 1: used(97, {}) })],
	["the number is not known (unknown)", worldOf({ 1: used(null) })],
	["not read yet", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(connectionsExhausted, world)).toEqual([]);
});
