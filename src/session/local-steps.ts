import type { LocalSteps } from "../execution/run-context.ts";
import type { RollingIntent } from "../model/intent.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Plan } from "../operation/plan/plan.ts";
import { readyChecks } from "../operation/rolling/checks.ts";
import { READY } from "../operation/rolling/steps.ts";
import { type DrillContext, drillSteps } from "./drill.ts";

/** What an operation does beside commands; null: nothing. */
export function localSteps(
	plan: Plan,
	operationId: string,
	drill: DrillContext,
	facts: (intent: RollingIntent) => Promise<Facts>,
): LocalSteps | null {
	return plan.intent.kind === "rolling"
		? rollingSteps(plan.intent, facts)
		: drillSteps(plan, operationId, drill);
}

/** Before the primary's turn the checks are made again: minutes have passed, and every standby has restarted. */
function rollingSteps(intent: RollingIntent, facts: (intent: RollingIntent) => Promise<Facts>): LocalSteps {
	return {
		work: (key) =>
			key !== READY
				? undefined
				: async (tell) => {
						const checks = readyChecks(intent, await facts(intent));
						const failures = checks.filter(({ state }) => state === "failed");
						for (const { title, found, fix } of failures) tell(`${title}: ${found} ${fix ?? ""}`);
						tell(`${failures.length} of ${checks.length} checks failed`);
						return failures.length === 0;
					},
		replan: () => Promise.resolve([]),
		report: () => null,
		close: () => {},
	};
}
