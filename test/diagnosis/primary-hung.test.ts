import { expect, test } from "vitest";
import { primaryHung } from "../../src/diagnosis/rules/primary-hung.ts";
import { diagnose } from "../support/diagnose.ts";
import { everybodyLostIt, failedOver, frozen, hanging, silent } from "../support/reach.ts";
import { repmgrd } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const HUNG = ["critical PRIMARY_HUNG 1"];
const timeout = { kind: "timeout" as const, message: "node1:5432 does not answer" };

test.each([
	["frozen", since(5, { 1: frozen }), /does not answer$/],
	["frozen, and all nodes lost it", since(60, { 1: frozen, ...everybodyLostIt(60) }), /does not answer$/],
	["hanging, without SSH", since(5, { 1: hanging }, { ssh: false }), /does not answer$/],
	["at first sight", worldOf({ 1: hanging }), /does not answer$/],
	["only its postmaster is frozen", since(5, { 1: { ping: timeout } }), /though open sessions still work$/],
	[
		"refuses new connections",
		since(5, { 1: { ping: { kind: "refused" } } }),
		/refuses new connections, though/,
	],
])("fires: %s", (_, world, message) => {
	const findings = judge(primaryHung, world);
	expect(inShort(findings)).toEqual(HUNG);
	expect(findings[0]?.message).toMatch(message);
	expect(findings[0]?.doNot).toMatch(/Do not promote/);
});

test("names a frozen postmaster, and how to continue it", () => {
	const paused = { server: { repmgrd: repmgrd({ paused: true, upstreamNodeId: 1 }) } };
	const [found] = judge(primaryHung, since(5, { 1: frozen, 2: paused, 3: paused }));
	expect(found?.remedy?.argv).toEqual(["kill", "-CONT", "52"]);
	expect(judge(primaryHung, since(5, { 1: hanging }))[0]?.remedy).toBeNull();
});

test("has no remedy to continue it while repmgrd is about to promote a standby", () => {
	const [found] = judge(primaryHung, since(5, { 1: frozen }));
	expect(found?.hint).toMatch(
		/^Wait until repmgrd has promoted a standby, at most 90 s; then stop this server/,
	);
	expect(found?.detail).toMatch(/ repmgrd should promote "node2" between 04:42:13 UTC and 04:42:15 UTC\.$/);
	expect(found?.remedy).toBeNull();
});

test("reports an overdue failover of a frozen primary, with the way out", () => {
	const [found] = judge(primaryHung, since(89, { 1: frozen, ...everybodyLostIt(80) }));
	expect(found?.message).toMatch(/does not answer, and the failover is overdue$/);
	expect(found?.detail).toMatch(
		/The failover to "node2" was due by 04:40:51 UTC and has not happened: repmgrd there last saw "node1" 80 s ago .* "node3" waits for it\.$/,
	);
	expect(found?.hint).toMatch(
		/"kill -CONT 52" .* Or stop it for good .*pause repmgrd, and promote a standby\.$/,
	);
	expect(found?.remedy?.argv).toEqual(["kill", "-CONT", "52"]);
});

test("is the only finding, although all nodes lost the primary", () => {
	const codes = inShort(diagnose(since(60, { 1: frozen, ...everybodyLostIt(60) })));
	expect(codes).toEqual(HUNG);
});

test.each([
	["one poll was not answered", since(1, { 1: hanging })],
	["silent", since(20, { 1: silent })],
	["a standby hangs", since(20, { 2: frozen })],
	["another node was promoted", since(60, failedOver(frozen))],
	["not read yet", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(primaryHung, world)).toEqual([]);
});
