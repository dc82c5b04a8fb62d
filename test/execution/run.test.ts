import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Journal } from "../../src/execution/journal.ts";
import { Run } from "../../src/execution/run.ts";
import type { Begin, LocalSteps, LocalWork, RunContext } from "../../src/execution/run-context.ts";
import type { Plan, Step } from "../../src/operation/plan/plan.ts";
import { beginRun, type Ending } from "../../src/operation/run/run-state.ts";
import { foreseen } from "../support/worlds.ts";

const directories: string[] = [];
afterEach(() => {
	for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const snapshot = foreseen();

function local(key: string, more: Partial<Step> = {}): Step {
	return {
		key,
		title: key,
		by: "this console",
		command: { nodeId: 1, user: "", argv: [], sharesSshTo: [] },
		expects: [],
		settleSeconds: 0,
		verification: "",
		wayBack: "",
		runs: "in order",
		rejoinLogOn: null,
		...more,
	};
}

const succeed: LocalWork = () => Promise.resolve(true);
const fail: LocalWork = (tell) => {
	tell("no");
	return Promise.resolve(false);
};

function runOf(
	steps: readonly Step[],
	works: Readonly<Record<string, LocalWork>>,
	{
		replanned = [] as readonly Step[],
		begin = "fresh" as Begin,
		journalName = "journal.jsonl",
		endedAs = null as Ending | null,
		stateNow = null as NonNullable<RunContext["stateNow"]> | null,
	} = {},
) {
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-run-"));
	directories.push(directory);
	const path = join(directory, journalName);
	const releases: true[] = [];
	const closed: true[] = [];
	const waits: number[] = [];
	const localSteps: LocalSteps = {
		work: (key) => works[key],
		replan: () => Promise.resolve(replanned),
		report: () => null,
		close: () => closed.push(true),
	};
	const plan = {
		intent: { kind: "drill" },
		cluster: "prod",
		systemIdentifier: "7",
		steps,
		...(stateNow !== null && { before: [{ title: "slots", value: "one" }] }),
	} as unknown as Plan;
	const run = new Run(
		beginRun("op", plan, "alice", 1),
		{
			hosts: [],
			watch: {
				snapshot: () => snapshot,
				until: (_, deadlineMs) => {
					waits.push(deadlineMs);
					return Promise.resolve(snapshot);
				},
			},
			journal: new Journal(path, (text) => text),
			operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: 1 },
			redact: (text) => text,
			release: () => {
				releases.push(true);
				return Promise.resolve([]);
			},
			localSteps,
			endedAs,
			...(stateNow !== null && { stateNow }),
		},
		begin,
	);
	const events = () =>
		readFileSync(path, "utf8")
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { event: string; step?: string });
	return { run, events, closed, waits, releases };
}

const statuses = (steps: Run["state"]["steps"]) => steps.map(({ step, status }) => `${step.key} ${status}`);

test("an operation that had failed, and only left a lock, stays failed", async () => {
	const { run, events, releases } = runOf([], {}, { begin: "resumed", endedAs: "failed" });
	expect((await run.finish()).outcome).toBe("failed");
	expect(events()).toMatchObject([{ event: "ended", outcome: "failed" }]);
	expect(releases).toHaveLength(1);
});

test("the rest is replanned after a step that replans, also after a failure", async () => {
	const guess = [local("guess"), local("guess-too", { runs: "always" })];
	const { run, events, closed } = runOf(
		[local("a"), local("b"), local("look", { looksAgain: true }), ...guess],
		{ a: fail, b: succeed, back: succeed },
		{ replanned: [local("back"), local("tidy", { runs: "always" })] },
	);
	const state = await run.finish();
	expect(statuses(state.steps)).toEqual(["a failed", "b skipped", "look skipped", "back done", "tidy done"]);
	expect(state.outcome).toBe("failed");
	expect(state.steps[0]?.output).toBe("no\n");
	expect(events().map(({ event, step }) => `${event} ${step ?? ""}`.trim())).toEqual([
		...["started a", "failed a", "skipped b", "skipped look", "looked again"],
		...["started back", "done back", "started tidy", "done tidy", "ended"],
	]);
	expect(closed).toHaveLength(1);
});

test("steps that start together do not stop each other; one that fails stops what comes after them", async () => {
	const begun: string[] = [];
	let go = (): void => {};
	const together = new Promise<void>((resolve) => (go = resolve));
	const meet =
		(key: string, isWell: boolean): LocalWork =>
		async () => {
			begun.push(key);
			if (begun.length === 2) go();
			await together;
			return isWell;
		};
	const { run } = runOf([local("a", { together: true }), local("b", { together: true }), local("c")], {
		a: meet("a", false),
		b: meet("b", true),
		c: succeed,
	});
	expect(statuses((await run.finish()).steps)).toEqual(["a failed", "b done", "c skipped"]);
});

