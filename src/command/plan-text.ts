import type { Plan, Prerequisite, Refusal } from "../operation/plan/plan.ts";
import {
	alternativesSection,
	checksSection,
	commandLine,
	commitsSection,
	headingOf,
	type PlanItem,
	type PlanSection,
	planReport,
} from "../presentation/plan-report.ts";
import { errorText } from "./terminal.ts";

/** A plan, to be read before it is confirmed. */
export function planText(plan: Plan): string {
	return [
		`${plan.title}, cluster "${plan.cluster}"`,
		...planReport(plan, MOST_COMMITS).flatMap((section) => sectionLines(section, plan)),
	].join("\n");
}

/** A terminal shows no more at once; --json has more. */
const MOST_COMMITS = 20;

function sectionLines(section: PlanSection, plan: Pick<Plan, "nodes">): readonly string[] {
	return ["", headingOf(section), ...section.items.flatMap((item) => itemLines(item, plan))];
}

function itemLines(item: PlanItem, plan: Pick<Plan, "nodes">): readonly string[] {
	switch (item.kind) {
		case "line":
			return [`  ${item.text}`];
		case "check":
			return checkLines(item.check);
		case "step": {
			const { number, step } = item;
			const indent = " ".repeat(number.length + 3);
			return [
				`  ${number} ${step.title}`,
				`${indent}${commandLine(step, plan)}`,
				...(step.runs === "always"
					? []
					: [`${indent}done when: ${step.verification}`, `${indent}rollback: ${step.wayBack}`]),
			];
		}
	}
}

export function refusalText(refusal: Refusal): string {
	const { prerequisites, ownCommits, alternatives } = refusal;
	const others = prerequisites.filter(({ state }) => state !== "ok");
	return [
		errorText(refusal),
		...(others.length < 2
			? []
			: ["", headingOf(checksSection(prerequisites)), ...others.flatMap(checkLines)]),
		...(ownCommits === undefined
			? []
			: sectionLines(commitsSection(ownCommits, MOST_COMMITS), { nodes: [] })),
		...(alternatives === undefined ? [] : sectionLines(alternativesSection(alternatives), { nodes: [] })),
	].join("\n");
}

function checkLines({ title, state, found, fix }: Prerequisite): readonly string[] {
	const line = `  ${state.padEnd(8)} ${title}: ${found}`;
	return fix === null ? [line] : [line, `           HINT:  ${fix}`];
}
