import { expect, test } from "vitest";
import { hbaRejects } from "../../src/diagnosis/rules/hba-rejects.ts";
import { diagnose } from "../support/diagnose.ts";
import { rejecting, silent } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const rejected = rejecting("28000", 'pg_hba.conf rejects connection for host "10.99.1.1", user "repmgr"');

test.each([
	["the primary", since(20, { 1: rejected }), ["warning HBA_REJECTS 1"]],
	["a standby", since(20, { 2: rejected }), ["warning HBA_REJECTS 2"]],
	["the witness", worldOf({ 4: rejected }), ["warning HBA_REJECTS 4"]],
	["at once", since(0, { 1: rejected }), ["warning HBA_REJECTS 1"]],
	[
		"all of them",
		worldOf({ 1: rejected, 2: rejected, 3: rejected, 4: rejected }),
		[1, 2, 3, 4].map((id) => `warning HBA_REJECTS ${id}`),
	],
])("fires, and nothing else is said: %s", (_, world, expected) => {
	const findings = judge(hbaRejects, world);
	expect(inShort(findings)).toEqual(expected);
	expect(inShort(diagnose(world))).toEqual(expected);
	expect(findings[0]?.detail).toContain('pg_hba.conf rejects connection for host "10.99.1.1", user "repmgr"');
	expect(findings[0]?.doNot).toMatch(/Do not assume that the node is down/);
});

test.each([
	["another rejection", worldOf({ 1: rejecting("28P01", "no") })],
	["silent", worldOf({ 1: silent })],
	["not read yet", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(hbaRejects, world)).toEqual([]);
});
