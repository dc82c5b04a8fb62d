import type { Plan, Step } from "../operation/plan/plan.ts";
import { commandPlace, commandText, type PlanItem, planReport } from "./plan-report.ts";

/** The plan as Markdown, for an operator who carries it out by hand with the same commands. */
export function runbook(plan: Plan): string {
	return [
		`# ${capitalised(plan.title)}, cluster ${plan.cluster}`,
		"",
		`Made ${new Date(plan.madeAt).toISOString()} from the state of the cluster at that time. Check it again before you begin.`,
		...planReport(plan).flatMap(({ title, suffix, items }) => [
			"",
			`## ${title}${suffix}`,
			...(items[0]?.kind === "step" ? [] : [""]),
			...items.flatMap((item) => itemLines(item, plan)),
		]),
		"",
	].join("\n");
}

function itemLines(item: PlanItem, plan: Plan): readonly string[] {
	switch (item.kind) {
		case "line":
			return [`- ${item.text}`];
		case "check": {
			const { title, state, found, fix } = item.check;
			const hint = fix === null ? "" : ` *${fix}*`;
			return [`- [${state === "ok" ? "x" : " "}] ${state}: ${title}. ${found}${hint}`];
		}
		case "step":
			return stepLines(item.number === "-" ? "" : `${item.number} `, item.step, plan);
	}
}

function stepLines(number: string, step: Step, plan: Plan): readonly string[] {
	const command =
		step.by === "this console"
			? ["By hand; nothing is run on a host."]
			: [`${capitalised(commandPlace(step, plan))}:`, "", "```sh", ...commandText(step), "```"];
	return [
		"",
		`### ${number}${step.title}`,
		"",
		...command,
		"",
		`Done when: ${step.verification}.`,
		"",
		`Rollback: ${step.wayBack}`,
	];
}

function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
