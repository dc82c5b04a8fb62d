import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type OperateOptions, operateCommand } from "../../src/command/operate.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import { Journal } from "../../src/execution/journal.ts";
import { Run } from "../../src/execution/run.ts";
import type { RunContext } from "../../src/execution/run-context.ts";
import type { Intent } from "../../src/model/intent.ts";
import type { DrillReport } from "../../src/operation/drill/report.ts";
import { beginRun } from "../../src/operation/run/run-state.ts";
import type { Operations, Session } from "../../src/session/session.ts";
import { FakeCluster, PAUSE, pausedRepmgrd, SWITCHOVER, settled } from "../support/fake-cluster.ts";
import { fault } from "../support/fake-query.ts";
import { recordOutput } from "../support/fake-session.ts";

let cluster: FakeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: Date.UTC(2026, 10, 23) });
	cluster = new FakeCluster();
});
afterEach(() => {
	cluster.remove();
	vi.useRealTimers();
});

/** An operator who answers, and may press Ctrl-C or have the program terminated. */
function operator(...answers: readonly string[]) {
	const questions: string[] = [];
	const left = [...answers];
	const listeners = { interrupt: new Set<() => void>(), terminate: new Set<() => void>() };
	const listenTo = (to: Set<() => void>) => (listener: () => void) => {
		to.add(listener);
		return () => to.delete(listener);
	};
	const interaction: Interaction = {
		isInteractive: answers.length > 0,
		ask(question) {
			questions.push(question);
			return Promise.resolve(left.shift() ?? null);
		},
		onInterrupt: listenTo(listeners.interrupt),
		onTerminate: listenTo(listeners.terminate),
	};
	const send = (to: keyof typeof listeners) => {
		for (const listener of listeners[to]) listener();
	};
	return { interaction, questions, listeners, send };
}

const OPTIONS: OperateOptions = {
	yes: true,
	acceptLoss: null,
	json: false,
	runbook: false,
	dryRun: false,
	reportFile: null,
	newPassword: null,
};

function begin(
	intent: Intent | string,
	options: Partial<OperateOptions> = {},
	{ session = cluster.session() as Session, by = operator() } = {},
) {
	const { out, err, output } = recordOutput();
	const exit = operateCommand(session, () => intent, { ...OPTIONS, ...options }, output, by.interaction);
	return { exit, out, err };
}

async function operate(...given: Parameters<typeof begin>) {
	const { exit, out, err } = begin(...given);
	return { exitCode: await settled(exit), out: out.join("\n"), err: err.join("\n"), documents: out };
}

const started = () => cluster.calls.filter((call) => call.startsWith("start "));

