import type { Plan, Prerequisite, Refusal } from "../operation/plan/plan.ts";
import { commandLine } from "../presentation/command-line.ts";
import { costLines } from "../presentation/runbook.ts";

/** A plan, to be read before it is confirmed. */
export function planText(plan: Plan): string {
	const inOrder = plan.steps.filter(({ runs }) => runs === "in order");
	const always = plan.steps.filter(({ runs }) => runs === "always");
	return [
		`${plan.title}, cluster "${plan.cluster}"`,
		"",
		"Before:",
		...plan.prerequisites.flatMap(prerequisiteLines),
		"",
		"What it costs:",
		...costLines(plan.blastRadius, plan.nodes).map((line) => `  ${line}`),
		"",
		"Steps:",
		...inOrder.flatMap((step, index) => [
			`  ${index + 1}. ${step.title}`,
			`     ${commandLine(step, plan)}`,
			`     verified: ${step.verification}`,
			`     way back: ${step.wayBack}`,
		]),
		...(always.length === 0 ? [] : ["", "In any case at the end, where it is not so already:"]),
		...always.flatMap((step) => [`  - ${step.title}`, `    ${commandLine(step, plan)}`]),
	].join("\n");
}

export function refusalText({ message, detail, hint, prerequisites }: Refusal): string {
	const others = prerequisites.filter(({ state }) => state !== "ok");
	return [
		`repmgr-console: error: ${message}`,
		...(detail === "" ? [] : [`DETAIL:  ${detail}`]),
		...(hint === "" ? [] : [`HINT:  ${hint}`]),
		...(others.length < 2 ? [] : ["", "Not as it should be:", ...others.flatMap(prerequisiteLines)]),
	].join("\n");
}

function prerequisiteLines({ title, state, found, fix }: Prerequisite): readonly string[] {
	const line = `  ${state.padEnd(8)} ${title}: ${found}`;
	return fix === null ? [line] : [line, `           HINT:  ${fix}`];
}
