import { appendFile, writeFile } from "node:fs/promises";
import type { Intent } from "../model/intent.ts";
import type { Plan } from "../operation/plan/plan.ts";
import { drillReportMarkdown } from "../presentation/drill-report.ts";
import { dryRunHeading } from "../presentation/plan-report.ts";
import { runbook } from "../presentation/runbook.ts";
import type { Operations, Session } from "../session/session.ts";
import { type Consent, confirm } from "./confirm.ts";
import { OPERATION_EXIT } from "./exit-code.ts";
import { type NewPasswordSource, readNewPassword } from "./new-password.ts";
import { planText, refusalText } from "./plan-text.ts";
import { begunRun, followToTheEnd } from "./run-text.ts";
import { errorText, type Interaction, isRead, type Output } from "./terminal.ts";

export interface OperateOptions extends Consent {
	readonly json: boolean;
	/** Only print the plan as Markdown. */
	readonly runbook: boolean;
	/** Only print the plan and run repmgr's dry run. */
	readonly dryRun: boolean;
	/** Where the new password comes from; null: none is given. */
	readonly newPassword: NewPasswordSource | null;
	/** File for a drill's report as Markdown. */
	readonly reportFile: string | null;
}

/** Plan, dry run, confirmation, run: the same for all operations. */
export async function operateCommand(
	session: Session,
	wish: (session: Session) => Intent | string,
	options: OperateOptions,
	output: Output,
	interaction: Interaction,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return OPERATION_EXIT.refused;
	const intent = wish(session);
	if (typeof intent === "string") return refuse({ message: intent, detail: "", hint: "" }, options, output);
	const given = await readNewPassword(options.newPassword, interaction);
	if (given.fault !== undefined) return refuse({ detail: "", hint: "", ...given.fault }, options, output);
	const operations = await session.operations();
	const { plan, refusal } = await operations.request(intent);
	if (refusal !== undefined) return refuse(refusal, options, output);
	if (options.runbook) {
		output.out(runbook(plan));
		return OPERATION_EXIT.done;
	}
	if (!options.json) output.out(planText(plan));

	// With --yes the dry run is the first step of the run.
	const needsDryRun = options.dryRun || !options.yes;
	if (needsDryRun && !(await dryRun(operations, plan, options, output))) return OPERATION_EXIT.refused;
	if (options.dryRun) {
		if (options.json) output.out(JSON.stringify({ schema: 1, plan }, null, 2));
		return OPERATION_EXIT.done;
	}
	const objection = await confirm(plan.confirmation, options, interaction);
	if (objection !== null) {
		return refuse(
			{ message: `${plan.title}: ${objection}`, detail: "Nothing was changed.", hint: "" },
			options,
			output,
		);
	}
	const { reportFile } = options;
	// Checked before the drill changes anything.
	const problem = reportFile === null ? null : await written(() => appendFile(reportFile, ""));
	if (problem !== null) return refuse({ message: problem, detail: "", hint: "" }, options, output);
	const started = await begunRun(() => operations.approve(plan, given.value ?? undefined), interaction);
	const exitCode =
		started.refusal === undefined
			? await followToTheEnd(started.run, operations, options.json, output, interaction)
			: refuse(started.refusal, options, output);
	const report = started.run?.state.report;
	if (report !== undefined && reportFile !== null) {
		const failure = await written(() => writeFile(reportFile, drillReportMarkdown(report)));
		output.err(failure ?? `wrote the report to ${reportFile}`);
	}
	return exitCode;
}

/** @returns why the report could not be written, or null. */
async function written(attempt: () => Promise<void>): Promise<string | null> {
	try {
		await attempt();
		return null;
	} catch (error) {
		return `could not write the report: ${error instanceof Error ? error.message : String(error)}`;
	}
}

/** Runs repmgr's dry run if the operation has one. @returns whether it allows the operation. */
async function dryRun(
	operations: Operations,
	plan: Plan,
	{ json }: OperateOptions,
	output: Output,
): Promise<boolean> {
	const tried = await operations.dryRun(plan);
	if (tried === null) return true;
	if (tried.fault !== undefined) {
		output.err(errorText(tried.fault));
		return false;
	}
	const { exitCode, text } = tried.value;
	if (!json || exitCode !== 0) output.err(`\n${dryRunHeading(exitCode)}\n${text}`);
	return exitCode === 0;
}

function refuse(
	refusal: { readonly message: string; readonly detail: string; readonly hint: string },
	{ json }: { readonly json: boolean },
	output: Output,
): number {
	if (json) output.out(JSON.stringify({ schema: 1, refusal }, null, 2));
	else output.err(refusalText({ prerequisites: [], ...refusal }));
	return OPERATION_EXIT.refused;
}
