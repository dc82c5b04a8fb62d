import { describe, expect, test } from "vitest";
import type { Step } from "../../../src/operation/plan/plan.ts";
import { type Action, nextAction, type Progress } from "../../../src/operation/run/next-action.ts";
import { type StepState, waiting } from "../../../src/operation/run/run-state.ts";

const STEP: Step = {
	key: "",
	title: "",
	command: { nodeId: 1, user: "postgres", argv: ["true"], sharesSshTo: [] },
	expects: [],
	settleSeconds: 0,
	verification: "",
	wayBack: "",
	runs: "in order",
	rejoinLogOn: null,
};

/**
 * Steps in short, e.g. "a done, b+, c+ always": a key; "+" starts together with its neighbours, "@" is done by this console,
 * "?" replans afterwards; then when it runs, if not in order, and its status, if not waiting.
 */
function stepsOf(text: string): readonly StepState[] {
	return text.split(", ").map((one) => {
		const [, key = "", marks = "", runs, status] =
			/^(\w+)([+@?]*)(?: (always|if begun))?(?: (\w.*))?$/.exec(one) ?? [];
		const step: Step = {
			...STEP,
			key,
			...(marks.includes("+") && { together: true }),
			...(marks.includes("@") && { by: "this console" }),
			...(marks.includes("?") && { looksAgain: true }),
			runs: (runs ?? "in order") as Step["runs"],
		};
		return { ...waiting(step), status: (status ?? "waiting") as StepState["status"] };
	});
}

/** An action in short, e.g. "run a, skip b". */
function shortly(action: Action): string {
	if (action.kind === "replan") return `replan after ${action.kept}`;
	if (action.kind !== "carry out") return action.kind;
	const steps = action.steps.map(({ step, isSkipped }) => `${isSkipped ? "skip" : "run"} ${step.key}`);
	return `${steps.join(", ")}${action.isLastBegun ? "" : " (a later step was begun)"}`;
}

const next = (steps: string, progress: Partial<Progress> = {}): string =>
	shortly(
		nextAction({
			steps: steps === "" ? [] : stepsOf(steps),
			replannedAt: 0,
			lastBegun: null,
			isStopping: false,
			isDetached: false,
			...progress,
		}),
	);

type Table = readonly (readonly [what: string, steps: string, expected: string])[];

describe("steps in order", () => {
	test.each<Table[number]>([
		["ends without any step", "", "end"],
		["begins with the first one", "a, b", "run a"],
		["goes on with the first one that waits", "a done, b, c", "run b"],
		["goes on after one that was not needed", "a always not needed, b", "run b"],
		["ends after the last one", "a done, b done", "end"],
		["skips the rest after a failure", "a failed, b, c", "skip b"],
		["keeps skipping", "a failed, b skipped, c", "skip c"],
		["ends after a failure and what it skipped", "a failed, b skipped", "end"],
	])("%s", (_, steps, expected) => {
		expect(next(steps)).toBe(expected);
	});
});

describe("cleanup steps, which always run", () => {
	test.each<Table[number]>([
		["run after a failure", "a failed, b skipped, c always", "run c"],
		["run in turn after one of them has failed", "a failed, c always failed, d always", "run d"],
		["do not count as a failure for steps in order", "c always failed, a", "run a"],
	])("%s", (_, steps, expected) => {
		expect(next(steps)).toBe(expected);
	});

	test("run when the operator stops the operation", () => {
		expect(next("a done, b skipped, c always", { isStopping: true })).toBe("run c");
	});

	test("run when an earlier console never began the steps before them", () => {
		expect(next("a skipped, c always", { lastBegun: -1 })).toBe("run c");
	});
});