describe("the exit code", () => {
	test("is 0 when it is done", async () => {
		cluster.onEnd = cluster.obey;
		const { exitCode, out, err } = await operate(PAUSE);
		expect([exitCode, err]).toEqual([0, ""]);
		expect(out).toMatch(/pause repmgrd on "node1"\n[\s\S]*done after/);
	});

	test("is 1 when it fails, and recovery options are printed", async () => {
		cluster.exits.set("dry-run", 3);
		cluster.outputs.set("dry-run", "ERROR: no\n");
		const { exitCode, out } = await operate(SWITCHOVER);
		expect(exitCode).toBe(1);
		expect(out).toContain("  | ERROR: no");
		expect(out).toMatch(/"node1" is the primary/);
		expect(cluster.locks.size).toBe(0);
	});

	test("is 1 when the operator stops it", async () => {
		const by = operator("s");
		cluster.endless.add("dry-run");
		const { exit } = begin(SWITCHOVER, {}, { by });
		await vi.advanceTimersByTimeAsync(10_000);
		by.send("interrupt");
		await vi.advanceTimersByTimeAsync(10_000);
		cluster.endless.clear();
		expect(await settled(exit)).toBe(1);
		expect(started()).toEqual(["start dry-run"]);
		expect(cluster.locks.size).toBe(0);
	});

	test.each([
		["a check fails", { 2: { server: { freeWalSenders: 0 } } }],
		["another console works on the cluster", { 1: { host: { lock: "unreadable" } } }],
	] as const)("is 2 when it is refused: %s", async (_, surveys) => {
		cluster.surveys = surveys;
		const { exitCode, out, err } = await operate(SWITCHOVER);
		expect([exitCode, out]).toEqual([2, ""]);
		expect(err).toMatch(/^repmgr-console: error: /);
		expect(cluster.locks.size).toBe(0);
	});

	test("is 2 when another console takes the lock first", async () => {
		cluster.lockFor("other", [1]);
		const { exitCode, err } = await operate(PAUSE);
		expect(exitCode).toBe(2);
		expect(err).toContain("bob on bastion2");
		expect(started()).toEqual([]);
	});

	test("is 2 when the plan changes while the operator reads it", async () => {
		const by = operator("y");
		by.interaction.ask = async () => {
			await vi.advanceTimersByTimeAsync(5000);
			cluster.changes = { 3: pausedRepmgrd(3) };
			return "y";
		};
		expect((await operate(PAUSE, { yes: false }, { by })).exitCode).toBe(2);
		expect(started()).toEqual([]);
	});

	test("is 2 when the cluster can't be read", async () => {
		const unread = () => Promise.resolve(fault("unreachable"));
		const { exitCode, err } = await operate(
			PAUSE,
			{},
			{ session: { ...cluster.session(), firstPicture: unread } },
		);
		expect([exitCode, err]).toEqual([2, "repmgr-console: error: a fault of kind unreachable"]);
	});

	test("is 2 when the arguments name no node", async () => {
		expect(await operate("no such node")).toMatchObject({
			exitCode: 2,
			err: expect.stringMatching(/no such node/),
		});
	});

	test.each(["terminate", "interrupt"] as const)(
		"is 3 when it is left running, without a terminal to ask at (%s)",
		async (signal) => {
			const by = operator();
			cluster.endless.add("dry-run");
			const { exit, out } = begin(SWITCHOVER, {}, { by });
			await vi.advanceTimersByTimeAsync(10_000);
			by.send(signal);
			expect(await settled(exit)).toBe(3);
			expect(out.join("\n")).toMatch(/runs resume \d{8}T\d{6}-switchover-[0-9a-f]{4}/);
			expect(cluster.locks.size).toBe(4);
		},
	);

	test("is 3 when the operator detaches", async () => {
		const by = operator("d");
		cluster.endless.add("dry-run");
		const { exit } = begin(SWITCHOVER, {}, { by });
		await vi.advanceTimersByTimeAsync(10_000);
		by.send("interrupt");
		expect(await settled(exit)).toBe(3);
		expect(by.questions).toHaveLength(1);
	});

	test("is 0 when the operator presses Ctrl-C and continues", async () => {
		cluster.onEnd = cluster.obey;
		const by = operator("");
		cluster.endless.add("dry-run");
		const { exit } = begin(SWITCHOVER, {}, { by });
		await vi.advanceTimersByTimeAsync(10_000);
		by.send("interrupt");
		cluster.endless.clear();
		expect(await settled(exit)).toBe(0);
	});
});

test("a signal while the lock is being taken leaves a run that can be resumed", async () => {
	const by = operator();
	const operations = cluster.operations();
	const locking: Operations = {
		...operations,
		approve(plan) {
			by.send("interrupt");
			by.send("terminate");
			return operations.approve(plan);
		},
	};
	const { exitCode } = await operate(PAUSE, {}, { session: cluster.session(locking), by });
	expect(exitCode).toBe(3);
	expect(cluster.locks.size).toBe(4);
});

