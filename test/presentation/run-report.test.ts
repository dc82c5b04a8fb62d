import { expect, test } from "vitest";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { beginRun, withStep } from "../../src/operation/run/run-state.ts";
import { outcomeLabel, runEnding } from "../../src/presentation/run-report.ts";
import { factsOf } from "../support/facts.ts";
import { NOW } from "../support/records.ts";

const PLAN = request(
	{ kind: "switchover", nodeId: 2, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
	factsOf(),
).plan as Plan;

const RUN = beginRun("20261123T000000-switchover-0001", PLAN, "anna on bastion", NOW);

test.each([
	["done", "done and verified", "ok"],
	["failed", "failed", "critical"],
	["stopped", "stopped before all steps were done", "warning"],
	["detached", /^detached: the running step continues on its host/, "warning"],
] as const)("an operation that ends as %s reads %s", (outcome, text, severity) => {
	const ending = runEnding({ ...RUN, outcome });
	expect(ending.text).toMatch(text);
	expect(ending.severity).toBe(severity);
});

test("a switchover that is done is no failure, even if a later step failed", () => {
	const run = withStep({ ...RUN, outcome: "failed" }, "switchover", { status: "done" });
	expect(runEnding(run)).toEqual({ text: "done, but some steps failed", severity: "warning" });
});

test.each([
	["done", null, "done"],
	["failed", true, "failed"],
	["interrupted", false, "interrupted"],
	["interrupted", true, "running"],
	["interrupted", null, "running?"],
] as const)(
	"a journal entry with outcome %s, its console alive: %s, is labelled %s",
	(outcome, isAlive, label) => {
		expect(outcomeLabel({ outcome, isAlive })).toBe(label);
	},
);
