import { expect, test } from "vitest";
import { standbyHung } from "../../src/diagnosis/rules/standby-hung.ts";
import { diagnose } from "../support/diagnose.ts";
import { failedOver, frozen, hanging, silent } from "../support/reach.ts";
import { repmgrd } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const HUNG = ["warning STANDBY_HUNG 2"];

test.each([
	["frozen", since(11, { 2: frozen })],
	["hanging, without SSH", since(11, { 2: hanging }, { ssh: false })],
	["at first sight", worldOf({ 2: hanging })],
	["only its postmaster is frozen", since(11, { 2: { ping: { kind: "timeout" } } })],
	["its open session proves that it does not restart", since(3, { 2: { ping: { kind: "timeout" } } })],
	["serves old sessions, refuses new ones", since(11, { 2: { ping: { kind: "refused" } } })],
])("fires: %s", (_, world) => {
	expect(inShort(judge(standbyHung, world))).toEqual(HUNG);
	expect(inShort(diagnose(world))).toEqual(HUNG);
});

test("explains a repmgrd that can't log in, and the inactive mark", () => {
	const changes = {
		ping: { kind: "timeout" as const },
		registered: { active: false },
		server: { repmgrd: repmgrd({ running: false }) },
	};
	expect(inShort(diagnose(since(11, { 2: changes })))).toEqual(HUNG);
});

test("a frozen standby is woken up, a frozen former primary is not", () => {
	expect(judge(standbyHung, since(11, { 2: frozen }))[0]?.remedy?.argv).toEqual(["kill", "-CONT", "52"]);
	const [found] = judge(standbyHung, since(60, failedOver(frozen)));
	expect(found).toMatchObject({ nodeId: 1, remedy: null });
	expect(found?.doNot).toMatch(/Do not wake it up/);
});

test.each([
	["one new connection got no answer", since(1, { 2: { ping: { kind: "timeout" } } })],
	["for a moment", since(9, { 2: hanging })],
	["silent", since(60, { 2: silent })],
	["the primary hangs", since(60, { 1: frozen })],
	["not read yet", worldOf({ 2: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyHung, world)).toEqual([]);
});
