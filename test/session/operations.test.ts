import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import type { Operations } from "../../src/session/session.ts";
import { FakeCluster, PAUSE, pausedRepmgrd, SWITCHED, SWITCHOVER, settled } from "../support/fake-cluster.ts";
import { NOW } from "../support/records.ts";

let cluster: FakeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	cluster = new FakeCluster();
});
afterEach(() => {
	cluster.remove();
	vi.useRealTimers();
});

async function planned(operations: Operations, intent: Intent): Promise<Plan> {
	const { plan, refusal } = await settled(operations.request(intent));
	if (plan === undefined) throw new Error(`refused: ${refusal.message}: ${refusal.detail}`);
	return plan;
}

/** Longer ago than a plan counts as just made. */
const later = () => vi.advanceTimersByTimeAsync(5000);

const started = () => cluster.calls.filter((call) => call.startsWith("start "));

describe("a request", () => {
	test("surveys all nodes and makes a plan; no host is changed", async () => {
		const plan = await planned(cluster.operations(), PAUSE);
		expect(plan).toMatchObject({ intent: PAUSE, title: "pause repmgrd", cluster: "prod" });
		expect(plan.steps.map(({ key }) => key)).toEqual(["pause-1", "pause-2", "pause-3", "pause-4"]);
		expect(cluster.surveyed).toBe(1);
		expect(cluster.locks.size).toBe(0);
		expect(started()).toEqual([]);
	});

	test("of a pause tries the plan's own psql on each host", async () => {
		cluster.exits.set("SELECT 1", 2);
		cluster.outputs.set("SELECT 1", "psql: error: no password supplied\n");
		const { refusal } = await settled(cluster.operations().request(PAUSE));
		expect(cluster.calls).toEqual([1, 2, 3, 4].map((id) => `node${id}: SELECT 1`));
		expect(refusal?.detail).toContain("no password supplied");
	});

	test("of a switchover has the candidate's host try its SSH connections", async () => {
		await planned(cluster.operations(), SWITCHOVER);
		expect(cluster.calls).toContain("crosscheck from 2");
	});

	test("is refused with every check that was made when one of them fails", async () => {
		cluster.surveys = { 2: { server: { freeWalSenders: 0 } } };
		const { refusal } = await settled(cluster.operations().request(SWITCHOVER));
		expect(refusal?.prerequisites.filter(({ state }) => state === "failed")).toHaveLength(1);
		expect(refusal?.prerequisites.length).toBeGreaterThan(5);
	});

	test("judges servers only by what they tell after it was made", async () => {
		cluster.poll();
		await later();
		cluster.changes = { 3: pausedRepmgrd(3) };
		expect((await planned(cluster.operations(), PAUSE)).steps.map(({ key }) => key)).not.toContain("pause-3");
	});

	test("without SSH a read-only session refuses for being read-only, and asks no node", async () => {
		const off = new FakeCluster({ sshOff: "SSH is off", isReadOnly: true });
		const { refusal } = await settled(off.operations({ isReadOnly: true }).request(PAUSE));
		expect(refusal?.message).toMatch(/read-only/);
		expect(off.surveyed).toBe(0);
		off.remove();
	});
});

describe("repmgr's dry run", () => {
	test("is run as the plan says, and its output has no secrets and no control characters", async () => {
		cluster.exits.set("dry run", 3);
		cluster.outputs.set("dry run", "NOTICE: a secret\u001b[2J\n");
		const operations = cluster.operations();
		const { value } = (await settled(operations.dryRun(await planned(operations, SWITCHOVER)))) ?? {};
		expect(value?.exitCode).toBe(3);
		expect(value?.text).toMatch(/^NOTICE: a \*{8}/);
		expect(value?.text).not.toContain("\u001b");
		expect(cluster.calls).toContain("node2: dry run");
	});

	test("of a plan without one is null", async () => {
		const operations = cluster.operations();
		expect(await settled(operations.dryRun(await planned(operations, PAUSE)))).toBeNull();
	});

	test("has its host's fault", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, SWITCHOVER);
		cluster.silent.add(2);
		expect(await settled(operations.dryRun(plan))).toMatchObject({ fault: { kind: "unreachable" } });
	});

	test("is not run in a read-only session", async () => {
		const operations = cluster.operations({ isReadOnly: true });
		const plan = await planned(operations, SWITCHOVER);
		expect(await operations.dryRun(plan)).toMatchObject({ fault: { kind: "permission" } });
		expect(cluster.calls).not.toContain("node2: dry run");
	});
});

