import { expect, test } from "vitest";
import { unmet } from "../../src/operation/expectation.ts";
import { NOW } from "../support/records.ts";
import { worldOf } from "../support/worlds.ts";

const { snapshot } = worldOf();

test("what the cluster shows is met", () => {
	expect(
		unmet(
			[
				{ kind: "primary", nodeId: 1 },
				{ kind: "streaming", nodeId: 2, fromNodeId: 1 },
				{ kind: "watching", nodeId: 4, upstreamNodeId: 1 },
				{ kind: "paused", nodeId: 3, isPaused: false },
				{ kind: "repmgrd", nodeId: 3, isRunning: true },
			],
			snapshot,
			NOW - 1000,
			0,
		),
	).toEqual([]);
});

test("what it does not show is named", () => {
	expect(
		unmet(
			[
				{ kind: "primary", nodeId: 2 },
				{ kind: "streaming", nodeId: 3, fromNodeId: 2 },
				{ kind: "paused", nodeId: 3, isPaused: true },
				{ kind: "watching", nodeId: 4, upstreamNodeId: 2 },
				{ kind: "primary", nodeId: 9 },
			],
			snapshot,
			NOW - 1000,
			0,
		),
	).toEqual([
		'"node2" is not a primary',
		'"node3" does not stream from "node2" yet (streaming)',
		'repmgrd on "node3" is not paused',
		'witness "node4" is not registered to watch the new primary',
		"node 9 is not registered",
	]);
});

test("what was read before shows nothing", () => {
	expect(unmet([{ kind: "primary", nodeId: 1 }], snapshot, NOW + 1, 0)).toHaveLength(1);
});

test("two primaries are not one", () => {
	const split = worldOf({ 2: { server: { inRecovery: false, currentLsn: "0/5000000", walReceiver: null } } });
	expect(unmet([{ kind: "primary", nodeId: 1 }], split.snapshot, NOW - 1000, 0)).toEqual([
		'"node2" is a primary, too',
	]);
});
