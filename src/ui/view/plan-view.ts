import type { Plan, Prerequisite, Step } from "../../operation/plan/plan.ts";
import { commandLine } from "../../presentation/command-line.ts";
import { costLines } from "../../presentation/runbook.ts";
import type { DryRun, OperationsState } from "../../session/session.ts";
import type { UiContext } from "../context.ts";
import type { ScreenOf } from "../state/ui-state.ts";
import type { StyledLine } from "../text/styled-line.ts";
import { wrapText } from "../text/wrap-text.ts";
import type { SemanticRole } from "../theme/theme.ts";

const MARKS: Readonly<Record<Prerequisite["state"], { readonly mark: string; readonly role: SemanticRole }>> =
	{
		ok: { mark: "✓", role: "ok" },
		warning: { mark: "!", role: "warning" },
		unknown: { mark: "?", role: "unknown" },
		failed: { mark: "✗", role: "critical" },
	};

/** The right end of the screen's rule. */
export function planNote({ wish }: OperationsState): string {
	switch (wish?.state) {
		case "planning":
			return "looking at all nodes";
		case "planned":
			return "nothing has been changed";
		case "refused":
			return "refused, nothing has been changed";
		default:
			return "";
	}
}

export function planTitle({ wish }: OperationsState): string {
	if (wish === null || wish.state === "planning" || wish.state === "resuming") return "PLAN";
	return wish.state === "refused" ? "REFUSED" : `PLAN: ${wish.plan.title}`;
}

/** The operation store's present operation, to be read before it is confirmed: a plan or a refusal. */
export function planView(
	{ operationStore: { wish }, columns }: Pick<UiContext, "operationStore" | "columns">,
	{ showsAll }: Pick<ScreenOf<"plan">, "showsAll">,
): readonly StyledLine[] {
	const text = textIn(columns);
	if (wish === null) return text("none", 1, "There is no plan; o shows what can be done.", "muted");
	switch (wish.state) {
		case "planning":
			return text("planning", 1, "Looking at all nodes, and at what could stand in the way…", "muted");
		case "resuming":
			return text("resuming", 1, "Looking for what was begun…", "muted");
		case "refused": {
			const { message, detail, hint, prerequisites } = wish.refusal;
			return [
				...text("message", 1, message, "critical"),
				...(detail === "" ? [] : text("detail", 1, detail)),
				...(hint === "" ? [] : text("hint", 1, hint, "key")),
				...(prerequisites.length === 0 ? [] : beforeLines(prerequisites, showsAll, columns)),
			];
		}
		default:
			return planLines(wish.plan, wish.trial, showsAll, columns);
	}
}

function planLines(plan: Plan, trial: DryRun, showsAll: boolean, columns: number): readonly StyledLine[] {
	const text = textIn(columns);
	const inOrder = plan.steps.filter(({ runs }) => runs === "in order");
	const always = plan.steps.filter(({ runs }) => runs === "always");
	const stepLines = (step: Step, number: string): readonly StyledLine[] => [
		...text(`step ${step.key}`, 1, `${number} ${step.title}`),
		...(step.runs === "always" && !showsAll
			? []
			: text(`command ${step.key}`, 5, commandLine(step, plan), "key")),
		...(showsAll
			? [
					...text(`verified ${step.key}`, 5, `verified: ${step.verification}`, "muted"),
					...text(`back ${step.key}`, 5, `way back: ${step.wayBack}`, "muted"),
				]
			: []),
	];
	return [
		...beforeLines(plan.prerequisites, showsAll, columns),
		...dryRunSummary(trial, columns),
		...heading("WHAT IT COSTS"),
		...costLines(plan.blastRadius, plan.nodes).flatMap((line, position) => text(`cost ${position}`, 1, line)),
		...heading("STEPS"),
		...inOrder.flatMap((step, position) => stepLines(step, `${position + 1}.`)),
		...(always.length === 0 ? [] : heading("IN ANY CASE AT THE END, WHERE IT IS NOT SO ALREADY")),
		...always.flatMap((step) => stepLines(step, "-")),
		...dryRunLines(trial, columns),
	];
}

function beforeLines(
	prerequisites: readonly Prerequisite[],
	showsAll: boolean,
	columns: number,
): readonly StyledLine[] {
	const shown = prerequisites.filter(({ state }) => showsAll || state !== "ok");
	const ok = prerequisites.filter(({ state }) => state === "ok").length;
	const text = textIn(columns);
	return [
		...heading(`BEFORE: ${ok} of ${prerequisites.length} as they should be`),
		...shown.flatMap(({ title, state, found, fix }, position) => {
			const { mark, role } = MARKS[state];
			const [first, ...rest] = text(`found ${position}`, 3, `${title}: ${found}`);
			return [
				...(first === undefined
					? []
					: [{ ...first, spans: [{ text: ` ${mark} `, role }, ...unindented(first)] }]),
				...rest,
				...(fix === null ? [] : text(`fix ${position}`, 5, fix, "key")),
			];
		}),
	];
}

/** The same line without its indent: something stands there instead. */
function unindented({ spans }: StyledLine): StyledLine["spans"] {
	return spans.map((span, position) => (position === 0 ? { ...span, text: span.text.trimStart() } : span));
}

/** One line of it is read first; what it printed stands at the end. */
function dryRunSummary(trial: DryRun, columns: number): readonly StyledLine[] {
	const line = (text: string, role: SemanticRole): readonly StyledLine[] =>
		textIn(columns)("trial summary", 1, text, role);
	switch (trial?.state) {
		case undefined:
			return [];
		case "running":
			return line("· repmgr tries it, without changing anything…", "muted");
		case "failed":
			return line(`✗ repmgr could not try it: ${trial.fault.message}`, "critical");
		case "ended":
			return trial.exitCode === 0
				? line("✓ repmgr's own trial of it went well", "ok")
				: line(
						`✗ repmgr's own trial failed, with exit code ${trial.exitCode ?? "unknown"}: see below`,
						"critical",
					);
	}
}

function dryRunLines(trial: DryRun, columns: number): readonly StyledLine[] {
	const text = textIn(columns);
	switch (trial?.state) {
		case undefined:
		case "running":
			return [];
		case "failed":
			return [
				...heading("REPMGR'S OWN TRIAL"),
				...text("trial", 1, trial.fault.detail ?? trial.fault.message, "critical"),
			];
		case "ended":
			return [
				...heading(`REPMGR'S OWN TRIAL: exit code ${trial.exitCode ?? "unknown"}`),
				...trial.text
					.trimEnd()
					.split("\n")
					.flatMap((line, position) =>
						text(`trial ${position}`, 1, line, trial.exitCode === 0 ? "muted" : "plain"),
					),
			];
	}
}

/** Texts wrapped to the width of the screen, with an indent. */
export function textIn(columns: number) {
	return (
		part: string,
		indent: number,
		content: string,
		role: SemanticRole = "plain",
	): readonly StyledLine[] =>
		wrapText(content, columns - indent - 1).map((piece, position) => ({
			key: `${part} ${position}`,
			spans: [{ text: " ".repeat(indent) + piece, role }],
		}));
}

function heading(title: string): readonly StyledLine[] {
	return [
		{ key: `gap ${title}`, spans: [] },
		{ key: title, spans: [{ text: ` ${title}`, role: "title" }] },
	];
}