describe("an approved plan", () => {
	test("is locked and noted before anything is started, carried out, and unlocked", async () => {
		cluster.onEnd = cluster.obey;
		const operations = cluster.operations();
		const { run } = await settled(operations.approve(await planned(operations, PAUSE)));
		expect(cluster.events()).toEqual(["approved", "locked"]);
		expect([...cluster.locks.keys()]).toEqual([1, 2, 3, 4]);
		expect(started()).toEqual([]);
		const state = run && (await settled(run.finish()));
		expect(state?.outcome).toBe("done");
		expect(started().toSorted()).toEqual([1, 2, 3, 4].map((id) => `start pause-${id}`));
		expect(cluster.lockedAtStart).toEqual(Array(4).fill([1, 2, 3, 4]));
		expect(cluster.locks.size).toBe(0);
		expect(cluster.running).toEqual([run?.state.operationId, null]);
		expect(cluster.events().at(-1)).toBe("ended");
	});

	test("that was just made is not made again", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, PAUSE);
		expect((await settled(operations.approve(plan))).run?.state.plan).toBe(plan);
		expect(cluster.surveyed).toBe(1);
	});

	test("is made again once it is seconds old", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, PAUSE);
		await later();
		expect((await settled(operations.approve(plan))).run).toBeDefined();
		expect(cluster.surveyed).toBe(2);
	});

	test("of another console is made again, however young", async () => {
		const plan = await planned(cluster.operations(), PAUSE);
		expect((await settled(cluster.operations().approve(plan))).run).toBeDefined();
		expect(cluster.surveyed).toBe(2);
	});

	test("is refused if its commands would be others now: no lock, no journal, no command", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, PAUSE);
		await later();
		cluster.changes = { 3: pausedRepmgrd(3) };
		const { refusal } = await settled(operations.approve(plan));
		expect(refusal?.message).toMatch(/^pause repmgrd is refused/);
		expect(cluster.locks.size).toBe(0);
		expect(started()).toEqual([]);
		expect(cluster.running).toEqual([]);
		expect(() => cluster.events()).toThrow(/ENOENT/);
	});

	test("is refused if other nodes would be paused afterwards", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, SWITCHOVER);
		await later();
		cluster.changes = { 3: pausedRepmgrd(3) };
		expect((await settled(operations.approve(plan))).refusal?.message).toMatch(/is refused/);
		expect(cluster.locks.size).toBe(0);
	});

	test("is carried out although a checkpoint is needed by now: that changes nothing else", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, SWITCHOVER);
		await later();
		cluster.surveys = { 1: { server: { uncheckpointedBytes: 10 * 1024 ** 3 } } };
		const { run } = await settled(operations.approve(plan));
		expect(run?.state.plan.steps.map(({ key }) => key)).toContain("checkpoint");
		expect(plan.steps.map(({ key }) => key)).not.toContain("checkpoint");
	});

	test("is refused if a check fails by now", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, SWITCHOVER);
		await later();
		cluster.surveys = { 2: { server: { freeWalSenders: 0 } } };
		const { refusal } = await settled(operations.approve(plan));
		expect(refusal?.prerequisites.some(({ state }) => state === "failed")).toBe(true);
		expect(cluster.locks.size).toBe(0);
	});

	test("is refused if another console has taken the lock meanwhile, whose lock stays", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, PAUSE);
		cluster.lockFor("other", [3]);
		const { refusal } = await settled(operations.approve(plan));
		expect(refusal?.detail).toContain("bob on bastion2");
		expect([...cluster.locks].map(([nodeId, { holder }]) => [nodeId, holder.operationId])).toEqual([
			[3, "other"],
		]);
		expect(started()).toEqual([]);
		expect(cluster.running).toEqual([]);
	});

	test("is refused if half of the hosts or more can't be locked", async () => {
		const operations = cluster.operations();
		const plan = await planned(operations, PAUSE);
		cluster.silent.add(1).add(2);
		const { refusal } = await settled(operations.approve(plan));
		expect(refusal?.detail).toContain("2 of 4 hosts");
		expect(cluster.locks.size).toBe(0);
	});

	test("is not begun if it can't be noted: the lock is released, and nothing runs", async () => {
		appendFileSync(cluster.path("file"), "");
		cluster.journalPath = cluster.path("file/journal.jsonl");
		const operations = cluster.operations();
		const { refusal } = await settled(operations.approve(await planned(operations, PAUSE)));
		expect(refusal?.message).toBe("the journal can't be written");
		expect(cluster.locks.size).toBe(0);
		expect(started()).toEqual([]);
		expect(cluster.running.at(-1)).toBeNull();
	});

	test("is refused in a read-only session", async () => {
		const plan = await planned(cluster.operations(), PAUSE);
		expect((await cluster.operations({ isReadOnly: true }).approve(plan)).refusal?.message).toMatch(
			/read-only/,
		);
		expect(cluster.locks.size).toBe(0);
	});

	test("that fails leaves the rest undone, and the cluster unlocked", async () => {
		cluster.exits.set("dry-run", 3);
		const operations = cluster.operations();
		const { run } = await settled(operations.approve(await planned(operations, SWITCHOVER)));
		const state = run && (await settled(run.finish()));
		expect(state?.outcome).toBe("failed");
		expect(started()).toEqual(["start dry-run"]);
		expect(cluster.locks.size).toBe(0);
		expect(cluster.running.at(-1)).toBeNull();
	});

	test("is done once the cluster shows it", async () => {
		cluster.onEnd = cluster.obey;
		const operations = cluster.operations();
		const { run } = await settled(operations.approve(await planned(operations, SWITCHOVER)));
		const state = run && (await settled(run.finish()));
		expect(state?.steps.map(({ step, status }) => `${status} ${step.key}`)).toEqual([
			...["done dry-run", "done switchover", "done follows-3", "done follows-4"],
			...[1, 2, 3, 4].map((id) => `not needed unpause-${id}`),
		]);
		expect(state?.outcome).toBe("done");
	});

	test("is done even if its lock can't be released on a host, with a note", async () => {
		cluster.onEnd = (key) => {
			cluster.obey(key);
			cluster.silent.add(4);
		};
		const operations = cluster.operations();
		const { run } = await settled(operations.approve(await planned(operations, SWITCHOVER)));
		const state = run && (await settled(run.finish()));
		expect(state?.notes).toEqual(["the lock on node 4 could not be released"]);
		expect([...cluster.locks.keys()]).toEqual([4]);
	});
});

