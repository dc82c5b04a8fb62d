import { planReport } from "../../../presentation/plan-report.ts";
import { runCard } from "../../../presentation/run-card.ts";
import { outcomeLabel, runEnding } from "../../../presentation/run-report.ts";
import type { PastRun } from "../../../session/session.ts";
import { formatDateTime } from "../../../text/format.ts";
import type { UiContext } from "../../context.ts";
import { pageHeading, type StyledLine, textIn } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { sectionLines } from "../plan/plan-view.ts";
import { cardLines, comparedRows, noteLines, reportLines } from "../run/ended-view.ts";
import { logLines, stepLines } from "../run/run-view.ts";
import type { PastRunState } from "../states.ts";

/** One operation of the history, whole: result, plan, steps, output, a drill's report. */
export const PAST_RUN = textScreen<PastRunState, Text>({
	name: "pastRun",
	title: "one operation of the history",
	derive: ({ operationStore, columns }, { operationId }) => {
		const read = operationStore.past?.operationId === operationId ? operationStore.past.read : null;
		return {
			heading: "OPERATION OF THE HISTORY",
			note: operationId,
			lines:
				read === null
					? textIn(columns)("reading", 1, "Reading this machine's journal…", "muted")
					: read.fault === undefined
						? pastRunLines(read.value, operationStore.runs, columns)
						: [
								...textIn(columns)("fault", 1, `${read.fault.message}.`, "warning"),
								...textIn(columns)("detail", 1, read.fault.detail ?? "", "muted"),
							],
		};
	},
	bindings: [],
});

function pastRunLines(
	{ run, outcome, endedAt }: PastRun,
	runs: UiContext["operationStore"]["runs"],
	columns: number,
): readonly StyledLine[] {
	const text = textIn(columns);
	const { plan, who, startedAt, operationId } = run;
	const known = runs?.find((one) => one.operationId === operationId);
	const ending =
		outcome === "interrupted"
			? ({ text: known === undefined ? "interrupted" : outcomeLabel(known), severity: "warning" } as const)
			: runEnding(run);
	const log = logLines(run, null, true, columns);
	return [
		...text("outcome", 1, `${plan.title}: ${ending.text}`, ending.severity),
		...cardLines(
			[["begun", `${formatDateTime(startedAt)} UTC by ${who}`], ...runCard(run, endedAt, null)],
			columns,
		),
		...noteLines(run, columns),
		...reportLines(run, columns),
		...comparedRows(run, columns),
		...stepLines(run, endedAt ?? startedAt, columns),
		...(log.length === 0 ? [] : [pageHeading("OUTPUT"), ...log]),
		{ key: "plan gap", spans: [] },
		pageHeading(`THE PLAN, as it was made ${formatDateTime(plan.madeAt)} UTC`),
		...planReport(plan).flatMap((section) => sectionLines(section, plan, true, columns)),
	];
}
