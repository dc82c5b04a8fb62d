import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Host } from "../../src/execution/host.ts";
import { Journal } from "../../src/execution/journal.ts";
import { CLAIM_SCRIPT, FOLLOW_SCRIPT, START_SCRIPT } from "../../src/execution/remote-scripts.ts";
import { Run } from "../../src/execution/run.ts";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { beginRun } from "../../src/operation/run/run-state.ts";
import { factsOf } from "../support/facts.ts";
import { type Changes, worldOf } from "../support/worlds.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	vi.useFakeTimers({ now: Date.now() });
});
afterEach(() => {
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

/** A cluster whose hosts and servers do as the test says. */
class Stage {
	/** Hosts that do not answer over SSH. */
	readonly silent = new Set<number>();
	/** Exit codes by step; otherwise 0. */
	readonly exits = new Map<string, number>();
	readonly started: string[] = [];
	/** Steps whose commands do not end. */
	readonly going = new Set<string>();
	/** Steps that an earlier console began. */
	readonly begun = new Set<string>();
	/** Called when a step's command ends. */
	onEnd: (key: string) => void = () => {};
	changes: Changes = {};
	releases = 0;

	run(plan: Plan, begin: "fresh" | "resumed" = "fresh"): Run {
		const state = beginRun("op-1", plan, "alice", Date.now());
		const hosts = [1, 2, 3, 4].map((nodeId) => this.#host(nodeId));
		return new Run(
			state,
			{
				hosts,
				watch: { snapshot: () => this.#snapshot(), until: (isSo, ms) => this.#until(isSo, ms) },
				journal: new Journal(join(directory, "journal.jsonl"), (text) => text),
				operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: 1 },
				redact: (text) => text,
				localSteps: null,
				release: async () => {
					this.releases += 1;
					return [...this.silent];
				},
			},
			begin,
		);
	}

	/** As read now: older readings are no evidence. */
	#snapshot(): ClusterSnapshot {
		const { snapshot } = worldOf(this.changes);
		const nodes = snapshot.nodes.map((node) => {
			const { good } = node.state.server;
			const server = { ...node.state.server, good: good && { ...good, at: Date.now() } };
			return { ...node, state: { ...node.state, server } };
		});
		return { ...snapshot, takenAt: Date.now(), nodes };
	}

	async #until(isSo: (snapshot: ClusterSnapshot) => boolean, ms: number): Promise<ClusterSnapshot> {
		for (const from = Date.now(); Date.now() - from < ms && !isSo(this.#snapshot()); ) {
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		return this.#snapshot();
	}

	#host(nodeId: number): Host {
		const answer = async (argv: readonly string[]): Promise<string> => {
			const [, , , , script, , ...words] = argv;
			if (script === START_SCRIPT) {
				this.started.push(words[2] ?? "");
				return "started";
			}
			const key = words[1] ?? "";
			if (script === CLAIM_SCRIPT) return this.begun.has(key) ? "begun\n" : "never\n";
			if (script !== FOLLOW_SCRIPT) return "";
			if (this.going.has(key)) {
				await new Promise((resolve) => setTimeout(resolve, 5000));
				return "state running\nstdout \nstderr \n";
			}
			this.onEnd(key);
			return `state exit ${this.exits.get(key) ?? 0}\nstdout \nstderr \n`;
		};
		return {
			nodeId,
			user: "postgres",
			configFile: "/etc/repmgr.conf",
			shell: {
				connect: async () => ({ value: true }),
				run: async (argv) =>
					this.silent.has(nodeId)
						? { fault: { kind: "unreachable", message: "no way there" } }
						: { value: { exitCode: 0, stdout: await answer(argv), stderr: "" } },
				close() {},
			},
		};
	}
}

function switchover(): Plan {
	const intent = { siblingsFollow: true, forceRewind: false, acceptLostSlots: false } as const;
	const { plan } = request({ kind: "switchover", nodeId: 2, ...intent }, factsOf());
	if (plan === undefined) throw new Error("there is no plan");
	return plan;
}

async function finish(run: Run, minutes = 30) {
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(minutes * 60_000);
	return await finished;
}

const paused = (nodeId: number) => ({
	server: {
		repmgrd: {
			running: true,
			pid: 9,
			paused: true,
			upstreamLastSeenSeconds: 0,
			localNodeId: nodeId,
			upstreamNodeId: 1,
		},
	},
});
const ALL_PAUSED: Changes = { 1: paused(1), 2: paused(2), 3: paused(3), 4: paused(4) };

const statusOf = (run: Run) =>
	Object.fromEntries(run.state.steps.map(({ step, status }) => [step.key, status]));

test("a host that is gone keeps no other node from being unpaused", async () => {
	const stage = new Stage();
	stage.exits.set("dry-run", 1);
	stage.changes = ALL_PAUSED;
	stage.silent.add(1);
	stage.onEnd = (key) => {
		const id = Number(/^unpause-(\d)$/.exec(key)?.[1] ?? 0);
		if (id > 0) stage.changes = { ...stage.changes, [id]: {} };
	};
	const run = stage.run(switchover());
	const state = await finish(run);
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
	const stage = new Stage();
	stage.exits.set("dry-run", 1);
	stage.changes = { 1: { fault: { kind: "refused" }, host: { postmaster: false } } };
	const run = stage.run(switchover());
	await finish(run);
	const { status, notes } = run.state.steps.find(({ step }) => step.key === "unpause-1") ?? {};
	expect([status, notes]).toEqual(["failed", ['PostgreSQL does not run on "node1"']]);
	expect(stage.started).not.toContain("unpause-1");
});

test("a command that may not have arrived is never started later, and counts as failed", async () => {
	const stage = new Stage();
	stage.silent.add(2);
	const run = stage.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(30_000);
	stage.silent.clear();
	await vi.advanceTimersByTimeAsync(120_000);
	expect((await finished).outcome).toBe("failed");
	expect(stage.started).toEqual([]);
	expect(run.state.steps[0]?.notes.join()).toContain("was not started, and will not be");
});

test("a console that is cut off from the whole cluster judges nothing until it can read it again", async () => {
	const stage = new Stage();
	const unseen: Changes = Object.fromEntries([1, 2, 3, 4].map((id) => [id, { fault: { kind: "timeout" } }]));
	stage.onEnd = (key) => {
		if (key !== "switchover") return;
		stage.changes = unseen;
		for (const id of [1, 2, 3, 4]) stage.silent.add(id);
	};
	const run = stage.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(4 * 60_000);
	expect(statusOf(run).switchover).toBe("verifying");
	stage.silent.clear();
	// The switchover had no effect, which can be seen now.
	stage.changes = {};
	await vi.advanceTimersByTimeAsync(5 * 60_000);
	expect((await finished).outcome).toBe("failed");
	expect(run.state.steps[1]?.notes.join()).toContain('"node2" is not a primary');
	expect(statusOf(run)["unpause-4"]).toBe("not needed");
});

test("a step is stalled when no server accepts writes for long while its command runs", async () => {
	const stage = new Stage();
	const run = stage.run(switchover());
	const stalled = () => run.state.steps.find(({ step }) => step.key === "switchover")?.isStalled;
	stage.going.add("switchover");
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(stalled()).toBeUndefined();
	stage.changes = { 1: { fault: { kind: "refused", code: "57P03", message: "shutting down" } } };
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
	const stage = new Stage();
	const plan = switchover();
	const trial = plan.steps[0];
	if (trial === undefined) throw new Error("there is a trial");
	// Its expectation is not met any more.
	const first = { ...trial, expects: [{ kind: "paused", nodeId: 3, isPaused: true } as const] };
	const last = { ...trial, key: "last" };
	stage.begun.add("dry-run").add("last");
	const never = { ...trial, key: "never" };
	const run = stage.run({ ...plan, steps: [first, last, never] }, "resumed");
	expect((await finish(run)).outcome).toBe("stopped");
	expect(statusOf(run)).toEqual({ "dry-run": "done", last: "done", never: "skipped" });
	expect(stage.started).toEqual([]);
	expect(stage.releases).toBe(1);
});

test("an interrupted operation stays as it is while one of its hosts does not answer", async () => {
	const stage = new Stage();
	stage.silent.add(2);
	const run = stage.run(switchover(), "resumed");
	const state = await finish(run);
	expect(state.outcome).toBe("detached");
	expect(state.notes.join()).toMatch(/whether node 2 has begun "switchover" can't be told/);
	expect(stage.releases).toBe(0);
});

test("detaching during verification takes a moment, not a minute", async () => {
	const stage = new Stage();
	const run = stage.run(switchover());
	const finished = run.finish();
	await vi.advanceTimersByTimeAsync(20_000);
	expect(statusOf(run).switchover).toBe("verifying");
	run.detach();
	await vi.advanceTimersByTimeAsync(1000);
	expect((await finished).outcome).toBe("detached");
	expect(stage.releases).toBe(0);
});