/** An operation that this machine's console left while its switchover ran. */
async function interrupted(): Promise<string> {
	const operations = cluster.operations();
	cluster.endless.add("switchover");
	const { run } = await settled(operations.approve(await planned(operations, SWITCHOVER)));
	if (run === undefined) throw new Error("it is not carried out");
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(20_000);
	run.detach();
	expect((await settled(finished)).outcome).toBe("detached");
	cluster.begun.add("dry-run").add("switchover");
	cluster.calls.splice(0);
	return run.state.operationId;
}

describe("a resumed operation", () => {
	test("verifies what was begun, begins nothing, and releases the lock", async () => {
		const operationId = await interrupted();
		expect([...cluster.locks.keys()]).toEqual([1, 2, 3, 4]);
		cluster.endless.clear();
		cluster.onEnd = cluster.obey;
		const { run } = await settled(cluster.operations().resume(operationId));
		expect(run?.state).toMatchObject({ operationId, plan: { intent: { kind: "resume", operationId } } });
		const state = run && (await settled(run.finish()));
		expect(state?.outcome).toBe("done");
		expect(started()).toEqual([]);
		expect(cluster.locks.size).toBe(0);
		expect(cluster.events()).toContain("resumed");
		expect(cluster.events().at(-1)).toBe("ended");
	});

	test("fails if the cluster does not show what was begun, and still cleans up", async () => {
		const operationId = await interrupted();
		cluster.endless.clear();
		cluster.changes = { 4: pausedRepmgrd(4) };
		cluster.exits.set("switchover", 6);
		cluster.onEnd = (key) => key.startsWith("unpause") && cluster.obey(key);
		const { run } = await settled(cluster.operations().resume(operationId));
		const state = run && (await settled(run.finish()));
		expect(state?.outcome).toBe("failed");
		expect(started()).toEqual([expect.stringMatching(/^start unpause-4-/)]);
		expect(cluster.locks.size).toBe(0);
	});

	test("of which nothing was begun is stopped", async () => {
		const operationId = await interrupted();
		cluster.begun.clear();
		const { run } = await settled(cluster.operations().resume(operationId));
		expect(run && (await settled(run.finish())).outcome).toBe("stopped");
		expect(started()).toEqual([]);
	});

	test("whose lock was broken takes it again", async () => {
		const operationId = await interrupted();
		cluster.locks.clear();
		const { run } = await settled(cluster.operations().resume(operationId));
		expect([...cluster.locks.values()].map(({ holder }) => holder.operationId)).toEqual(
			Array(4).fill(operationId),
		);
		expect(cluster.events().slice(-2)).toEqual(["resumed", "locked"]);
		run?.detach();
	});

	test("can be another console's, by the record that lies with the lock", async () => {
		const step = { key: "switchover", title: "", settleSeconds: 5, rejoinLogOn: null, nodeId: 2 };
		cluster.lockFor("theirs", [1, 2, 3], [{ ...step, expects: [{ kind: "primary", nodeId: 2 }] }]);
		cluster.begun.add("switchover");
		cluster.changes = SWITCHED;
		const { run } = await settled(cluster.operations().resume("theirs"));
		expect(run && (await settled(run.finish())).outcome).toBe("done");
		expect(cluster.locks.size).toBe(0);
	});

	test("is refused while another one holds the lock", async () => {
		const operationId = await interrupted();
		cluster.lockFor("other", [1, 2, 3, 4]);
		const { refusal } = await settled(cluster.operations().resume(operationId));
		expect(refusal?.detail).toContain("bob on bastion2");
		expect(cluster.locks.size).toBe(4);
	});

	test("that has ended only has its lock released, and stays what it was", async () => {
		cluster.exits.set("dry-run", 3);
		cluster.onEnd = () => cluster.silent.add(4);
		const operations = cluster.operations();
		const { run } = await settled(operations.approve(await planned(operations, SWITCHOVER)));
		expect(run && (await settled(run.finish())).outcome).toBe("failed");
		expect([...cluster.locks.keys()]).toEqual([4]);
		cluster.silent.clear();
		cluster.calls.splice(0);
		const again = await settled(cluster.operations().resume(run?.state.operationId ?? ""));
		const state = again.run && (await settled(again.run.finish()));
		expect(state).toMatchObject({ outcome: "failed", steps: [] });
		expect(cluster.locks.size).toBe(0);
		expect(cluster.calls).toEqual([]);
	});

	test.each([
		["unknown", {}, /no operation "unknown"/],
		["unknown", { isReadOnly: true }, /read-only/],
	])("is refused: %s, %o", async (operationId, options, message) => {
		expect((await settled(cluster.operations(options).resume(operationId))).refusal?.message).toMatch(
			message,
		);
	});
});

