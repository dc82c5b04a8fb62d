import { expect, test } from "vitest";
import { lagUnknownDetached } from "../../src/diagnosis/rules/lag-unknown-detached.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, silent } from "../support/reach.ts";
import { receiver } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

/** Node 3 streams from node 2. */
const cascaded = {
	registered: { upstreamNodeId: 2, slotName: null },
	server: { walReceiver: receiver({ senderHost: "node2" }) },
};

test("fires on a detached standby and on those that stream from it", () => {
	const world = since(11, { 2: detached(), 3: cascaded });
	expect(inShort(judge(lagUnknownDetached, world))).toEqual([
		"unknown LAG_UNKNOWN_DETACHED 2",
		"unknown LAG_UNKNOWN_DETACHED 3",
	]);
});

test("is explained by STANDBY_DETACHED on the detached standby itself", () => {
	const codes = inShort(diagnose(since(11, { 2: detached(), 3: cascaded })));
	expect(codes).toEqual(["warning STANDBY_DETACHED 2", "unknown LAG_UNKNOWN_DETACHED 3"]);
	expect(codes).not.toContain("unknown LAG_UNKNOWN_DETACHED 2");
});

test.each([
	["a moment ago", since(5, { 2: detached(), 3: cascaded })],
	["its upstream standby streams", since(60, { 3: cascaded })],
	["its upstream standby can't be read (unknown)", since(60, { 2: silent, 3: cascaded })],
	[
		"whether it streams can't be seen (unknown)",
		since(60, {
			1: { server: { walSenders: [], slots: [] } },
			2: { server: { walReceiver: receiver({ status: null, senderHost: null, senderPort: null }) } },
		}),
	],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(lagUnknownDetached, world)).toEqual([]);
});
