import type { Plan, Prerequisite } from "../../../operation/plan/plan.ts";
import {
	alternativesSection,
	checksSection,
	commandLine,
	commitsSection,
	dryRunHeading,
	headingOf,
	type PlanItem,
	type PlanSection,
	planReport,
} from "../../../presentation/plan-report.ts";
import type { DryRun, OperationsState } from "../../../session/session.ts";
import type { UiContext } from "../../context.ts";
import { type StyledLine, textIn } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { PlanState } from "../states.ts";

const MARKS: Readonly<Record<Prerequisite["state"], { readonly mark: string; readonly role: SemanticRole }>> =
	{
		ok: { mark: "✓", role: "ok" },
		warning: { mark: "!", role: "warning" },
		unknown: { mark: "?", role: "unknown" },
		failed: { mark: "✗", role: "critical" },
	};

/** The right end of the screen's rule. */
export function planNote({ pending }: OperationsState): string {
	switch (pending?.state) {
		case "planning":
			return "checking all nodes";
		case "planned":
			return "nothing has been changed";
		case "refused":
			return "refused, nothing has been changed";
		default:
			return "";
	}
}

export function planTitle({ pending }: OperationsState): string {
	if (pending === null || pending.state === "planning" || pending.state === "resuming") return "PLAN";
	return pending.state === "refused" ? "REFUSED" : `PLAN: ${pending.plan.title}`;
}

/** The operation that was asked for, to be read before it is confirmed: a plan or a refusal. */
export function planView(
	{ operationStore: { pending }, columns }: Pick<UiContext, "operationStore" | "columns">,
	{ showsAll }: Pick<PlanState, "showsAll">,
): readonly StyledLine[] {
	const text = textIn(columns);
	if (pending === null) return text("none", 1, "There is no plan. Press o for the operations.", "muted");
	switch (pending.state) {
		case "planning":
			return text("planning", 1, "Checking all nodes and the prerequisites…", "muted");
		case "resuming":
			return text("resuming", 1, "Looking for the steps that have begun…", "muted");
		case "refused": {
			const { message, detail, hint, prerequisites, ownCommits, alternatives } = pending.refusal;
			return [
				...text("message", 1, message, "critical"),
				...(detail === "" ? [] : text("detail", 1, detail)),
				...(hint === "" ? [] : text("hint", 1, hint, "key")),
				...(prerequisites.length === 0
					? []
					: sectionLines(checksSection(prerequisites), { nodes: [] }, showsAll, columns)),
				...(ownCommits === undefined
					? []
					: sectionLines(commitsSection(ownCommits), { nodes: [] }, showsAll, columns)),
				...(alternatives === undefined
					? []
					: sectionLines(alternativesSection(alternatives), { nodes: [] }, showsAll, columns)),
			];
		}
		default:
			return planLines(pending.plan, pending.dryRun, showsAll, columns);
	}
}

function planLines(plan: Plan, dryRun: DryRun, showsAll: boolean, columns: number): readonly StyledLine[] {
	const [checks = [], ...others] = planReport(plan).map((section) =>
		sectionLines(section, plan, showsAll, columns),
	);
	return [...checks, ...dryRunSummary(dryRun, columns), ...others.flat(), ...dryRunLines(dryRun, columns)];
}

export function sectionLines(
	section: PlanSection,
	plan: Pick<Plan, "nodes">,
	showsAll: boolean,
	columns: number,
): readonly StyledLine[] {
	const itemLines = (item: PlanItem, position: number): readonly StyledLine[] => {
		switch (item.kind) {
			case "line":
				return textIn(columns)(`${section.title} ${position}`, 1, item.text);
			case "check":
				return showsAll || item.check.state !== "ok" ? checkLines(item.check, position, columns) : [];
			case "step":
				return stepLines(item, plan, showsAll, columns);
		}
	};
	return [...heading(headingOf(section)), ...section.items.flatMap(itemLines)];
}

function checkLines(
	{ title, state, found, fix }: Prerequisite,
	position: number,
	columns: number,
): readonly StyledLine[] {
	const { mark, role } = MARKS[state];
	const text = textIn(columns);
	return [
		...text(`found ${position}`, 3, `${title}: ${found}`).map((line, row) =>
			row > 0 ? line : { ...line, spans: [{ text: ` ${mark} `, role }, ...unindented(line)] },
		),
		...(fix === null ? [] : text(`fix ${position}`, 5, fix, "key")),
	];
}

function stepLines(
	{ number, step }: Extract<PlanItem, { kind: "step" }>,
	plan: Pick<Plan, "nodes">,
	showsAll: boolean,
	columns: number,
): readonly StyledLine[] {
	const text = textIn(columns);
	return [
		...text(`step ${step.key}`, 1, `${number} ${step.title}`),
		...(step.runs === "always" && !showsAll
			? []
			: text(`command ${step.key}`, 5, commandLine(step, plan), "key")),
		...(showsAll
			? [
					...text(`verified ${step.key}`, 5, `done when: ${step.verification}`, "muted"),
					...text(`back ${step.key}`, 5, `rollback: ${step.wayBack}`, "muted"),
				]
			: []),
	];
}

/** The spans of a line without its indent, which a mark replaces. */
function unindented({ spans }: StyledLine): StyledLine["spans"] {
	return spans.map((span, position) => (position === 0 ? { ...span, text: span.text.trimStart() } : span));
}

function dryRunSummary(dryRun: DryRun, columns: number): readonly StyledLine[] {
	const line = (text: string, role: SemanticRole): readonly StyledLine[] =>
		textIn(columns)("dry run summary", 1, text, role);
	switch (dryRun?.state) {
		case undefined:
			return [];
		case "running":
			return line("· repmgr's dry run is running…", "muted");
		case "failed":
			return line(`✗ repmgr's dry run did not complete: ${dryRun.fault.message}`, "critical");
		case "ended":
			return dryRun.exitCode === 0
				? line("✓ repmgr's dry run succeeded", "ok")
				: line(
						`✗ repmgr's dry run failed with exit code ${dryRun.exitCode ?? "unknown"}: see below`,
						"critical",
					);
	}
}

function dryRunLines(dryRun: DryRun, columns: number): readonly StyledLine[] {
	const text = textIn(columns);
	switch (dryRun?.state) {
		case undefined:
		case "running":
			return [];
		case "failed":
			return [
				...heading("REPMGR DRY RUN"),
				...text("dry run", 1, dryRun.fault.detail ?? dryRun.fault.message, "critical"),
			];
		case "ended":
			return [
				...heading(dryRunHeading(dryRun.exitCode)),
				...dryRun.text
					.trimEnd()
					.split("\n")
					.flatMap((line, position) =>
						text(`dry run ${position}`, 1, line, dryRun.exitCode === 0 ? "muted" : "plain"),
					),
			];
	}
}

function heading(title: string): readonly StyledLine[] {
	return [
		{ key: `gap ${title}`, spans: [] },
		{ key: title, spans: [{ text: ` ${title}`, role: "title" }] },
	];
}
