import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChangeIntent } from "../../src/model/intent.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import type { Operations } from "../../src/session/session.ts";
import { FakeCluster, settled } from "../support/fake-cluster.ts";
import { NOW } from "../support/records.ts";

const IDS = [1, 2, 3, 4];
const INTENT = { kind: "change", what: "password", password: "generated" } as const;

let cluster: FakeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	cluster = new FakeCluster();
	cluster.surveys = Object.fromEntries(IDS.map((id) => [id, { server: { role: "console" } }]));
	cluster.onEnd = cluster.obey;
});
afterEach(() => {
	cluster.remove();
	vi.useRealTimers();
});

async function planned(operations: Operations, intent: ChangeIntent = INTENT): Promise<Plan> {
	const { plan, refusal } = await settled(operations.request(intent));
	if (plan === undefined) throw new Error(JSON.stringify(refusal));
	return plan;
}

/** The steps that were given a text. */
const given = (text: string): readonly string[] =>
	[...cluster.inputs].flatMap(([key, input]) => (input.includes(text) ? [key] : []));

test("the password goes to the hosts by standard input alone: neither journal, lock, output nor state has it", async () => {
	const password = "a-password-of-mine";
	const operations = cluster.operations();
	cluster.outputs.set("see-2", `node1 (sql): it said ${password}\n`);
	const { run } = await settled(
		operations.approve(await planned(operations, { ...INTENT, password: "given" }), password),
	);
	const lock = JSON.stringify([...cluster.locks.values()]);
	const state = run && (await settled(run.finish()));
	expect(state?.outcome, JSON.stringify(state?.steps.map(({ step, notes }) => [step.key, notes]))).toBe(
		"done",
	);
	expect(given(password)).toEqual(IDS.map((id) => `prepare-${id}`));
	expect(lock).toContain('"changesPassword":true');
	for (const text of [lock, JSON.stringify(state), readFileSync(cluster.journalPath, "utf8")]) {
		expect(text).not.toContain(password);
		expect(text).not.toContain("SCRAM-SHA-256$4096");
	}
});

/** Leaves the change while the primary's role is changed. */
async function interrupted(): Promise<string> {
	cluster.endless.add("renew-1");
	const operations = cluster.operations();
	const { run } = await settled(operations.approve(await planned(operations)));
	if (run === undefined) throw new Error("it is not carried out");
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(30_000);
	expect(cluster.inputs.get("prepare-4"), "one is made").toMatch(/\n[A-Za-z0-9]{32}\nSCRAM/);
	run.detach();
	expect((await settled(finished)).outcome).toBe("detached");
	for (const id of IDS) cluster.begun.add(`prepare-${id}`).add(`pause-${id}`);
	cluster.begun.add("renew-1");
	cluster.endless.clear();
	cluster.calls.splice(0);
	return run.state.operationId;
}

test("a change that broke off is ended on every host, from this machine and from another, without the password", async () => {
	for (const journal of [null, cluster.path("another.jsonl")]) {
		const operationId = await interrupted();
		const own = cluster.journalPath;
		if (journal !== null) cluster.journalPath = journal;
		const { run, refusal } = await settled(cluster.operations().resume(operationId));
		expect(refusal).toBeUndefined();
		await settled(run?.finish() ?? Promise.reject(new Error("not resumed")));
		const begun = cluster.calls.filter((call) => call.startsWith("start ")).map((call) => call.slice(6, 11));
		expect(begun.filter((key) => key.startsWith("end-"))).toEqual(IDS.map((id) => `end-${id}`));
		expect(begun.some((key) => /^(?:prep|renew|see)/.test(key))).toBe(false);
		expect(cluster.locks.size).toBe(0);
		cluster.journalPath = own;
		cluster.changes = {};
		cluster.begun.clear();
		cluster.calls.splice(0);
	}
});

test("it is not resumed while a host can't be read", async () => {
	const operationId = await interrupted();
	cluster.silent.add(3);
	const { refusal } = await settled(cluster.operations().resume(operationId));
	expect(refusal?.message).toContain("a host can't be read");
});
