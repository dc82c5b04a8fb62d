import { describe, expect, test } from "vitest";
import { witnessStale } from "../../src/diagnosis/rules/witness-stale.ts";
import { NOW, primaryReading, receiver, repmgrd, standbyReading } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const unseen = (seconds: number | null) => ({
	server: { repmgrd: repmgrd({ localNodeId: 4, upstreamNodeId: 1, upstreamLastSeenSeconds: seconds }) },
});
const under2 = { registered: { upstreamNodeId: 2 } };
const watches = (upstreamNodeId: number | null) => ({
	server: { repmgrd: repmgrd({ localNodeId: 4, upstreamNodeId }) },
});
const FOUND = ["warning WITNESS_STALE 4"];

describe("fires", () => {
	test.each([
		[
			"registered under a node that is not the primary",
			worldOf({ 4: under2 }, { ssh: false }),
			/^witness "node4" is not registered under the primary$/,
			[
				"repmgr",
				"-f",
				"/etc/repmgr.conf",
				"witness",
				"register",
				"-F",
				"-h",
				"node1",
				"-U",
				"repmgr",
				"-d",
				"repmgr",
			],
		],
		[
			"its repmgrd watches another node",
			worldOf({ 4: watches(3) }),
			/^witness "node4" monitors another node than the primary$/,
			["sudo", "systemctl", "restart", "repmgrd.service"],
		],
		[
			"has not seen its upstream for 50 s",
			worldOf({ 4: unseen(50) }),
			/for 50 s/,
			["sudo", "systemctl", "restart", "repmgrd.service"],
		],
		["the same without SSH", worldOf({ 4: unseen(50) }, { ssh: false }), /for 50 s/, undefined],
	])("%s", (_, world, message, argv) => {
		const findings = judge(witnessStale, world);
		expect(inShort(findings)).toEqual(FOUND);
		expect(findings[0]?.message).toMatch(message);
		expect(findings[0]?.remedy?.argv).toEqual(argv);
	});

	const failedOver = {
		1: {
			server: standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }),
			registered: { type: "standby" as const, upstreamNodeId: 2 },
		},
		2: {
			server: primaryReading({ timeline: 2 }),
			registered: { type: "primary" as const, upstreamNodeId: null },
		},
	};

	test("fires after a failover once the witness had time to follow", () => {
		expect(inShort(judge(witnessStale, since(31, failedOver)))).toEqual(FOUND);
		expect(judge(witnessStale, since(29, failedOver))).toEqual([]);
	});

	test("uses the promotion's time where it was not watched", () => {
		const promoted = (secondsAgo: number) =>
			worldOf({
				...failedOver,
				2: {
					...failedOver[2],
					server: { ...failedOver[2].server, promotedAt: NOW - secondsAgo * 1000 },
				},
			});
		expect(inShort(judge(witnessStale, promoted(31)))).toEqual(FOUND);
		expect(judge(witnessStale, promoted(29))).toEqual([]);
	});
});

test.each([
	["well", worldOf()],
	["saw its upstream 15 s ago", worldOf({ 4: unseen(15) })],
	["a standby that did not see its upstream", worldOf({ 2: unseen(50) })],
	[
		"no repmgrd there could see anything",
		worldOf({
			4: {
				server: { repmgrd: repmgrd({ running: false, upstreamLastSeenSeconds: 50 }) },
				host: { repmgrd: false },
			},
		}),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(witnessStale, world)).toEqual([]);
});

test.each([
	["never seen", worldOf({ 4: unseen(null) })],
	["an upstream that is no node proves nothing (#744)", worldOf({ 4: watches(21845) })],
	["itself neither", worldOf({ 4: watches(4) })],
	["it does not tell its upstream", worldOf({ 4: watches(null) })],
	["without the library", worldOf({ 4: { server: { repmgrd: null } } })],
	["no primary is seen", worldOf({ 1: { fault: {} }, 4: under2 })],
	["two primaries", worldOf({ 2: { server: primaryReading({ timeline: 2 }) }, 4: under2 })],
	["it does not answer", worldOf({ 4: { ...under2, fault: {} } })],
])("unknown: %s", (_, world) => {
	expect(judge(witnessStale, world)).toEqual([]);
});
