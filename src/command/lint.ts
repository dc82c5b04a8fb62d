import { type LintReport, type LintResult, type LintSeverity, placeText } from "../model/lint-result.ts";
import type { Session } from "../session/session.ts";
import { didYouMean } from "../text/nearest.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { errorText, isRead, type Output } from "./terminal.ts";

export interface LintOptions {
	readonly json: boolean;
	readonly node: string | undefined;
}

/** Checks the configuration once. Exit code: 0 nothing worse than a notice, 1 warnings, 2 errors, 3 nothing could be read. */
export async function lintCommand(session: Session, options: LintOptions, output: Output): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	const { registrations, name } = session.store.getState();
	const chosen = registrations.find(({ nodeName }) => nodeName === options.node);
	if (options.node !== undefined && chosen === undefined) {
		const names = registrations.map(({ nodeName }) => nodeName);
		const hint = didYouMean(options.node, names).hint ?? `The nodes are ${names.join(", ")}.`;
		output.err(errorText({ message: `there is no node "${options.node}"`, hint }));
		return EXIT_CODE.usage;
	}
	const report = await session.checkSetup();
	const results =
		chosen === undefined ? report.results : report.results.filter(({ nodeId }) => nodeId === chosen.nodeId);
	output.out(options.json ? JSON.stringify(lintRecord(name, report, results), null, 2) : lintText(results));
	return exitCode(report, results);
}

function exitCode({ isAnythingRead }: LintReport, results: readonly LintResult[]): number {
	if (!isAnythingRead) return EXIT_CODE.unknown;
	const { error, warning } = countsOf(results);
	return error > 0 ? EXIT_CODE.critical : warning > 0 ? EXIT_CODE.warning : EXIT_CODE.ok;
}

/** `lint --json`, schema 1, as reference/json.md documents it. */
export function lintRecord(name: string, { readAt }: LintReport, results: readonly LintResult[]) {
	return {
		schema: 1,
		readAt: new Date(readAt).toISOString(),
		cluster: { name },
		counts: countsOf(results),
		results,
	};
}

function countsOf(results: readonly LintResult[]): Readonly<Record<LintSeverity, number>> {
	const count = (severity: LintSeverity): number =>
		results.filter((result) => result.severity === severity).length;
	return {
		error: count("error"),
		warning: count("warning"),
		notice: count("notice"),
		unknown: count("unknown"),
	};
}

function lintText(results: readonly LintResult[]): string {
	const { error, warning, notice, unknown } = countsOf(results);
	const counts = `${counted(error, "error")}, ${counted(warning, "warning")}, ${counted(notice, "notice")}${unknown === 0 ? "" : `; ${counted(unknown, "part")} not readable`}`;
	return [counts, ...results.map(resultText)].join("\n\n");
}

function counted(count: number, word: string): string {
	return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** As PostgreSQL's programs print messages, with each field on its own line. */
function resultText({ code, severity, message, where, why, link, change }: LintResult): string {
	return [
		`${severity.toUpperCase()}:  ${message} [${code}]`,
		`WHERE:  ${placeText(where)}`,
		`DETAIL:  ${why}`,
		`SEE:  ${link}`,
		...change.map(({ title, text }) => `CHANGE:  ${title}:\n    ${text}`),
	].join("\n");
}
