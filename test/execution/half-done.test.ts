import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Run } from "../../src/execution/run.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf } from "../support/facts.ts";
import { FakeCluster, pausedRepmgrd, SWITCHOVER, settled } from "../support/fake-cluster.ts";
import type { Changes } from "../support/worlds.ts";

let cluster: FakeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: Date.now() });
	cluster = new FakeCluster();
});
afterEach(() => {
	cluster.remove();
	vi.useRealTimers();
});

function switchover(): Plan {
	const { plan } = request(SWITCHOVER, factsOf());
	if (plan === undefined) throw new Error("there is no plan");
	return plan;
}

const ALL_PAUSED: Changes = Object.fromEntries([1, 2, 3, 4].map((id) => [id, pausedRepmgrd(id)]));

const statusOf = (run: Run) =>
	Object.fromEntries(run.state.steps.map(({ step, status }) => [step.key, status]));

test("a host that is gone keeps no other node from being unpaused", async () => {
	cluster.exits.set("dry-run", 1);
	cluster.changes = ALL_PAUSED;
	cluster.silent.add(1);
	cluster.onEnd = cluster.obey;
	const run = cluster.run(switchover());
	const state = await settled(run.finish());
	expect(statusOf(run)).toEqual({
		"dry-run": "failed",
		switchover: "skipped",
		"follows-3": "skipped",
		"follows-4": "skipped",
		"unpause-1": "failed",
		"unpause-2": "done",
		"unpause-3": "done",
		"unpause-4": "done",
	});
	expect(state.outcome).toBe("failed");
	expect(state.steps.find(({ step }) => step.key === "unpause-1")?.notes.join()).toContain(
		"can't be reached",
	);
	expect(state.notes).toEqual(["the lock on node 1 could not be released"]);
});

test("a stopped server is not waited for", async () => {
	cluster.exits.set("dry-run", 1);
	cluster.changes = { 1: { fault: { kind: "refused" }, host: { postmaster: false } } };
	const run = cluster.run(switchover());
	await settled(run.finish());
	const { status, notes } = run.state.steps.find(({ step }) => step.key === "unpause-1") ?? {};
	expect([status, notes]).toEqual(["failed", ['PostgreSQL does not run on "node1"']]);
	expect(cluster.calls).not.toContain("start unpause-1");
});

test("a command that may not have arrived is never started later, and counts as failed", async () => {
	cluster.silent.add(2);
	const run = cluster.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(30_000);
	cluster.silent.clear();
	await vi.advanceTimersByTimeAsync(120_000);
	expect((await finished).outcome).toBe("failed");
	expect(cluster.calls).toEqual([]);
	expect(run.state.steps[0]?.notes.join()).toContain("was not started, and will not be");
});

test("a console that is cut off from the whole cluster judges nothing until it can read it again", async () => {
	const unseen: Changes = Object.fromEntries([1, 2, 3, 4].map((id) => [id, { fault: { kind: "timeout" } }]));
	cluster.onEnd = (key) => {
		if (key !== "switchover") return;
		cluster.changes = unseen;
		for (const id of [1, 2, 3, 4]) cluster.silent.add(id);
	};
	const run = cluster.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(4 * 60_000);
	expect(statusOf(run).switchover).toBe("verifying");
	cluster.silent.clear();
	// The switchover had no effect, which can be seen now.
	cluster.changes = {};
	await vi.advanceTimersByTimeAsync(5 * 60_000);
	expect((await finished).outcome).toBe("failed");
	expect(run.state.steps[1]?.notes.join()).toContain('"node2" is not a primary');
	expect(statusOf(run)["unpause-4"]).toBe("not needed");
});

test("a step is stalled when no server accepts writes for long while its command runs", async () => {
	const run = cluster.run(switchover());
	const stalled = () => run.state.steps.find(({ step }) => step.key === "switchover")?.isStalled;
	cluster.endless.add("switchover");
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(stalled()).toBeUndefined();
	cluster.changes = { 1: { fault: { kind: "refused", code: "57P03", message: "shutting down" } } };
	await vi.advanceTimersByTimeAsync(10_000);
	expect(stalled()).toBeUndefined();
	await vi.advanceTimersByTimeAsync(15_000);
	expect(stalled()).toBe(true);
	expect(statusOf(run).switchover).toBe("running");
	run.detach();
	await vi.advanceTimersByTimeAsync(10_000);
	await finished;
});

test("a step before the last one begun is not judged by the present state of the cluster", async () => {
	const plan = switchover();
	const trial = plan.steps[0];
	if (trial === undefined) throw new Error("there is a trial");
	// Its expectation is not met any more.
	const first = { ...trial, expects: [{ kind: "paused", nodeId: 3, isPaused: true } as const] };
	const last = { ...trial, key: "last" };
	cluster.begun.add("dry-run").add("last");
	const never = { ...trial, key: "never" };
	const run = cluster.run({ ...plan, steps: [first, last, never] }, "resumed");
	expect((await settled(run.finish())).outcome).toBe("stopped");
	expect(statusOf(run)).toEqual({ "dry-run": "done", last: "done", never: "skipped" });
	expect(cluster.calls).toEqual([]);
	expect(cluster.locks.size).toBe(0);
});

test("an interrupted operation stays as it is while one of its hosts does not answer", async () => {
	cluster.silent.add(2);
	const run = cluster.run(switchover(), "resumed");
	const state = await settled(run.finish());
	expect(state.outcome).toBe("detached");
	expect(state.notes.join()).toMatch(/whether node 2 has begun "switchover" can't be told/);
	expect(cluster.locks.size).toBe(4);
});

test("detaching during verification takes a moment, not a minute", async () => {
	const run = cluster.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(20_000);
	expect(statusOf(run).switchover).toBe("verifying");
	run.detach();
	await vi.advanceTimersByTimeAsync(1000);
	expect((await finished).outcome).toBe("detached");
	expect(cluster.locks.size).toBe(4);
});