describe("the list of operations", () => {
	test("has this machine's, from the journal", async () => {
		const operationId = await interrupted();
		const { runs, problems } = await settled(cluster.operations().runs());
		expect(runs).toMatchObject([{ operationId, outcome: "interrupted", kind: "switchover", isAlive: false }]);
		expect(problems).toEqual([]);
	});

	test("has another machine's that holds the lock, and says so if only some hosts know it", async () => {
		cluster.lockFor("theirs", [1, 2, 3]);
		cluster.lockFor("forged", [4]);
		const { runs } = await settled(cluster.operations().runs());
		expect(runs?.map(({ operationId, title, isAlive }) => [operationId, title, isAlive])).toEqual([
			["theirs", "switchover", null],
			["forged", expect.stringMatching(/according to "node4" only/), null],
		]);
	});

	test("names the hosts whose locks are not known", async () => {
		cluster.silent.add(3);
		const { problems } = await settled(cluster.operations().runs());
		expect(problems).toEqual([expect.stringMatching(/"node3" is not known/)]);
	});

	test("need not ask the hosts again", async () => {
		const operations = cluster.operations();
		cluster.lockFor("theirs", [1, 2, 3]);
		await settled(operations.runs());
		cluster.locks.clear();
		expect((await settled(operations.runs(false))).runs).toHaveLength(1);
		expect((await settled(operations.runs())).runs).toEqual([]);
	});
});

