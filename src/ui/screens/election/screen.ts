import { type ElectionReport, electionReport } from "../../../presentation/election-report.ts";
import type { UiContext } from "../../context.ts";
import { open } from "../../reduce.ts";
import { fitText, textWidth } from "../../text/fit-text.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import type { SemanticRole } from "../../theme/theme.ts";
import type { ElectionState } from "../states.ts";

const INDENT = "   ";

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
	const width = columns - INDENT.length - 1;
	const text = (key: string, content: string, role: SemanticRole): readonly StyledLine[] =>
		wrapText(content, width).map((piece, part) => line(`${key} ${part}`, `${INDENT}${piece}`, role));
	return [
		line("severity", ` ${severity.toUpperCase()}`, severity),
		...text("verdict", verdict, "title"),
		...(ranking.rows.length === 0 ? [] : [line("ranking", "", "plain"), ...rankingLines(ranking, width)]),
		...sections.flatMap(({ title, lines }) => [
			line(title, "", "plain"),
			line(`${title} title`, `${INDENT}${title}`, "muted"),
			...lines.flatMap((content, position) =>
				text(`${title} ${position}`, content, title === "RESERVATIONS" ? "warning" : "plain"),
			),
		]),
	];
}

/** A table whose last column is a sentence, which is wrapped. */
function rankingLines({ heading, rows }: ElectionReport["ranking"], width: number): readonly StyledLine[] {
	const widest = Math.floor(width / 5);
	const widths = heading
		.slice(0, -1)
		.map((title, column) =>
			Math.min(widest, Math.max(...[title, ...rows.map(({ cells }) => cells[column] ?? "")].map(textWidth))),
		);
	const before = widths.reduce((sum, one) => sum + one + 2, 0);
	const drawn = (key: string, cells: readonly string[], role: SemanticRole): readonly StyledLine[] => {
		const start = widths.map((size, column) => `${fitText(cells[column] ?? "", size)}  `).join("");
		return wrapText(cells.at(-1) ?? "", width - before).map((piece, part) =>
			line(`${key} ${part}`, `${INDENT}${part === 0 ? start : " ".repeat(before)}${piece}`, role),
		);
	};
	return [
		...drawn("heading", heading, "muted"),
		...rows.flatMap(({ nodeId, cells, isPromoted }) =>
			drawn(`rank ${nodeId}`, cells, isPromoted ? "title" : "plain"),
		),
	];
}

function line(key: string, text: string, role: SemanticRole): StyledLine {
	return { key, spans: text === "" ? [] : [{ text, role }] };
}
