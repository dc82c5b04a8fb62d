import { expect, test } from "vitest";
import { unmetExpectations } from "../../../src/operation/plan/expectation.ts";
import { NOW } from "../../support/records.ts";
import { worldOf } from "../../support/worlds.ts";

const { snapshot } = worldOf();

test("an expectation that the cluster shows is met", () => {
	expect(
		unmetExpectations(
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

test("each unmet expectation is named", () => {
	expect(
		unmetExpectations(
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
		'"node3" does not stream from "node2" yet, but from "node1"',
		'repmgrd on "node3" is not paused',
		'witness "node4" is not registered to watch the new primary',
		"node 9 is not registered",
	]);
});

test("older readings meet no expectation", () => {
	expect(unmetExpectations([{ kind: "primary", nodeId: 1 }], snapshot, NOW + 1, 0)).toHaveLength(1);
});

test('a second primary keeps "primary" unmet', () => {
	const split = worldOf({ 2: { server: { inRecovery: false, currentLsn: "0/5000000", walReceiver: null } } });
	expect(unmetExpectations([{ kind: "primary", nodeId: 1 }], split.snapshot, NOW - 1000, 0)).toEqual([
		'"node2" is a primary, too',
	]);
});

test("a registration is judged by the primary's copy of repmgr.nodes", () => {
	const { snapshot: changed } = worldOf({ 3: { registered: { active: false }, fault: { kind: "refused" } } });
	const asked = (now: typeof snapshot, since = NOW - 1000) =>
		unmetExpectations([{ kind: "registered", nodeId: 3, as: "standby", upstreamNodeId: 1 }], now, since, 0);
	expect(asked(snapshot)).toEqual([]);
	expect(asked(changed)).toEqual(['"node3" is registered as an inactive standby under node 1']);
	expect(asked(snapshot, NOW + 1)).toEqual(["the primary's repmgr.nodes can't be read"]);
	expect(unmetExpectations([{ kind: "unregistered", nodeId: 3 }], snapshot, NOW - 1000, 0)).toEqual([
		"node 3 is still registered",
	]);
	expect(unmetExpectations([{ kind: "unregistered", nodeId: 9 }], snapshot, NOW - 1000, 0)).toEqual([]);
});

test('"shut down" needs a clean shutdown, "stopped" does not', () => {
	const controlData = { state: "in production", timeline: 1, checkpointLsn: null, systemIdentifier: null };
	const { snapshot: crashed } = worldOf({
		3: { fault: { kind: "refused" }, host: { postmaster: false, controlData } },
	});
	expect(unmetExpectations([{ kind: "stopped", nodeId: 3 }], crashed, NOW - 1000, 0)).toEqual([]);
	expect(unmetExpectations([{ kind: "shut down", nodeId: 3 }], crashed, NOW - 1000, 0)).toEqual([
		'"node3" was not shut down cleanly (control data: "in production")',
	]);
});
