import { type TimelinesTable, timelinesReport } from "../../../presentation/timelines.ts";
import { formatAge } from "../../../text/format.ts";
import type { Reaction, UiContext } from "../../context.ts";
import { open, say } from "../../reduce.ts";
import { type ReportTable, reportLines } from "../../text/report-lines.ts";
import { type StyledLine, styledLine } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import type { TimelinesState } from "../states.ts";

/** Every promotion of the cluster's history, and the end of each node's WAL. */
export const TIMELINES = textScreen<TimelinesState, Text>({
	name: "timelines",
	title: "timelines",
	derive: (context) => ({
		heading: "TIMELINES",
		note: noteOf(context),
		lines: timelinesView(context),
	}),
	bindings: [
		{
			id: "timelines.open",
			keys: ["T"],
			label: "timelines",
			help: "Show every promotion, and the end of each node's WAL.",
			screens: ["topology"],
			run: openTimelines,
		},
		{
			id: "timelines.again",
			needsCluster: true,
			keys: ["T"],
			label: "read again",
			help: "Read the timelines of all nodes again.",
			disabled: ({ context: { session } }) =>
				session.store.getState().timelines.progress === null ? null : "the nodes are being read",
			run: ({ context: { session } }) => {
				void session.readTimelines();
				return say("reading the timelines of all nodes");
			},
		},
	],
});

/** Opens the screen and starts a reading. */
export function openTimelines({ session }: UiContext): Reaction {
	void session.readTimelines();
	return open({ screen: "timelines", offset: 0 });
}

function noteOf({ data: { timelines, now } }: UiContext): string {
	const { report, progress } = timelines;
	if (progress !== null) return `reading, ${progress.read} of ${progress.of} nodes done`;
	return report === null ? "" : `read ${formatAge(now - report.readAt)}`;
}

function timelinesView({ data, columns }: UiContext): readonly StyledLine[] {
	const { report } = data.timelines;
	if (report === null) return [styledLine("unread", "   reading the timelines of all nodes", "muted")];
	const { severity, verdict, promotions, nodes, sections } = timelinesReport(report);
	return reportLines(
		{
			...{ severity, verdict, tables: [tableOf("promotions", promotions), tableOf("nodes", nodes)] },
			sections: sections.map((one) => ({ ...one, role: one.title === "EVIDENCE" ? "muted" : "unknown" })),
		},
		columns,
	);
}

function tableOf(key: string, { heading, rows }: TimelinesTable): ReportTable {
	return {
		...{ key, heading },
		rows: rows.map(({ tone, ...row }) => ({ ...row, role: tone })),
	};
}
