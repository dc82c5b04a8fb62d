import type { Finding } from "../../../model/finding.ts";
import type { UiContext } from "../../context.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";

/** The findings screen has all of them. */
const MOST_FINDINGS = 6;
const MOST_REMARKS = 5;
/** Of them for what to do. */
const MOST_ADVICE = 2;

/** Lines kept for nodes, where there is room for them and one finding. */
const FEWEST_NODES = 4;

/** Lines kept for events, on a screen that has room for all nodes. */
const FEWEST_EVENTS = 3;

/** The rule and the heading above the table. */
export const LINES_ABOVE_TABLE = 2;

/** A line that is not a finding: what to do, what not to do, why a node is in trouble, what can't be known. */
interface Remark {
	readonly text: string;
	readonly role: SemanticRole;
}

/** How the lines of the home screen are shared out. */
export interface HomeLayout {
	readonly tableRows: number;
	readonly findings: readonly Finding[];
	readonly hiddenFindings: number;
	readonly remarks: readonly Remark[];
	/** 0: there is no room for events, nor for their heading. */
	readonly eventRows: number;
}

export function homeLayout(context: UiContext, rowCount: number): HomeLayout {
	const { data, bodyRows } = context;
	const all = data.snapshot.findings;
	const body = Math.max(1, bodyRows - LINES_ABOVE_TABLE);
	const fewestRows = Math.max(1, Math.min(rowCount, FEWEST_NODES));
	// Below the table, with a heading.
	const room = Math.max(0, body - fewestRows - 1);
	const findings = all.slice(0, Math.min(MOST_FINDINGS, room));
	const remarks = remarksOf(context).slice(0, Math.min(MOST_REMARKS, room - findings.length));
	const used = findings.length + remarks.length;
	const left = body - used - (used > 0 ? 1 : 0);
	const shown = { findings, hiddenFindings: all.length - findings.length, remarks };
	const hasEvents = left >= fewestRows + 2;
	if (!hasEvents) return { ...shown, tableRows: Math.max(1, Math.min(rowCount, left)), eventRows: 0 };
	const tableRows = Math.max(fewestRows, Math.min(rowCount, left - 1 - FEWEST_EVENTS));
	return { ...shown, tableRows, eventRows: left - 1 - tableRows };
}

function remarksOf({ data, columns }: UiContext): readonly Remark[] {
	const { findings, nodes, notices } = data.snapshot;
	const [worst] = findings;
	const isUrgent = worst?.severity === "critical" || worst?.severity === "warning";
	// The first sentence; the finding has all of them.
	const [advice = ""] = isUrgent ? (/^.+?[.:](?=\s|$)/.exec(worst.hint) ?? [worst.hint]) : [];
	const doNot = findings.find(({ severity }) => severity === "critical")?.doNot ?? null;
	const explained = new Set(findings.map(({ nodeId }) => nodeId));
	return [
		...wrapText(advice, columns - 3)
			.filter((line) => line !== "")
			.slice(0, MOST_ADVICE)
			.map((text): Remark => ({ text, role: "plain" })),
		...wrapText(doNot ?? "", columns - 3)
			.filter((line) => line !== "")
			.map((text): Remark => ({ text, role: "critical" })),
		...nodes.flatMap(({ nodeId, nodeName, detail }): readonly Remark[] =>
			detail === null || explained.has(nodeId) ? [] : [{ text: `${nodeName}: ${detail}`, role: "warning" }],
		),
		...notices.map((text): Remark => ({ text, role: "muted" })),
	];
}
