import { electionReport } from "../../../presentation/election-report.ts";
import type { UiContext } from "../../context.ts";
import { open } from "../../reduce.ts";
import { type ReportTable, reportLines } from "../../text/report-lines.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import type { ElectionState } from "../states.ts";

/** What repmgrd would do if the primary failed now. */
export const ELECTION = textScreen<ElectionState, Text>({
	name: "election",
	title: "failover forecast",
	derive: (context) => ({ heading: "FAILOVER FORECAST", lines: electionView(context) }),
	bindings: [
		{
			id: "election.open",
			keys: ["i"],
			label: "forecast",
			help: "Show what repmgrd would do if the primary failed now.",
			screens: ["topology"],
			run: () => open({ screen: "election", offset: 0 }),
		},
	],
});

/** The verdict, the ranking, and all details. */
function electionView({ data, columns }: UiContext): readonly StyledLine[] {
	const { severity, verdict, ranking, sections } = electionReport(data.snapshot);
	const table: ReportTable = {
		key: "ranking",
		heading: ranking.heading,
		rows: ranking.rows.map(({ nodeId, cells, isPromoted }) => ({
			key: `rank ${nodeId}`,
			cells,
			role: isPromoted ? "title" : "plain",
		})),
	};
	return reportLines(
		{
			...{ severity, verdict, tables: [table] },
			sections: sections.map((one) => ({
				...one,
				role: one.title === "RESERVATIONS" ? "warning" : "plain",
			})),
		},
		columns,
	);
}
