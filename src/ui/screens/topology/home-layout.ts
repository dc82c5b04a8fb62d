import type { Finding } from "../../../model/finding.ts";
import type { TopologyRow } from "../../../presentation/topology.ts";
import { screenIf, type UiContext } from "../../context.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import { windowTop } from "../../window.ts";
import { selectedNode } from "./topology-view.ts";

/** Findings, and what is said besides, at most; the findings screen has them all. */
const MOST_FINDINGS = 6;
const MOST_REMARKS = 3;

/** The events keep at least this many lines. */
const FEWEST_EVENTS = 3;

/** The rule and the heading above the table. */
export const LINES_ABOVE_TABLE = 2;

/** A line that is no finding: what not to do, why a node is not well, what can't be known. */
interface Remark {
	readonly text: string;
	readonly role: SemanticRole;
}

/** What stands where on the home screen, in lines. */
export interface HomeLayout {
	/** The first row of the table that is shown. */
	readonly top: number;
	readonly tableRows: number;
	readonly findings: readonly Finding[];
	readonly hiddenFindings: number;
	readonly remarks: readonly Remark[];
	readonly eventRows: number;
}

export function homeLayout(context: UiContext, rows: readonly TopologyRow[]): HomeLayout {
	const { data, bodyRows } = context;
	const all = data.snapshot.findings;
	const findings = all.slice(0, MOST_FINDINGS);
	const remarks = remarksOf(context).slice(0, MOST_REMARKS);
	const said = findings.length + remarks.length;
	const free = bodyRows - LINES_ABOVE_TABLE - 1 - said - (said > 0 ? 1 : 0);
	const tableRows = Math.max(1, Math.min(rows.length, free - FEWEST_EVENTS));
	const chosen = selectedNode(rows, screenIf(context, "topology")?.nodeId ?? null);
	const selected = rows.findIndex(({ nodeId }) => nodeId === chosen);
	return {
		top: windowTop(selected, rows.length, tableRows),
		tableRows,
		findings,
		hiddenFindings: all.length - findings.length,
		remarks,
		eventRows: free - tableRows,
	};
}

function remarksOf({ data, columns }: UiContext): readonly Remark[] {
	const { findings, nodes, notices } = data.snapshot;
	const doNot = findings.find(({ severity }) => severity === "critical")?.doNot ?? null;
	const explained = new Set(findings.map(({ nodeId }) => nodeId));
	return [
		...wrapText(doNot ?? "", columns - 3)
			.filter((line) => line !== "")
			.map((text): Remark => ({ text, role: "critical" })),
		...nodes.flatMap(({ nodeId, nodeName, detail }): readonly Remark[] =>
			detail === null || explained.has(nodeId) ? [] : [{ text: `${nodeName}: ${detail}`, role: "warning" }],
		),
		...notices.map((text): Remark => ({ text, role: "muted" })),
	];
}
