import { outcomeLabel } from "../presentation/run-report.ts";
import type { Session } from "../session/session.ts";
import { formatDateTime } from "../text/format.ts";
import { OPERATION_EXIT } from "./exit-code.ts";
import { refusalText } from "./plan-text.ts";
import { begunRun, followToTheEnd } from "./run-text.ts";
import { textTable } from "./table.ts";
import { type Interaction, isRead, type Output } from "./terminal.ts";

export type RunsAction =
	| { readonly kind: "list" }
	| { readonly kind: "resume"; readonly operationId: string }
	| { readonly kind: "break lock"; readonly clusterName: string };

/** `runs`, `runs resume ID`, `runs --break-lock NAME`. */
export async function runsCommand(
	session: Session,
	action: RunsAction,
	json: boolean,
	output: Output,
	interaction: Interaction,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return OPERATION_EXIT.refused;
	const operations = await session.operations();
	switch (action.kind) {
		case "list": {
			const { runs, problems = [], refusal } = await operations.runs();
			if (refusal !== undefined) {
				if (json) output.out(JSON.stringify({ schema: 1, refusal }, null, 2));
				else output.err(refusalText(refusal));
				return OPERATION_EXIT.refused;
			}
			if (json) output.out(JSON.stringify({ schema: 1, runs, problems }, null, 2));
			else {
				const rows = runs.map((run) => {
					const { operationId, startedAt, title, who } = run;
					return [operationId, formatDateTime(startedAt), outcomeLabel(run), title, who];
				});
				output.out(textTable(["ID", "STARTED (UTC)", "OUTCOME", "OPERATION", "BY"], rows));
				for (const problem of problems) output.err(`WARNING:  ${problem}`);
			}
			return OPERATION_EXIT.done;
		}
		case "break lock": {
			const { refusal, unwritten } = await operations.breakLock(action.clusterName);
			if (refusal !== undefined) {
				output.err(refusalText(refusal));
				return OPERATION_EXIT.refused;
			}
			output.out("the lock is broken");
			if (unwritten !== null) output.err(`WARNING:  this is not in the journal: ${unwritten}`);
			return OPERATION_EXIT.done;
		}
		case "resume": {
			const { run, refusal } = await begunRun(() => operations.resume(action.operationId), interaction);
			if (refusal !== undefined) {
				output.err(refusalText(refusal));
				return OPERATION_EXIT.refused;
			}
			return await followToTheEnd(run, operations, json, output, interaction);
		}
	}
}
