import { describe, expect, test } from "vitest";
import { clockSkew } from "../../src/diagnosis/rules/clock-skew.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const off = (clockOffsetMs: number | null, roundTripMs = 10) => ({ server: { clockOffsetMs, roundTripMs } });
const all = (clockOffsetMs: number | null) =>
	Object.fromEntries([1, 2, 3, 4].map((id) => [id, off(clockOffsetMs)]));
const found = (nodeId: number | "cluster") => [`notice CLOCK_SKEW ${nodeId}`];

describe("fires", () => {
	test.each([
		[
			"one node ahead of the others",
			worldOf({ 3: off(5000) }, { ssh: false }),
			found(3),
			/"node3" is 5.0 s ahead of/,
		],
		["one node behind", worldOf({ 1: off(-90_000) }), found(1), /"node1" is 90 s behind/],
		[
			"two nodes: unknown which one",
			worldOf({ 2: off(5000) }, { ids: [1, 2] }),
			found("cluster"),
			/"node1" and "node2" are 5.0 s apart/,
		],
		["this console's own", worldOf(all(-60_000)), found("cluster"), /this console's clock is 60 s ahead of/],
		[
			"by SSH where the server does not answer",
			worldOf({ 3: { fault: {}, host: { clockOffsetMs: 8000 } } }),
			found(3),
			/8.0 s ahead of/,
		],
	])("%s", (_, world, expected, message) => {
		const findings = judge(clockSkew, world);
		expect(inShort(findings)).toEqual(expected);
		expect(findings[0]?.message).toMatch(message);
	});
});

test.each([
	["well", worldOf()],
	["2 s apart", worldOf({ 3: off(2000) })],
	["a slow answer: the clock is read somewhere between", worldOf({ 3: off(2800, 1500) })],
	["by SSH within what a login takes", worldOf({ 3: { fault: {}, host: { clockOffsetMs: 2900 } } })],
	["thresholds of the configuration", worldOf({ 3: off(5000) }, { thresholds: { clockSkewSeconds: 10 } })],
	["unknown: one node alone and we", worldOf({ 1: off(60_000) }, { ids: [1] })],
	[
		"reading the host took long, and its clock may have been read at any moment meanwhile",
		worldOf({ 3: { fault: {}, host: { clockOffsetMs: 5000, readMs: 10_000 } } }),
	],
	["unknown: no clock was read", worldOf(all(null), { ssh: false })],
	["unknown: it does not answer", worldOf({ 3: { ...off(60_000), fault: {} } }, { ssh: false })],
])("does not fire: %s", (_, world) => {
	expect(judge(clockSkew, world)).toEqual([]);
});
