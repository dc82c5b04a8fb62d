import { expect, test } from "vitest";
import { primaryReadOnly } from "../../src/diagnosis/rules/primary-read-only.ts";
import { diagnose } from "../support/diagnose.ts";
import { silent } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

test("fires when the configuration files say so", () => {
	const world = worldOf({ 1: { server: { readOnlyByDefault: true } } });
	const findings = judge(primaryReadOnly, world);
	expect(inShort(diagnose(world))).toEqual(["critical PRIMARY_READ_ONLY 1"]);
	expect(findings[0]?.remedy?.argv.slice(-3)).toEqual([
		"ALTER SYSTEM RESET default_transaction_read_only",
		"-c",
		"SELECT pg_reload_conf()",
	]);
});

test.each([
	["the files say no", worldOf({ 1: { server: { readOnlyByDefault: false } } })],
	["the files can't be read (unknown)", worldOf({ 1: { server: { readOnlyByDefault: null } } })],
	[
		"our own session is read-only, as always",
		worldOf({ 1: { server: { settings: { default_transaction_read_only: "on" } } } }),
	],
	["it is a standby's", worldOf({ 2: { server: { readOnlyByDefault: true } } })],
	["it was so before we lost it", since(20, { 1: { ...silent, server: { readOnlyByDefault: true } } })],
])("does not fire: %s", (_, world) => {
	expect(judge(primaryReadOnly, world)).toEqual([]);
});