test("the effect of a local step is waited for if it succeeded, not if it failed", async () => {
	const expects = [{ kind: "primary", nodeId: 2 }] as const;
	const failing = runOf([local("a", { expects, settleSeconds: 30 })], { a: fail });
	await failing.run.finish();
	expect(failing.waits).toEqual([0]);
	const succeeding = runOf([local("a", { expects, settleSeconds: 30 })], { a: succeed });
	expect((await succeeding.run.finish()).outcome).toBe("failed");
	expect(succeeding.waits).toEqual([30_000]);
});

test("the replanned steps run although the operator stopped the operation", async () => {
	const { run } = runOf(
		[local("a"), local("b"), local("look", { looksAgain: true })],
		{ a: succeed },
		{ replanned: [local("back")] },
	);
	run.stopAfterStep();
	expect(statuses((await run.finish()).steps)).toEqual([
		"a skipped",
		"b skipped",
		"look skipped",
		"back done",
	]);
});

test("a detached run does nothing more, and is closed", async () => {
	let run: Run | null = null;
	const detaching: LocalWork = () => {
		run?.detach();
		return Promise.resolve(true);
	};
	const made = runOf([local("a"), local("b")], { a: detaching, b: succeed });
	run = made.run;
	const state = await made.run.finish();
	expect(state.outcome).toBe("detached");
	expect(state.steps[1]?.status).toBe("waiting");
	expect(made.closed).toHaveLength(1);
});

test("a step that an earlier console may have begun is not needed if its host is unknown", async () => {
	const begun = local("outage", { runs: "if begun" });
	const { by: _, ...onHost } = begun;
	const { run } = runOf(
		[onHost, local("look", { runs: "always", looksAgain: true })],
		{},
		{ replanned: [local("back")], begin: "resumed" },
	);
	const state = await run.finish();
	expect(statuses(state.steps)).toEqual(["outage not needed", "look done", "back done"]);
	expect(state.outcome).toBe("done");
});

test("an operation whose journal can't be written any more is carried out, cleaned up and unlocked, with a note", async () => {
	const steps = [local("a"), local("b"), local("unpause", { runs: "always" })];
	// Its directory is the machine's /tmp, which others may write.
	const { run, releases, closed } = runOf(
		steps,
		{ a: succeed, b: fail, unpause: succeed },
		{ journalName: ".." },
	);
	const state = await run.finish();
	expect(statuses(state.steps)).toEqual(["a done", "b failed", "unpause done"]);
	expect(state.outcome).toBe("failed");
	expect(state.notes).toEqual([expect.stringMatching(/the journal can't be written.*written by others/)]);
	expect([releases.length, closed.length]).toEqual([1, 1]);
});

test("a defect in one step fails that step, and cleanup steps run", async () => {
	const broken: LocalWork = () => Promise.reject(new Error("boom"));
	const steps = [local("a"), local("b"), local("unpause", { runs: "always" })];
	const { run, releases, events } = runOf(steps, { a: broken, b: succeed, unpause: succeed });
	const state = await run.finish();
	expect(statuses(state.steps)).toEqual(["a failed", "b skipped", "unpause done"]);
	expect(state.steps[0]?.notes).toEqual(["a defect of this console: Error: boom"]);
	expect(releases).toHaveLength(1);
	expect(events().at(-1)).toMatchObject({ event: "ended" });
});

test("a run that can't be replanned is left to be resumed, with its lock", async () => {
	const { run, releases } = runOf(
		[local("look", { looksAgain: true })],
		{ look: succeed },
		{ replanned: null as never },
	);
	const state = await run.finish();
	expect(state.outcome).toBe("detached");
	expect(state.notes).toEqual([expect.stringMatching(/a defect of this console/)]);
	expect(releases).toHaveLength(0);
});

test("only the end of a long output is kept, with a note", async () => {
	const talks: LocalWork = (tell) => {
		for (let line = 0; line < 300; line++) tell(`line ${line} ${"x".repeat(1000)}`);
		return Promise.resolve(true);
	};
	const { run } = runOf([local("a")], { a: talks });
	const lines = (await run.finish()).steps[0]?.output.split("\n") ?? [];
	expect(lines[0]).toBe("(earlier output is left out)");
	expect(lines[1]).toMatch(/^line \d+ x+$/);
	expect(lines.slice(-2)).toEqual([expect.stringMatching(/^line 299 /), ""]);
});

test("what the plan sets right is compared in the end, and noted; what can't be read then is not known", async () => {
	const stateNow = () => Promise.resolve([{ title: "slots", value: "none" }]);
	const { run, events } = runOf([local("one")], { one: succeed }, { stateNow });
	const compared = [{ title: "slots", before: "one", after: "none" }];
	expect(await run.finish()).toMatchObject({ outcome: "done", compared });
	expect(events()).toContainEqual(expect.objectContaining({ event: "compared", rows: compared }));
	const blind = runOf([local("one")], { one: succeed }, { stateNow: () => Promise.reject(new Error("no")) });
	expect((await blind.run.finish()).compared).toEqual([{ title: "slots", before: "one", after: null }]);
});