describe("steps that start together", () => {
	test.each<Table[number]>([
		["start with all their neighbours", "a, b+, c+, d", "run a"],
		["start at once", "a done, b+, c+, d", "run b, run c"],
		["do not start with one that starts alone", "b+, c", "run b"],
		["do not start with one that runs otherwise", "b+, c+ always, d+ always", "run b"],
		["start at once among cleanup steps", "b+ failed, c+ always, d+ always", "run c, run d"],
		["are skipped together", "a failed, b+, c+", "skip b, skip c"],
		["fail for what comes after them if one fails", "b+ failed, c+ done, d", "skip d"],
	])("%s", (_, steps, expected) => {
		expect(next(steps)).toBe(expected);
	});
});

describe("an operator who stops", () => {
	test.each<Table[number]>([
		["has no further step begun", "a done, b, c", "skip b"],
		["has none begun at all before the first one", "a, b", "skip a"],
		["has what an earlier console began looked after", "a if begun, b", "run a"],
	])("%s", (_, steps, expected) => {
		expect(next(steps, { isStopping: true })).toBe(expected);
	});
});

describe("a step that replans", () => {
	test.each<Table[number]>([
		["has the rest replanned once it is done", "a done, look? done, b", "replan after 2"],
		["also when it has failed", "a done, look? failed, b", "replan after 2"],
		["also when it was skipped after a failure", "a failed, look? skipped, b", "replan after 2"],
		["also when nothing was planned after it", "look? always done", "replan after 1"],
		["not before it has ended", "a done, look?, b", "run look"],
	])("%s", (_, steps, expected) => {
		expect(next(steps)).toBe(expected);
	});

	test("is replanned once", () => {
		expect(next("look? done, b", { replannedAt: 1 })).toBe("run b");
		expect(next("look? done", { replannedAt: 1 })).toBe("end");
	});

	test("is replanned again when the new plan replans as well", () => {
		expect(next("look? done, second? done, b", { replannedAt: 1 })).toBe("replan after 2");
	});

	test("starts a plan of its own: failures before it do not count, those after it do", () => {
		expect(next("a failed, look? skipped, b", { replannedAt: 2 })).toBe("run b");
		expect(next("a failed, look? skipped, b failed, c", { replannedAt: 2 })).toBe("skip c");
	});

	test("starts nothing of the new plan together with a step of the old one", () => {
		expect(next("look+? done, b+, c+", { replannedAt: 1 })).toBe("run b, run c");
	});
});

describe("a resumed run", () => {
	test.each<readonly [what: string, steps: string, lastBegun: number, expected: string]>([
		["skips everything if nothing was begun", "a, b", -1, "skip a"],
		["does not verify a step before the last one begun", "a, b, c", 1, "run a (a later step was begun)"],
		["verifies the last step begun", "a done, b, c", 1, "run b"],
		["begins no step after the last one begun", "a done, b done, c", 1, "skip c"],
		["splits steps that start together", "a+, b+, c+", 1, "run a, run b, skip c"],
		["watches what belongs to the last step begun", "a done, w@, c", 0, "run w"],
		["watches all that directly follows", "a done, w@ done, x@, c", 0, "run x"],
		["watches several at once", "a done, w@+, x@+, c", 0, "run w, run x"],
		["begins nothing after it has watched", "a done, w@ done, c", 0, "skip c"],
		["watches nothing further on", "a done, b skipped, w@", 0, "skip w"],
		["watches nothing if nothing was begun", "w@, b", -1, "skip w"],
		["looks after what may have been begun", "outage if begun, look@? always", -1, "run outage"],
	])("%s", (_, steps, lastBegun, expected) => {
		expect(next(steps, { lastBegun })).toBe(expected);
	});

	test("skips what is left after a step that failed", () => {
		expect(next("a failed, b", { lastBegun: 1 })).toBe("skip b");
	});
});

test.each(["a running, b", "a done, b", "a done, look? done, b", "a done"])(
	"a detached run is left alone (%s)",
	(steps) => {
		expect(next(steps, { isDetached: true })).toBe("leave");
	},
);
