import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Journal } from "../../src/execution/journal.ts";
import { Run } from "../../src/execution/run.ts";
import type { Begin, LocalSteps, LocalWork } from "../../src/execution/run-context.ts";
import type { Plan, Step } from "../../src/operation/plan/plan.ts";
import { beginRun, type Ending } from "../../src/operation/run/run-state.ts";
import { foreseen } from "../support/worlds.ts";

const directories: string[] = [];
afterEach(() => {
	for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const snapshot = foreseen();

function own(key: string, more: Partial<Step> = {}): Step {
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

const well: LocalWork = () => Promise.resolve(true);
const ill: LocalWork = (tell) => {
	tell("no");
	return Promise.resolve(false);
};

function runOf(
	steps: readonly Step[],
	works: Readonly<Record<string, LocalWork>>,
	remainder: readonly Step[],
	begin: Begin = "fresh",
	journalName = "journal.jsonl",
	endedAs: Ending | null = null,
) {
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-run-"));
	directories.push(directory);
	const path = join(directory, journalName);
	const releases: true[] = [];
	const closed: true[] = [];
	const waits: number[] = [];
	const localSteps: LocalSteps = {
		work: (key) => works[key],
		replan: () => Promise.resolve(remainder),
		report: () => null,
		close: () => closed.push(true),
	};
	const plan = {
		intent: { kind: "drill" },
		cluster: "prod",
		systemIdentifier: "7",
		steps,
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

const fared = (steps: Run["state"]["steps"]) => steps.map(({ step, status }) => `${step.key} ${status}`);

test("what had failed before, and left no more than its lock, is not done for that", async () => {
	const { run, events, releases } = runOf([], {}, [], "resumed", undefined, "failed");
	expect((await run.finish()).outcome).toBe("failed");
	expect(events()).toMatchObject([{ event: "ended", outcome: "failed" }]);
	expect(releases).toHaveLength(1);
});

test("what comes after a look is made again, also where what went before had failed", async () => {
	const guess = [own("guess"), own("guess-too", { runs: "always" })];
	const { run, events, closed } = runOf(
		[own("a"), own("b"), own("look", { looksAgain: true }), ...guess],
		{ a: ill, b: well, back: well },
		[own("back"), own("tidy", { runs: "always" })],
	);
	const state = await run.finish();
	expect(fared(state.steps)).toEqual(["a failed", "b skipped", "look skipped", "back done", "tidy done"]);
	expect(state.outcome).toBe("failed");
	expect(state.steps[0]?.output).toBe("no\n");
	expect(events().map(({ event, step }) => `${event} ${step ?? ""}`.trim())).toEqual([
		...["started a", "failed a", "skipped b", "skipped look", "looked again"],
		...["started back", "done back", "started tidy", "done tidy", "ended"],
	]);
	expect(closed).toHaveLength(1);
});

test("steps that need no other are begun at once; one that fails keeps none of them back, but what comes after", async () => {
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
	const { run } = runOf(
		[own("a", { together: true }), own("b", { together: true }), own("c")],
		{ a: meet("a", false), b: meet("b", true), c: well },
		[],
	);
	expect(fared((await run.finish()).steps)).toEqual(["a failed", "b done", "c skipped"]);
});

test("what the console saw fail is not waited for, what it did well is", async () => {
	const expects = [{ kind: "primary", nodeId: 2 }] as const;
	const failing = runOf([own("a", { expects, settleSeconds: 30 })], { a: ill }, []);
	await failing.run.finish();
	expect(failing.waits).toEqual([0]);
	const succeeding = runOf([own("a", { expects, settleSeconds: 30 })], { a: well }, []);
	expect((await succeeding.run.finish()).outcome).toBe("failed");
	expect(succeeding.waits).toEqual([30_000]);
});

test("a stop that the operator asked for does not keep back the way back", async () => {
	const { run } = runOf([own("a"), own("b"), own("look", { looksAgain: true })], { a: well }, [own("back")]);
	run.stopAfterStep();
	expect(fared((await run.finish()).steps)).toEqual(["a skipped", "b skipped", "look skipped", "back done"]);
});

test("one that is detached does no more, and is closed all the same", async () => {
	let run: Run | null = null;
	const detaching: LocalWork = () => {
		run?.detach();
		return Promise.resolve(true);
	};
	const made = runOf([own("a"), own("b")], { a: detaching, b: well }, []);
	run = made.run;
	const state = await made.run.finish();
	expect(state.outcome).toBe("detached");
	expect(state.steps[1]?.status).toBe("waiting");
	expect(made.closed).toHaveLength(1);
});

test("a step that an earlier console may have begun is no matter where it can't be asked", async () => {
	const begun = own("outage", { runs: "if begun" });
	const { by: _, ...onHost } = begun;
	const { run } = runOf(
		[onHost, own("look", { runs: "always", looksAgain: true })],
		{},
		[own("back")],
		"resumed",
	);
	const state = await run.finish();
	expect(fared(state.steps)).toEqual(["outage not needed", "look done", "back done"]);
	expect(state.outcome).toBe("done");
});

test("a journal that can't be written ends no operation: it is done, undone what must not stay, unlocked, and it is said", async () => {
	const steps = [own("a"), own("b"), own("unpause", { runs: "always" })];
	// Its directory is the machine's /tmp, which others may write.
	const { run, releases, closed } = runOf(steps, { a: well, b: ill, unpause: well }, [], "fresh", "..");
	const state = await run.finish();
	expect(fared(state.steps)).toEqual(["a done", "b failed", "unpause done"]);
	expect(state.outcome).toBe("failed");
	expect(state.notes).toEqual([expect.stringMatching(/the journal can't be written.*written by others/)]);
	expect([releases.length, closed.length]).toEqual([1, 1]);
});

test("a defect in one step fails that step, and what must not stay is undone", async () => {
	const broken: LocalWork = () => Promise.reject(new Error("boom"));
	const steps = [own("a"), own("b"), own("unpause", { runs: "always" })];
	const { run, releases, events } = runOf(steps, { a: broken, b: well, unpause: well }, []);
	const state = await run.finish();
	expect(fared(state.steps)).toEqual(["a failed", "b skipped", "unpause done"]);
	expect(state.steps[0]?.notes).toEqual(["a defect of this console: Error: boom"]);
	expect(releases).toHaveLength(1);
	expect(events().at(-1)).toMatchObject({ event: "ended" });
});

test("where it can't be told what is left to be done, it is left to be resumed, with its lock", async () => {
	const { run, releases } = runOf([own("look", { looksAgain: true })], { look: well }, null as never);
	const state = await run.finish();
	expect(state.outcome).toBe("detached");
	expect(state.notes).toEqual([expect.stringMatching(/a defect of this console/)]);
	expect(releases).toHaveLength(0);
});

test("of an output that is too long the end is kept, and it is said", async () => {
	const talks: LocalWork = (tell) => {
		for (let line = 0; line < 300; line++) tell(`line ${line} ${"x".repeat(1000)}`);
		return Promise.resolve(true);
	};
	const { run } = runOf([own("a")], { a: talks }, []);
	const lines = (await run.finish()).steps[0]?.output.split("\n") ?? [];
	expect(lines[0]).toBe("(earlier output is left out)");
	expect(lines[1]).toMatch(/^line \d+ x+$/);
	expect(lines.slice(-2)).toEqual([expect.stringMatching(/^line 299 /), ""]);
});
