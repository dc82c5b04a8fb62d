import { failoverLine } from "../../../presentation/failover-line.ts";
import { fewNames } from "../../../text/words.ts";
import type { UiContext } from "../../context.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { HomeCursor } from "./home-cursor.ts";
import { findingBlock, type HomeLine } from "./home-findings.ts";

const MOST_REMARKS = 5;

/** Rows kept for nodes, where there is room for them and one finding. */
const FEWEST_NODES = 4;

/** Lines kept for events, on a screen that has room for all nodes; and beside a finding whose advice would be cut. */
const FEWEST_EVENTS = 3;
const FEWEST_EVENTS_BESIDE = 1;

/** The rule over the table, and its heading. */
const TABLE_HEADING = 2;

/** From here on the selected node or finding stands in full beside the lists. */
const SPACIOUS = 170;

/** A line that is not a finding: why a node is in trouble, what can't be seen. */
interface Remark {
	readonly text: string;
	readonly role: SemanticRole;
}

/** How the home screen is shared out. */
export interface HomeLayout {
	/** Columns of the lists. */
	readonly width: number;
	/** Columns of what stands beside them; 0: there is no room. */
	readonly paneWidth: number;
	/** Over the table: the last or expected failover, and the findings. */
	readonly above: readonly HomeLine[];
	readonly tableRows: number;
	/** Under the table. */
	readonly remarks: readonly Remark[];
	/** 0: there is no room for events, nor for their heading. */
	readonly eventRows: number;
}

export function homeLayout(context: UiContext, cursor: HomeCursor, rowCount: number): HomeLayout {
	const { data, columns, bodyRows } = context;
	const paneWidth = columns < SPACIOUS ? 0 : Math.floor(columns * 0.4);
	const width = columns - paneWidth;
	const fewestRows = Math.max(1, Math.min(rowCount, FEWEST_NODES));
	const roomForFindings = Math.max(0, bodyRows - TABLE_HEADING - fewestRows);
	const failover = failoverLines(context, cursor, width).slice(0, Math.max(0, roomForFindings - 3));
	const findings = findingBlock({
		findings: data.snapshot.findings,
		periods: data.findingPeriods,
		now: data.now,
		selected: cursor.finding,
		isFocused: cursor.on === "findings",
		isBrief: paneWidth > 0 && cursor.on === "findings",
		columns: width,
		// Half of the screen, or what all nodes and some events leave.
		room:
			Math.min(
				roomForFindings,
				Math.max(3, Math.floor(bodyRows / 2), bodyRows - TABLE_HEADING - rowCount - FEWEST_EVENTS_BESIDE - 1),
			) - failover.length,
	});
	const above = [...failover, ...findings];
	const body = bodyRows - TABLE_HEADING - above.length;
	const remarks = remarksOf(context).slice(0, Math.max(0, Math.min(MOST_REMARKS, body - fewestRows)));
	const left = body - remarks.length;
	const shown = { width, paneWidth, above, remarks };
	const hasEvents = left >= fewestRows + 2;
	if (!hasEvents) return { ...shown, tableRows: Math.max(1, Math.min(rowCount, left)), eventRows: 0 };
	const tableRows = Math.max(fewestRows, Math.min(rowCount, left - 1 - FEWEST_EVENTS));
	return { ...shown, tableRows, eventRows: left - 1 - tableRows };
}

/** What is expected while a primary is missing, and what was seen of the last change. */
function failoverLines({ data }: UiContext, { finding }: HomeCursor, columns: number): readonly HomeLine[] {
	const told = failoverLine(data, finding?.code === "FAILOVER_IN_PROGRESS");
	if (told === null) return [];
	return wrapText(told.text, columns - 3).map((text, position) => ({
		line: { key: `failover ${position}`, isSelected: false, spans: [{ text: ` ${text}`, role: told.tone }] },
		finding: null,
	}));
}

function remarksOf({ data, columns }: UiContext): readonly Remark[] {
	const { findings, nodes, notices } = data.snapshot;
	const explained = new Set(findings.map(({ nodeId }) => nodeId));
	const unexplained = nodes.filter(({ nodeId, detail }) => detail !== null && !explained.has(nodeId));
	const remarks: readonly Remark[] = [
		...[...Map.groupBy(unexplained, ({ detail }) => detail)].map(
			([detail, them]): Remark => ({
				text: `${fewNames(them)}: ${detail}`,
				role: "warning",
			}),
		),
		...notices.map((text): Remark => ({ text: `not seen: ${text}`, role: "muted" })),
	];
	return remarks.flatMap(({ text, role }) =>
		wrapText(text, columns - 3)
			.filter((line) => line !== "")
			.map((line) => ({ text: line, role })),
	);
}
