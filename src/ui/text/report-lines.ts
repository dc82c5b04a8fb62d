import type { Severity } from "../../model/snapshot.ts";
import type { SemanticRole } from "../theme/theme.ts";
import { fitText, textWidth } from "./fit-text.ts";
import { type StyledLine, styledLine, textIn } from "./styled-line.ts";
import { wrapText } from "./wrap-text.ts";

const INDENT = 3;

/** The last column of a table gets at least this part of a line. */
const LEAST_SHARE = 8;

/** A verdict, the tables that it comes from, and details. */
export interface Report {
	readonly severity: Severity;
	readonly verdict: string;
	readonly tables: readonly ReportTable[];
	readonly sections: readonly {
		readonly title: string;
		readonly lines: readonly string[];
		readonly role: SemanticRole;
	}[];
}

/** The last column may have sentences and is wrapped; the widest of the others are cut where it would have no room. */
export interface ReportTable {
	readonly key: string;
	readonly heading: readonly string[];
	readonly rows: readonly ReportRow[];
}

interface ReportRow {
	readonly key: string;
	readonly cells: readonly string[];
	readonly role: SemanticRole;
}

/** A report as a text for a screen of this width. */
export function reportLines(
	{ severity, verdict, tables, sections }: Report,
	columns: number,
): readonly StyledLine[] {
	const text = textIn(columns);
	return [
		styledLine("severity", ` ${severity.toUpperCase()}`, severity),
		...text("verdict", INDENT, verdict, "title"),
		...tables
			.filter(({ rows }) => rows.length > 0)
			.flatMap((table) => [styledLine(table.key, ""), ...tableLines(table, columns)]),
		...sections.flatMap(({ title, lines, role }) => [
			styledLine(title, ""),
			...text(`${title} title`, INDENT, title, "muted"),
			...lines.flatMap((content, position) => text(`${title} ${position}`, INDENT, content, role)),
		]),
	];
}

function tableLines({ key, heading, rows }: ReportTable, columns: number): readonly StyledLine[] {
	const all: readonly ReportRow[] = [{ key: `${key} heading`, cells: heading, role: "muted" }, ...rows];
	const widths = heading
		.slice(0, -1)
		.map((_, column) => Math.max(...all.map(({ cells }) => textWidth(cells[column] ?? ""))));
	const beforeLast = (): number => INDENT + widths.reduce((sum, one) => sum + one + 2, 0);
	while (beforeLast() > columns - Math.floor(columns / LEAST_SHARE)) {
		const widest = Math.max(...widths);
		widths[widths.indexOf(widest)] = widest - 1;
	}
	const before = beforeLast();
	return all.flatMap((row) => {
		const start = widths.map((size, column) => `${fitText(row.cells[column] ?? "", size)}  `).join("");
		return wrapText(row.cells.at(-1) ?? "", columns - before - 1).map((piece, part) =>
			styledLine(
				`${row.key} ${part}`,
				`${part === 0 ? " ".repeat(INDENT) + start : " ".repeat(before)}${piece}`,
				row.role,
			),
		);
	});
}
