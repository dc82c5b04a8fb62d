import type { Fault } from "../model/fault.ts";
import { formatProblem, type Problem } from "../text/message.ts";

/** A fault as PostgreSQL's programs print errors: message, then DETAIL and HINT on lines of their own. */
export function formatFault({ message, detail, hint }: Fault): string {
	return formatProblems([
		{ message, ...(detail !== undefined && { detail }), ...(hint !== undefined && { hint }), exitCode: 64 },
	]);
}

/** The same for everything that is wrong with what the operator gave. */
export function formatProblems(problems: readonly Problem[]): string {
	return problems.map((problem) => `repmgr-console: error: ${formatProblem(problem)}`).join("\n");
}