test("removes its signal listeners at the end", async () => {
	const by = operator();
	cluster.onEnd = cluster.obey;
	await operate(PAUSE, {}, { by });
	expect([by.listeners.interrupt.size, by.listeners.terminate.size]).toEqual([0, 0]);
});

describe("before confirmation", () => {
	test("shows the plan and repmgr's dry run", async () => {
		cluster.outputs.set("dry run", "INFO: prerequisites are met\n");
		const by = operator("no");
		const { exitCode, out, err } = await operate(SWITCHOVER, { yes: false }, { by });
		expect(exitCode).toBe(2);
		expect(out).toMatch(/^switchover to "node2", cluster "prod"/);
		expect(err).toContain("INFO: prerequisites are met");
		expect(err).toContain("Nothing was changed.");
		expect(by.questions).toHaveLength(1);
		expect(cluster.locks.size).toBe(0);
	});

	test("refuses without a question if the dry run fails", async () => {
		cluster.exits.set("dry run", 1);
		const by = operator("node2");
		expect((await operate(SWITCHOVER, { yes: false }, { by })).exitCode).toBe(2);
		expect(by.questions).toEqual([]);
		expect(cluster.locks.size).toBe(0);
	});

	test("refuses if the dry run can't be run", async () => {
		const operations = cluster.operations();
		const dryRun = () => Promise.resolve(fault("timeout"));
		const { exitCode, err } = await operate(
			SWITCHOVER,
			{ yes: false },
			{ session: cluster.session({ ...operations, dryRun }), by: operator("node2") },
		);
		expect([exitCode, err]).toEqual([2, "repmgr-console: error: a fault of kind timeout"]);
	});

	test("refuses without a terminal and without --yes", async () => {
		expect((await operate(PAUSE, { yes: false })).exitCode).toBe(2);
		expect(cluster.locks.size).toBe(0);
	});

	test("starts on the right answer", async () => {
		cluster.onEnd = cluster.obey;
		expect((await operate(SWITCHOVER, { yes: false }, { by: operator("node2") })).exitCode).toBe(0);
	});
});

