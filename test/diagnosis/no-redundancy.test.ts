import { expect, test } from "vitest";
import { noRedundancy } from "../../src/diagnosis/rules/no-redundancy.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, failedOver, silent, stopped } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const stop = stopped("shut down in recovery");
const ALL = ["warning ALL_STANDBYS_DETACHED cluster"];
const NONE = ["warning NO_REDUNDANCY cluster"];
const noSenders = { server: { walSenders: [], slots: [] } };

test.each([
	["two of two receive nothing", since(11, { 1: noSenders, 2: detached(), 3: detached() }), ALL],
	["one is detached, the other stopped", since(60, { 1: noSenders, 2: detached(), 3: stop }), ALL],
	["the only one is detached", since(11, { 1: noSenders, 2: detached() }, { ids: [1, 2, 4] }), NONE],
	["the only one is stopped", since(60, { 1: noSenders, 2: stop }, { ids: [1, 2, 4] }), NONE],
	["both are stopped", since(60, { 1: noSenders, 2: stop, 3: stop }), NONE],
	[
		"one is stopped, the other was below it: the cause is not at the primary",
		since(60, { 1: noSenders, 2: stop, 3: { ...detached(60), registered: { upstreamNodeId: 2 } } }),
		NONE,
	],
	["none is registered", worldOf({}, { ids: [1] }), NONE],
	[
		"a failover left the old primary behind, and there is no third",
		since(60, failedOver(stopped("in production")), { ids: [1, 2] }),
		NONE,
	],
])("fires: %s", (_, world, expected) => {
	expect(inShort(judge(noRedundancy, world))).toEqual(expected);
});

test("makes a standby that a promotion left behind follow, instead of blaming the primary", () => {
	const world = since(60, {
		...failedOver(stopped("in production")),
		3: detached(60, { receiveLsn: "0/5000100", replayLsn: "0/5000100" }),
	});
	const [found] = judge(noRedundancy, world);
	expect(found).toMatchObject({
		code: "NO_REDUNDANCY",
		remedy: { intent: { kind: "follow", nodeId: 3, upstreamNodeId: 2 } },
	});
	expect(found?.hint).toMatch(/^Make "node3" follow "node2"/);
});

test("reports one cause for all standbys once", () => {
	const codes = inShort(diagnose(since(60, { 1: noSenders, 2: detached(), 3: detached() })));
	expect(codes).toContain(ALL[0]);
	expect(codes.join()).not.toMatch(/ STANDBY_DETACHED|LAG_UNKNOWN|NO_REDUNDANCY/);
});

test("reports stopped standbys one by one", () => {
	const codes = inShort(diagnose(since(60, { 1: noSenders, 2: stop, 3: stop })));
	expect(codes).toEqual(
		expect.arrayContaining([NONE[0], "warning STANDBY_DOWN 2", "warning STANDBY_DOWN 3"]),
	);
});

test.each([
	["both restart", since(5, { 1: noSenders, 2: detached(), 3: stop })],
	["one streams", since(60, { 2: detached() })],
	["one can't be read: it may stream (unknown)", since(60, { 2: detached(), 3: silent })],
	["one was not read yet (unknown)", worldOf({ 2: detached(), 3: { isUnread: true } })],
	["the primary is gone", since(60, { 1: silent, 2: detached(60), 3: detached(60) })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(noRedundancy, world)).toEqual([]);
});
