import { hasRecoveryOptions } from "../../../operation/run/recovery-options.ts";
import type { RunState } from "../../../operation/run/run-state.ts";
import { drillReportText } from "../../../presentation/drill-report.ts";
import { type CardRow, runCard } from "../../../presentation/run-card.ts";
import { comparedLines, recoverySource, runEnding } from "../../../presentation/run-report.ts";
import type { UiContext } from "../../context.ts";
import { pageHeading, type StyledLine, styledLine, textIn } from "../../text/styled-line.ts";
import type { RunState as RunScreenState } from "../states.ts";
import { endOf, logLines, stepLines } from "./run-view.ts";

/** Lines of the failed step's output that are shown at once. */
const MOST_OUTPUT = 8;

/** The result of an operation that has ended here: a card, what is left to do, the steps; the log is folded. */
export function endedView(context: UiContext, run: RunState, screen: RunScreenState): readonly StyledLine[] {
	const { columns, data, operationStore } = context;
	const text = textIn(columns);
	const { text: ending, severity } = runEnding(run);
	const hint = run.outcome === "detached" ? "; press R to resume it" : "";
	const ways = operationStore.recoveryOptions;
	const failed = run.steps.find(({ status }) => status === "failed");
	const log = logLines(run, failed ?? null, screen.showsAll || failed === undefined, columns);
	const shown = screen.showsAll ? log : failed === undefined ? [] : log.slice(-MOST_OUTPUT);
	return [
		...text("outcome", 1, `${run.plan.title}: ${ending}${hint}`, severity),
		...cardLines(runCard(run, endOf(run), data), columns),
		...(run.outcome === "done" ? afterwardsLines(run, columns) : []),
		...noteLines(run, columns),
		...(run.outcome === "detached" ? [] : leftLines(context, ways, hasRecoveryOptions(run))),
		...reportLines(run, columns),
		...comparedRows(run, columns),
		...stepLines(run, endOf(run) ?? context.now, columns),
		...(log.length === 0
			? []
			: [
					pageHeading(
						screen.showsAll
							? "LOG"
							: `LOG: ${log.length} lines${shown.length > 0 ? ", the end:" : ""} (a: all)`,
					),
					...shown,
				]),
	];
}

export function cardLines(rows: readonly CardRow[], columns: number): readonly StyledLine[] {
	const width = Math.max(...rows.map(([label]) => label.length)) + 2;
	return rows.flatMap(([label, value]) =>
		textIn(columns)(label, 3 + width, value).map((line, position) =>
			position > 0
				? line
				: {
						...line,
						spans: [
							{ text: `   ${label.padEnd(width)}`, role: "muted" as const },
							...line.spans.map((span) => ({ ...span, text: span.text.trimStart() })),
						],
					},
		),
	);
}

function afterwardsLines({ plan }: RunState, columns: number): readonly StyledLine[] {
	return (plan.afterwards ?? []).flatMap((line, position) =>
		textIn(columns)(`afterwards ${position}`, 3, line),
	);
}

export function noteLines(run: RunState, columns: number): readonly StyledLine[] {
	return [...run.steps.flatMap(({ notes }) => notes), ...run.notes].flatMap((note, position) =>
		textIn(columns)(`note ${position}`, 1, `! ${note}`, "warning"),
	);
}

export function reportLines({ report }: RunState, columns: number): readonly StyledLine[] {
	return report === undefined
		? []
		: [
				styledLine("report gap", ""),
				...drillReportText(report)
					.split("\n")
					.flatMap((line, position) => textIn(columns)(`report ${position}`, 1, line)),
				styledLine("report end", ""),
			];
}

export function comparedRows({ compared }: RunState, columns: number): readonly StyledLine[] {
	if (compared === undefined) return [];
	return [
		pageHeading("BEFORE AND AFTER"),
		...comparedLines(compared, columns - 3).flatMap((line, position) =>
			textIn(columns)(`compared ${position}`, 3, line),
		),
	];
}

/** By the recovery options where they are looked for, else by the findings: Enter goes to the first. */
function leftLines(
	{ columns, data }: UiContext,
	ways: UiContext["operationStore"]["recoveryOptions"],
	isAsked: boolean,
): readonly StyledLine[] {
	const text = textIn(columns);
	if (isAsked && ways === null)
		return text("looking", 1, "Reading the current state of the cluster…", "muted");
	const todo =
		ways !== null
			? ways.ways.map(({ title, command }) => `${title}: ${command}`)
			: data.snapshot.findings.filter(({ severity }) => severity !== "notice").map(({ message }) => message);
	return [
		...(ways === null
			? []
			: [...text("state", 1, ways.state, "title"), ...text("source", 1, recoverySource(ways), "muted")]),
		pageHeading(todo.length === 0 ? "LEFT TO DO: nothing" : "LEFT TO DO (enter: the first)"),
		...todo.flatMap((line, position) => text(`left ${position}`, 3, `${position + 1}. ${line}`, "key")),
	];
}