describe("without a run", () => {
	test("--runbook prints the plan as Markdown", async () => {
		const { exitCode, out, documents } = await operate(SWITCHOVER, { runbook: true });
		expect([exitCode, documents.length]).toEqual([0, 1]);
		expect(out).toMatch(/^# /);
		expect(cluster.calls).not.toContain("node2: dry run");
	});

	test("--dry-run runs repmgr's dry run even with --yes", async () => {
		expect((await operate(SWITCHOVER, { dryRun: true })).exitCode).toBe(0);
		expect(cluster.calls).toContain("node2: dry run");
		cluster.exits.set("dry run", 1);
		expect((await operate(SWITCHOVER, { dryRun: true })).exitCode).toBe(2);
		expect(cluster.locks.size).toBe(0);
	});
});

describe("--json prints one document", () => {
	const json = async (...[intent, options, more]: Parameters<typeof begin>) => {
		const { exitCode, documents } = await operate(intent, { json: true, ...options }, more);
		expect(documents).toHaveLength(1);
		return { exitCode, document: JSON.parse(documents[0] ?? "") };
	};

	test("of a plan", async () => {
		const { exitCode, document } = await json(SWITCHOVER, { dryRun: true });
		expect(exitCode).toBe(0);
		expect(document).toMatchObject({
			schema: 1,
			plan: { title: 'switchover to "node2"', intent: SWITCHOVER },
		});
	});

	test("of a run", async () => {
		cluster.onEnd = cluster.obey;
		const { exitCode, document } = await json(PAUSE);
		expect(exitCode).toBe(0);
		expect(document).toMatchObject({ schema: 1, run: { outcome: "done" }, waysOut: null });
	});

	test("of a failure, with recovery options", async () => {
		cluster.exits.set("dry-run", 3);
		const { exitCode, document } = await json(SWITCHOVER);
		expect(exitCode).toBe(1);
		expect(document).toMatchObject({
			run: { outcome: "failed" },
			waysOut: { ways: expect.any(Array) },
		});
	});

	test("of a failure after which the cluster can't be read", async () => {
		cluster.exits.set("dry-run", 3);
		const facts = () => Promise.reject(new Error("boom"));
		const { exitCode, document } = await json(
			SWITCHOVER,
			{},
			{ session: cluster.session({ ...cluster.operations(), facts }) },
		);
		expect(exitCode).toBe(1);
		expect(document).toMatchObject({ run: { outcome: "failed" }, waysOut: null });
	});

	test("of a refusal, before and after confirmation", async () => {
		cluster.lockFor("other", [1]);
		expect(await json(PAUSE)).toMatchObject({ exitCode: 2, document: { schema: 1, refusal: {} } });
		cluster.surveys = { 2: { server: { freeWalSenders: 0 } } };
		const { document } = await json(SWITCHOVER);
		expect(document.refusal.prerequisites.length).toBeGreaterThan(5);
		expect((await json("no such node")).document.refusal.message).toBe("no such node");
	});
});

describe("the report of a drill", () => {
	test("must be writable before anything is changed", async () => {
		const { exitCode, err } = await operate(PAUSE, { reportFile: cluster.path("none/report.md") });
		expect(exitCode).toBe(2);
		expect(err).toMatch(/could not write the report/);
		expect(cluster.locks.size).toBe(0);
		expect(started()).toEqual([]);
	});

	const report: DrillReport = {
		cluster: "prod",
		how: "kill",
		beganAt: 0,
		primary: "node1",
		predicted: { winner: "node2", seconds: null, lossBytes: 0, isSynchronous: false, assumptions: [] },
		came: {
			winner: "node2",
			secondsToPrimary: 20,
			writeOutageSeconds: 21,
			acknowledgedWrites: 900,
			lostWrites: 0,
			longestPauseSeconds: 0.1,
			longestSilenceSeconds: 0.1,
			isHealthy: true,
		},
		nodes: [],
		timeline: [],
		advice: [],
	};

	/** A session whose only operation ends at once with a report. */
	function reporting(): Session {
		const operations = cluster.operations();
		const { snapshot } = cluster.store.getState();
		const approve: Operations["approve"] = (plan) => {
			const context: RunContext = {
				hosts: [],
				watch: { snapshot: () => snapshot, until: () => Promise.resolve(snapshot) },
				journal: new Journal(cluster.journalPath, (text) => text),
				operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: 1 },
				redact: (text) => text,
				release: () => Promise.resolve([]),
				localSteps: {
					work: () => undefined,
					replan: () => Promise.resolve([]),
					report: () => report,
					close() {},
				},
			};
			const run = new Run(beginRun("op", { ...plan, steps: [] }, "alice", 0), context, "fresh");
			return Promise.resolve({ run });
		};
		return cluster.session({ ...operations, approve });
	}

	test("is printed, and written as Markdown", async () => {
		const reportFile = cluster.path("report.md");
		const { exitCode, out, err } = await operate(PAUSE, { reportFile }, { session: reporting() });
		expect([exitCode, err]).toEqual([0, `wrote the report to ${reportFile}`]);
		expect(out).toContain("900");
		expect(readFileSync(reportFile, "utf8")).toMatch(/^# [\s\S]*900/);
	});

	test("does not change the exit code if it can't be written at the end", async () => {
		const reportFile = cluster.path("report.md");
		const session = reporting();
		const operations = await session.operations();
		const approve: Operations["approve"] = (plan) => {
			rmSync(reportFile);
			mkdirSync(reportFile);
			return operations.approve(plan);
		};
		const { exitCode, err } = await operate(
			PAUSE,
			{ reportFile },
			{ session: cluster.session({ ...operations, approve }) },
		);
		expect(exitCode).toBe(0);
		expect(err).toMatch(/could not write the report/);
	});
});
