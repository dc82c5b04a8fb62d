import { expect, test } from "vitest";
import { allUnreachable } from "../../src/diagnosis/rules/all-unreachable.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	filtered,
	frozen,
	hanging,
	refusing,
	rejecting,
	silent,
	starting,
	stopped,
} from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const all = (one: typeof silent) => ({ 1: one, 2: one, 3: one, 4: one });
const ALL = ["unknown ALL_UNREACHABLE cluster"];

test.each([
	["nothing answers", worldOf(all(silent))],
	["nothing answers any more", since(3, all(silent))],
	["without SSH", worldOf(all({ fault: {} }), { ssh: false })],
	["hosts answer SSH, ports do not", worldOf(all(filtered))],
	["some accept connections, and none answers", worldOf({ ...all(silent), 2: hanging, 3: hanging })],
	["all accept connections, and none answers", worldOf(all(hanging), { ssh: false })],
	["a cluster of one node", worldOf({ 1: silent }, { ids: [1] })],
])("fires, and nothing else is said: %s", (_, world) => {
	expect(inShort(judge(allUnreachable, world))).toEqual(ALL);
	expect(inShort(diagnose(world))).toEqual(ALL);
});

test("suspects this machine's network first, and warns against a promotion", () => {
	const [found] = judge(allUnreachable, worldOf(all(silent)));
	expect(found?.hint).toMatch(/^Check this machine's own network/);
	expect(found?.doNot).toMatch(/Do not promote/);
	expect(found?.evidence).toHaveLength(5);
	expect(`${found?.message} ${found?.detail}`).not.toMatch(/\bdown\b/);
});

test("suspects a firewall where hosts answer SSH", () => {
	const [found] = judge(allUnreachable, worldOf(all(filtered)));
	expect(found?.hint).toMatch(/firewall between this machine and the port/);
});

test.each([
	["the witness answers", worldOf({ ...all(silent), 4: {} })],
	["one is frozen, as its host says", worldOf({ ...all(silent), 2: frozen })],
	["one refuses: its host is reached", worldOf({ ...all(silent), 2: refusing })],
	["one says that it starts", worldOf({ ...all(silent), 2: starting })],
	["one turns us away", worldOf({ ...all(silent), 2: rejecting("28P01", "password authentication failed") })],
	["one is stopped, as its host says", worldOf({ ...all(silent), 2: stopped("shut down in recovery") })],
	["one was not read yet", worldOf({ ...all(silent), 2: { isUnread: true } })],
	["no nodes are known", worldOf({}, { ids: [] })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(allUnreachable, world)).toEqual([]);
});