describe("breaking the lock", () => {
	test("releases another operator's lock on all hosts, and records that in the journal", async () => {
		cluster.lockFor("theirs", [1, 2, 3]);
		expect(await settled(cluster.operations().breakLock("prod"))).toEqual({ unwritten: null });
		expect(cluster.locks.size).toBe(0);
		expect(cluster.events()).toEqual(["lock broken"]);
	});

	test("takes the cluster's exact name", async () => {
		cluster.lockFor("theirs", [1]);
		expect((await settled(cluster.operations().breakLock("Prod"))).refusal?.message).toContain('"prod"');
		expect(cluster.locks.size).toBe(1);
	});

	test("is refused in a read-only session", async () => {
		cluster.lockFor("theirs", [1]);
		expect(await cluster.operations({ isReadOnly: true }).breakLock("prod")).toMatchObject({
			refusal: { message: expect.stringMatching(/read-only/) },
		});
		expect(cluster.locks.size).toBe(1);
	});

	test("names the hosts where it could not be done", async () => {
		cluster.lockFor("theirs", [1, 2]);
		cluster.silent.add(2);
		expect((await settled(cluster.operations().breakLock("prod"))).refusal?.message).toMatch(/on node 2$/);
		expect([...cluster.locks.keys()]).toEqual([2]);
	});

	test("does not depend on the journal", async () => {
		appendFileSync(cluster.path("file"), "");
		cluster.journalPath = cluster.path("file/journal.jsonl");
		cluster.lockFor("theirs", [1, 2]);
		cluster.silent.add(2);
		expect((await settled(cluster.operations().breakLock("prod"))).refusal?.detail).toMatch(/journal/);
		expect([...cluster.locks.keys()]).toEqual([2]);
		cluster.silent.clear();
		expect(await settled(cluster.operations().breakLock("prod"))).toEqual({
			unwritten: expect.stringContaining("journal.jsonl"),
		});
		expect(cluster.locks.size).toBe(0);
	});
});

test("closing closes every SSH connection that was opened for changes", async () => {
	const operations = cluster.operations();
	await planned(operations, PAUSE);
	operations.close();
	expect([...cluster.closed].toSorted()).toEqual(["node1", "node2", "node3", "node4"]);
});
