import { type LintResult, type LintSeverity, lintKey } from "../../../model/lint-result.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { formatAge } from "../../../text/format.ts";
import { lineFilter } from "../../../text/words.ts";
import type { UiContext } from "../../context.ts";
import { pageHeading, pageText } from "../../text/page.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { ScreenOf } from "../../ui-state.ts";
import { windowTop } from "../../window.ts";
import type { FindingLine } from "../findings/finding-lines.ts";

type Screen = Pick<ScreenOf<"lint">, "result" | "filter" | "errorsOnly">;

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

/** What the operator wants to see of the last check, the worst first. */
export function lintResults({ setupCheck }: ConsoleState, screen: Screen): readonly LintResult[] {
	const matches = lineFilter(screen.filter) ?? (() => true);
	return (setupCheck.report?.results ?? []).filter(
		(result) =>
			(!screen.errorsOnly || result.severity === "error" || result.severity === "warning") &&
			matches(`${result.severity} ${result.code} ${placeText(result)} ${result.message}`),
	);
}

/** The result with this key, else the first one; null when there is none. */
export function selectedResult(results: readonly LintResult[], key: string | null): LintResult | null {
	return results.find((result) => lintKey(result) === key) ?? results[0] ?? null;
}

/** The part of the list that fits into a third of the screen; the rest is to read the selected one. */
export function lintLayout({ data, bodyRows }: UiContext, screen: Screen) {
	const all = lintResults(data, screen);
	const result = selectedResult(all, screen.result);
	const selected = result === null ? -1 : all.indexOf(result);
	const height = Math.min(all.length, Math.max(3, Math.floor(bodyRows / 3)));
	const top = windowTop(Math.max(0, selected), all.length, height);
	return { result, selected, top, height, results: all.slice(top, top + height) };
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
	const text = (part: string, content: string, role?: SemanticRole) => pageText(columns, part, content, role);
	return [
		{
			key: "code",
			spans: [
				{ text: ` ${severity.toUpperCase()}`, role: ROLES[severity] },
				{ text: `  ${code}`, role: "title" },
				{ text: `  ${placeText(result)}`, role: "muted" },
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

/** "node1:/etc/repmgr.conf:12". */
function placeText({ where: { host, file, line } }: LintResult): string {
	return [host, file, line].filter((part) => part !== null).join(":");
}

/** The lines of the screen of one result; none when the newest check has it no more. */
export function lintResultPage({ data, columns }: UiContext, key: string): readonly StyledLine[] {
	const result = (data.setupCheck.report?.results ?? []).find((candidate) => lintKey(candidate) === key);
	return result === undefined ? [] : lintResultView(result, columns);
}

/** Exactly what is to be typed or written, without the words around it. */
export function changeText({ change }: LintResult): string {
	return change.map(({ text }) => text).join("\n");
}

/** How far the check is, how old it is, and what is hidden of it. */
export function lintNote(data: ConsoleState, screen: Screen): string {
	const { report, progress } = data.setupCheck;
	const shown = lintResults(data, screen).length;
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

/** Why nothing is listed. */
export function noResultsText({ setupCheck: { report } }: ConsoleState): string {
	if (report === null) return "reading how the nodes are set up";
	return report.results.length === 0
		? "nothing is set up badly that this console knows of"
		: "nothing matches; esc clears the filter";
}
