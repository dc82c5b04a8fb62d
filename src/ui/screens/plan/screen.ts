import type { Intent } from "../../../model/intent.ts";
import type { Plan, Step } from "../../../operation/plan/plan.ts";
import { commandText } from "../../../presentation/plan-report.ts";
import { runbook } from "../../../presentation/runbook.ts";
import type { OperationsState } from "../../../session/session.ts";
import { shellWords } from "../../../text/shell.ts";
import type { UiContext } from "../../context.ts";
import { change, openPrompt, say } from "../../reduce.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { changesForbidden } from "../operations/operations-view.ts";
import type { PlanState } from "../states.ts";
import { planNote, planTitle, planView } from "./plan-view.ts";

interface PlanModel extends Text {
	readonly plan: Plan | null;
	/** What was planned or refused. */
	readonly intent: Intent | null;
}

/** What would be done, or why it is refused: to be read before it is confirmed. */
export const PLAN = textScreen<PlanState, PlanModel>({
	name: "plan",
	title: "plan",
	derive: (context, state) => ({
		plan: planOf(context.operationStore),
		intent: intentOf(context.operationStore),
		heading: planTitle(context.operationStore),
		note: planNote(context.operationStore),
		lines: planView(context, state),
	}),
	bindings: [
		{
			id: "plan.approve",
			needsCluster: true,
			keys: ["enter"],
			label: "execute",
			help: "Execute the plan after a confirmation, which is stricter the more data may be lost.",
			disabled: ({ context }) => notApprovable(context),
			run: () => openPrompt("confirm"),
		},
		{
			id: "plan.all",
			keys: ["a"],
			label: "all checks",
			help: "Show all checks, and how each step is verified and rolled back; or only what needs attention.",
			run: ({ state }) => change({ ...state, offset: 0, showsAll: !state.showsAll }),
		},
		{
			id: "plan.again",
			needsCluster: true,
			keys: ["p"],
			label: "plan again",
			help: "Check all nodes again and make a new plan.",
			disabled: ({ model }) => (model.intent === null ? "no operation was requested" : null),
			run: ({ context, model }) => {
				if (model.intent !== null) context.session.operationStore.ask(model.intent);
				return null;
			},
		},
		{
			id: "plan.runbook",
			keys: ["m"],
			label: "copy runbook",
			help: "Copy the plan as a Markdown runbook, to be executed by hand (OSC 52).",
			disabled: ({ model }) => (model.plan === null ? "there is no plan" : null),
			run: ({ context, model: { plan } }) => {
				if (plan === null) return null;
				context.copy(runbook(plan));
				return say(`copied: ${plan.title}, as Markdown`);
			},
		},
		{
			id: "plan.copy",
			keys: ["y"],
			label: "copy commands",
			help: "Copy the plan's commands, one a line (OSC 52).",
			disabled: ({ model }) => (model.plan === null ? "there is no plan" : null),
			run: ({ context, model: { plan } }) => {
				if (plan === null) return null;
				context.copy(plan.steps.flatMap(copied).join("\n"));
				return say(`copied: ${plan.title}, the commands`);
			},
		},
	],
});

/** As it is run; with its input, where it has one. */
function copied(step: Step): readonly string[] {
	return step.command.input === undefined ? [shellWords(step.command.argv)] : commandText(step);
}

function planOf({ pending }: OperationsState): Plan | null {
	return pending?.state === "planned" ? pending.plan : null;
}

/** What there is a plan or a refusal of. */
export function intentOf(operations: OperationsState): Intent | null {
	const { pending } = operations;
	return planOf(operations)?.intent ?? (pending?.state === "refused" ? pending.intent : null);
}

function notApprovable(context: UiContext): string | null {
	const { pending, run } = context.operationStore;
	const forbidden = changesForbidden(context);
	if (forbidden !== null) return forbidden;
	if (run?.outcome === "running") return "another operation is running here";
	if (pending?.state !== "planned") return "there is no plan";
	const { dryRun } = pending;
	if (dryRun?.state === "running") return "repmgr's dry run is still running";
	return dryRun?.state === "failed" || (dryRun?.state === "ended" && dryRun.exitCode !== 0)
		? "repmgr's dry run failed"
		: null;
}
