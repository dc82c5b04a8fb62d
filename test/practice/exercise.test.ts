import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openCluster } from "../../src/practice/index.ts";
import { SCENARIO } from "../../src/practice/scenarios/scenario.ts";
import { NOW } from "../support/records.ts";

const LESSON = SCENARIO.parse({
	...{ name: "mine", title: "Mine", story: "A story.", goal: "A goal.", lesson: "A lesson." },
	happens: [
		{ seconds: 10, fault: "pause-repmgrd", node: "node2" },
		{ seconds: 20, fault: "stop-repmgrd", node: "node3" },
	],
	end: ["one-primary", "not-paused"],
	...{ hints: [], operations: [], keys: [] },
});

const finding = { code: "REPMGRD_PAUSED", severity: "warning", nodeId: null, message: "paused" } as const;

let practice: ReturnType<typeof openCluster>;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	practice = openCluster(LESSON, 1);
});
afterEach(() => {
	practice.close();
	vi.useRealTimers();
});

const exercise = () => practice.simulation.exercise;
const seconds = (count: number) => vi.advanceTimersByTimeAsync(1000 * count);
const debrief = (): readonly string[] => exercise().state().debrief;
const repair = (): void => {
	for (const node of practice.simulation.cluster.nodes) node.isPaused = false;
};

test("the debrief has one clock, the cluster's, however fast that goes", async () => {
	await seconds(10.5);
	exercise().see([finding]);
	exercise().setSpeed(20);
	await seconds(1);
	practice.simulation.cluster.note("unpause", "you");
	repair();
	await seconds(1);
	expect(debrief()).toEqual(
		expect.arrayContaining([
			"From the first finding to the first thing you did: 20 s.",
			expect.stringContaining("All times are the cluster's own"),
			"0:10  happened  pause repmgrd on node2",
			"0:10  seen      REPMGRD_PAUSED: paused",
			"0:20  happened  stop repmgrd on node3",
			"0:30  you       unpause",
		]),
	);
});

test("what you break by hand is not the first thing you did about it", async () => {
	await seconds(1);
	exercise().make(1, "pause-repmgrd");
	await seconds(10);
	exercise().see([finding]);
	exercise().make(3, "pause-repmgrd");
	await seconds(10);
	exercise().make(4, "cut");
	exercise().make(4, "cut");
	repair();
	await seconds(1);
	expect(debrief().filter((line) => /first|broken|you /.test(line))).toEqual([
		"From the first finding to the first thing you did: 10 s.",
		"0:01  broken    pause repmgrd on node1",
		"0:11  broken    pause repmgrd on node3",
		"0:21  broken    cut the network off on node4",
		"0:21  you       give its network back on node4",
	]);
});

test("what the operator did may keep something from happening: the debrief says that it did not", async () => {
	exercise().make(3, "stop-repmgrd");
	await seconds(15);
	repair();
	await seconds(10);
	expect(debrief()).toContain("0:20  happened  stop repmgrd on node3: did not happen, it does not run");
});

test("a fault that does not fit the node is a problem, and is not noted", () => {
	expect(exercise().make(1, "promote")).toEqual({
		problem: "promote it beside the primary on node1: it is not a running standby",
	});
	expect(practice.simulation.cluster.notes).toEqual([]);
});
