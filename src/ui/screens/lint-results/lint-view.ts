import { type LintResult, type LintSeverity, lintKey, placeText } from "../../../model/lint-result.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { formatAge } from "../../../text/format.ts";
import { lineFilter } from "../../../text/words.ts";
import { pageHeading, type StyledLine, textIn } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { FindingLine } from "../findings/finding-lines.ts";
import type { Narrowing } from "../states.ts";

const MARKS: Readonly<Record<LintSeverity, string>> = {
	error: "!!",
	warning: "!",
	unknown: "?",
	notice: "·",
};

const ROLES: Readonly<Record<LintSeverity, SemanticRole>> = {
	error: "critical",
	warning: "warning",
	unknown: "unknown",
	notice: "plain",
};

/** The results of the last check that pass the filters, the worst first. */
export function lintResults({ setupCheck }: ConsoleState, screen: Narrowing): readonly LintResult[] {
	const matches = lineFilter(screen.filter) ?? (() => true);
	return (setupCheck.report?.results ?? []).filter(
		(result) =>
			(!screen.errorsOnly || result.severity === "error" || result.severity === "warning") &&
			matches(`${result.severity} ${result.code} ${placeText(result.where)} ${result.message}`),
	);
}

/** A result on one line of a list. */
export function lintLine(result: LintResult): FindingLine {
	const { code, message, severity } = result;
	const role = ROLES[severity];
	return {
		key: lintKey(result),
		mark: MARKS[severity],
		code,
		message,
		lasted: "",
		role,
		isAcknowledged: false,
	};
}

/** One result in full: what, where, why it matters, and the exact change. */
export function lintResultView(result: LintResult, columns: number): readonly StyledLine[] {
	const { severity, code, message, why, link, change, notChecked = [] } = result;
	const indented = textIn(columns);
	const text = (part: string, content: string, role?: SemanticRole) => indented(part, 3, content, role);
	return [
		{
			key: "code",
			spans: [
				{ text: ` ${severity.toUpperCase()}`, role: ROLES[severity] },
				{ text: `  ${code}`, role: "title" },
				{ text: `  ${placeText(result.where)}`, role: "muted" },
			],
		},
		...text("message", message, "title"),
		...text("why", why),
		...(change.length === 0 ? [] : [pageHeading("CHANGE")]),
		...change.flatMap(({ title, text: exact }, step) => [
			...text(`title ${step}`, `${title}:`),
			...text(`text ${step}`, `  ${exact}`, "key"),
		]),
		...(notChecked.length === 0
			? []
			: [pageHeading("NOT CHECKED"), ...text("not checked", notChecked.join(", "))]),
		pageHeading("SEE"),
		...text("link", link, "muted"),
	];
}

/** The exact text to type or write. */
export function changeText({ change }: LintResult): string {
	return change.map(({ text }) => text).join("\n");
}

/** Progress and age of the check, and what the filters hide. */
export function lintNote(data: ConsoleState, screen: Narrowing, shown: number): string {
	const { report, progress } = data.setupCheck;
	const all = report?.results.length ?? 0;
	return [
		...(report === null ? [] : [shown === all ? String(all) : `${shown} of ${all}`]),
		...(screen.errorsOnly ? ["errors only"] : []),
		...(screen.filter === "" ? [] : [`filter ${screen.filter}`]),
		progress !== null
			? `reading, ${progress.read} of ${progress.of} nodes done`
			: report === null
				? ""
				: `checked ${formatAge(data.now - report.readAt)}`,
	]
		.filter((part) => part !== "")
		.join(", ");
}

/** Why the list is empty. */
export function noResultsText({ setupCheck: { report } }: ConsoleState): string {
	if (report === null) return "reading the configuration of all nodes";
	return report.results.length === 0 ? "no problems found" : "nothing matches; esc clears the filter";
}
