import { expect, test } from "vitest";
import { wrongPassword } from "../../src/diagnosis/rules/wrong-password.ts";
import { diagnose } from "../support/diagnose.ts";
import { rejecting, silent } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const rejected = rejecting("28P01", 'password authentication failed for user "repmgr"');

test.each([
	["the primary", since(20, { 1: rejected }), ["warning WRONG_PASSWORD 1"]],
	["a standby", since(20, { 2: rejected }), ["warning WRONG_PASSWORD 2"]],
	["the witness", worldOf({ 4: rejected }), ["warning WRONG_PASSWORD 4"]],
	["at once", since(0, { 1: rejected }), ["warning WRONG_PASSWORD 1"]],
	[
		"all of them",
		worldOf({ 1: rejected, 2: rejected, 3: rejected, 4: rejected }),
		["warning WRONG_PASSWORD cluster"],
	],
])("fires, and nothing else is said: %s", (_, world, expected) => {
	const findings = judge(wrongPassword, world);
	expect(inShort(findings)).toEqual(expected);
	expect(inShort(diagnose(world))).toEqual(expected);
	expect(findings[0]?.detail).toContain('password authentication failed for user "repmgr"');
	expect(findings[0]?.doNot).toMatch(/Do not assume that the nodes? (?:is|are) down/);
});

test.each([
	["another rejection", worldOf({ 1: rejecting("28000", "no") })],
	["silent", worldOf({ 1: silent })],
	["not read yet", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(wrongPassword, world)).toEqual([]);
});
