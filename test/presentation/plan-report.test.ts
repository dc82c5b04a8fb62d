import { expect, test } from "vitest";
import { planText, refusalText } from "../../src/command/plan-text.ts";
import type { Plan, Prerequisite } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { headingOf, impactLines, planReport } from "../../src/presentation/plan-report.ts";
import { runbook } from "../../src/presentation/runbook.ts";
import { factsOf } from "../support/facts.ts";

const PLAN = request(
	{ kind: "switchover", nodeId: 2, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
	factsOf(),
).plan as Plan;

const LOOSE: Prerequisite = {
	title: "WAL is archived",
	state: "warning",
	found: "It is late.",
	fix: "Wait.",
};

test("a plan has checks, impact, steps and cleanup, in this order", () => {
	const { length } = PLAN.prerequisites;
	const passed = PLAN.prerequisites.filter(({ state }) => state === "ok").length;
	expect(planReport(PLAN).map(headingOf)).toEqual([
		`PRE-FLIGHT CHECKS: ${passed} of ${length} passed`,
		"IMPACT",
		"STEPS",
		"CLEANUP (always runs, also after a failure; skipped if already done)",
	]);
});

test("a plan without cleanup steps has no such section", () => {
	const steps = PLAN.steps.filter(({ runs }) => runs !== "always");
	expect(planReport({ ...PLAN, steps }).map(({ title }) => title)).not.toContain("Cleanup");
});

test("the command and the runbook have every heading, step and exact command", () => {
	const [text, markdown] = [planText(PLAN), runbook(PLAN)];
	expect(text).toContain("\nIMPACT\n  restarts: ");
	expect(markdown).toContain("\n## Impact\n\n- restarts: ");
	for (const { title } of PLAN.steps) {
		expect(text).toContain(title);
		expect(markdown).toContain(title);
	}
	const command = "repmgr -f /etc/repmgr.conf standby switchover --siblings-follow";
	expect(text).toContain(`     on "node2", as postgres: ${command}\n`);
	expect(markdown).toContain(`On "node2", as postgres:\n\n\`\`\`sh\n${command}\n\`\`\`\n`);
});

test("a check that did not pass is counted, and shown with its fix", () => {
	const plan = { ...PLAN, prerequisites: [...PLAN.prerequisites.slice(0, 1), LOOSE] };
	expect(planText(plan)).toContain("  warning  WAL is archived: It is late.\n           HINT:  Wait.\n");
	expect(runbook(plan)).toMatch(/^## Pre-flight checks: 1 of 2 passed$/m);
	expect(runbook(plan)).toContain("- [ ] warning: WAL is archived. It is late. *Wait.*");
});

test("a refusal lists the checks that did not pass only where there is more than one", () => {
	const refusal = { message: "no", detail: "", hint: "", prerequisites: [LOOSE] };
	expect(refusalText(refusal)).toBe("repmgr-console: error: no");
	expect(refusalText({ ...refusal, prerequisites: [LOOSE, LOOSE] })).toContain(
		"\n\nPRE-FLIGHT CHECKS: 0 of 2 passed\n  warning  WAL is archived",
	);
});

test.each([
	[0, false, "no committed WAL is lost"],
	[0, true, "committed WAL that may be lost: 0 B, and what was written since"],
	[512, false, "committed WAL that may be lost: 512 B at most"],
	[null, false, "committed WAL that may be lost: unknown"],
] as const)("a loss of %s bytes, more possible: %s, reads %s", (lossBytes, mayLoseMore, line) => {
	const blastRadius = { ...PLAN.blastRadius, lossBytes, mayLoseMore };
	expect(impactLines({ ...PLAN, blastRadius })).toContain(line);
});
