import { outcomeLabel } from "../../../presentation/run-report.ts";
import type { OperationsState } from "../../../session/session.ts";
import { formatDateTime } from "../../../text/format.ts";
import { fitText } from "../../text/fit-text.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";

export type OperationSummary = NonNullable<OperationsState["runs"]>[number];

const ROLES: Readonly<Record<OperationSummary["outcome"], SemanticRole>> = {
	done: "ok",
	failed: "critical",
	stopped: "warning",
	interrupted: "warning",
};

const MARKS: Readonly<Record<OperationSummary["outcome"], string>> = {
	done: "✓",
	failed: "✗",
	stopped: "!",
	interrupted: "!",
};

/** One operation: how it ended, when, what, who. */
export function runLine(run: OperationSummary, isSelected: boolean, columns: number): StyledLine {
	const { operationId, startedAt, outcome, title, who } = run;
	const begun = formatDateTime(startedAt);
	return {
		key: operationId,
		isSelected,
		spans: [
			{ text: ` ${MARKS[outcome]} ${outcomeLabel(run).padEnd(11)}`, role: ROLES[outcome] },
			{ text: ` ${begun}  ${fitText(`${title}   by ${who}`, columns - 38)}`, role: "plain" },
		],
	};
}
