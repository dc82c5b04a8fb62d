import type { Intent } from "../../model/intent.ts";
import type { Plan } from "../../operation/plan/plan.ts";
import { drillReportMarkdown } from "../../presentation/drill-report.ts";
import { runbook } from "../../presentation/runbook.ts";
import { shellWords } from "../../text/shell.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { changesForbidden } from "../screens/operations/operations-view.ts";
import { planView } from "../screens/plan/plan-view.ts";
import { runLayout } from "../screens/run/run-view.ts";
import { selectedRun } from "../screens/runs/runs-view.ts";
import { clampOffset } from "../window.ts";
import { emptyPrompt } from "./everywhere.ts";
import { movingBindings } from "./moving.ts";

const PLAN = ["plan"] as const;
const RUN = ["run"] as const;
const RUNS = ["runs"] as const;

/** Reading and confirming a plan, watching it being carried out, taking up what was interrupted. */
export const RUNNING: readonly Binding[] = [
	...movingBindings({ id: "plan", screens: PLAN, unit: "line", move: scrollPlan }),
	{
		id: "plan.approve",
		keys: ["enter"],
		label: "carry out",
		help: "Carry out the plan, after a confirmation that grows with what may be lost.",
		screens: PLAN,
		disabled: notApprovable,
		run: () => ({ event: "prompt", prompt: emptyPrompt("confirm", "") }),
	},
	{
		id: "plan.all",
		keys: ["a"],
		label: "all checks",
		help: "Show everything that was checked, and how each step is verified and undone; or only what matters.",
		screens: PLAN,
		run: (context) => {
			const screen = screenIf(context, "plan");
			return screen && { event: "change", screen: { ...screen, offset: 0, showsAll: !screen.showsAll } };
		},
	},
	{
		id: "plan.again",
		keys: ["p"],
		label: "plan again",
		help: "Look at all nodes again, and plan again.",
		screens: PLAN,
		disabled: (context) => (wishedFor(context) === null ? "nothing was asked for" : null),
		run: (context) => {
			const intent = wishedFor(context);
			if (intent !== null) context.session.operationStore.ask(intent);
			return null;
		},
	},
	{
		id: "plan.runbook",
		keys: ["m"],
		label: "copy runbook",
		help: "Copy the plan as Markdown, for somebody who carries it out by hand (OSC 52).",
		screens: PLAN,
		disabled: (context) => (planOf(context) === null ? "there is no plan" : null),
		run: (context) => copied(context, "as Markdown", runbook),
	},
	{
		id: "plan.copy",
		keys: ["y"],
		label: "copy commands",
		help: "Copy the plan's commands, one a line (OSC 52).",
		screens: PLAN,
		disabled: (context) => (planOf(context) === null ? "there is no plan" : null),
		run: (context) =>
			copied(context, "the commands", ({ steps }) =>
				steps.map(({ command }) => shellWords(command.argv)).join("\n"),
			),
	},
	...movingBindings({ id: "run", screens: RUN, unit: "line", move: scrollLog }),
	{
		id: "run.wayOut",
		keys: ["enter"],
		label: "way out",
		help: "Make the plan of the first way out of a failure.",
		screens: RUN,
		disabled: (context) =>
			recoveryOption(context) === null ? "nothing failed that this console has a way out of" : null,
		run: (context) => {
			const intent = recoveryOption(context);
			if (intent === null) return null;
			context.session.operationStore.ask(intent);
			return OPEN_PLAN;
		},
	},
	{
		id: "run.stop",
		keys: ["x"],
		label: "stop after step",
		help: "Begin no further step; what must not stay is undone all the same.",
		screens: RUN,
		disabled: notRunning,
		run: ({ session }) => {
			session.operationStore.stopAfterStep();
			return { event: "say", text: "no further step will be begun", isProblem: false };
		},
	},
	{
		id: "run.detach",
		keys: ["d"],
		label: "detach",
		help: "Leave what runs alone: it goes on, on its host, and can be taken up again from any console.",
		screens: RUN,
		disabled: notRunning,
		run: ({ session }) => {
			void session.operationStore.detach();
			return null;
		},
	},
	{
		id: "run.again",
		keys: ["p"],
		label: "plan again",
		help: "After a refusal at the last moment: look at all nodes again, and plan again.",
		screens: RUN,
		disabled: ({ operationStore: { wish } }) =>
			wish?.state === "refused" && wish.intent !== null ? null : "nothing was refused",
		run: (context) => {
			const intent = wishedFor(context);
			if (intent === null) return null;
			context.session.operationStore.ask(intent);
			return OPEN_PLAN;
		},
	},
	{
		id: "run.log",
		keys: ["a"],
		label: "full log",
		help: "Show what all steps printed, or only the one that matters.",
		screens: RUN,
		run: (context) => {
			const screen = screenIf(context, "run");
			return screen && { event: "change", screen: { ...screen, foot: null, showsAll: !screen.showsAll } };
		},
	},
	{
		id: "run.report",
		keys: ["m"],
		label: "copy report",
		help: "Copy the report of a drill as Markdown (OSC 52).",
		screens: RUN,
		disabled: ({ operationStore }) =>
			operationStore.run?.report === undefined ? "only a drill that has ended has one" : null,
		run: ({ operationStore, copy }) => {
			if (operationStore.run?.report === undefined) return null;
			copy(drillReportMarkdown(operationStore.run.report));
			return { event: "say", text: "copied: the report, as Markdown", isProblem: false };
		},
	},
	{
		id: "runs.open",
		keys: ["R"],
		label: "runs",
		help: "Show what was done with this cluster, and what was not brought to its end.",
		screens: ["topology", "operations", "run"],
		isQuiet: true,
		run: ({ session }) => {
			session.operationStore.readRuns();
			return { event: "open", screen: { screen: "runs", operationId: null } };
		},
	},
	{
		id: "run.open",
		keys: ["O"],
		label: "current operation",
		help: "Show the operation that is being carried out here, or was at last.",
		screens: ["topology", "operations", "runs", "node", "events", "logs"],
		isQuiet: true,
		disabled: ({ operationStore }) =>
			operationStore.run === null ? "nothing was carried out here yet" : null,
		run: () => openRun(),
	},
	...movingBindings({ id: "runs", screens: RUNS, unit: "operation", move: selectRun }),
	{
		id: "runs.resume",
		keys: ["r"],
		label: "take up",
		help: "Take up an interrupted operation: look after what was begun, undo what must not stay, begin nothing new.",
		screens: RUNS,
		disabled: (context) =>
			changesForbidden(context) ??
			(shownRun(context)?.outcome === "interrupted" ? null : "only what was interrupted can be taken up"),
		run: (context) => {
			const run = shownRun(context);
			if (run === null) return null;
			context.session.operationStore.resume(run.operationId);
			return openRun();
		},
	},
];

/** The screen of what is carried out, following it. */
export function openRun(): Reaction {
	return { event: "open", screen: { screen: "run", foot: null, showsAll: false } };
}

const OPEN_PLAN = { event: "open", screen: { screen: "plan", offset: 0, showsAll: false } } as const;

function planOf({ operationStore: { wish } }: UiContext): Plan | null {
	return wish?.state === "planned" ? wish.plan : null;
}

/** The first of the ways out that is an operation of this console. */
function recoveryOption({ operationStore: { run, recoveryOptions } }: UiContext): Intent | null {
	if (run?.outcome !== "failed") return null;
	return recoveryOptions?.ways.find(({ intent }) => intent !== undefined)?.intent ?? null;
}

/** What there is a plan of, or a refusal. */
function wishedFor(context: UiContext): Intent | null {
	const { wish } = context.operationStore;
	return planOf(context)?.intent ?? (wish?.state === "refused" ? wish.intent : null);
}

function notApprovable(context: UiContext): string | null {
	const { wish, run } = context.operationStore;
	const forbidden = changesForbidden(context);
	if (forbidden !== null) return forbidden;
	if (run?.outcome === "running") return "another operation is being carried out here";
	if (wish?.state !== "planned") return "there is no plan";
	const { trial } = wish;
	if (trial?.state === "running") return "repmgr still tries it";
	return trial?.state === "failed" || (trial?.state === "ended" && trial.exitCode !== 0)
		? "repmgr's own trial failed"
		: null;
}

function notRunning({ operationStore: { run } }: UiContext): string | null {
	return run?.outcome === "running" ? null : "nothing runs";
}

function copied(context: UiContext, what: string, textOf: (plan: Plan) => string): Reaction {
	const plan = planOf(context);
	if (plan === null) return null;
	context.copy(textOf(plan));
	return { event: "say", text: `copied: ${plan.title}, ${what}`, isProblem: false };
}

function scrollPlan(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "plan");
	if (screen === null) return null;
	const offset = clampOffset(screen.offset + by, planView(context, screen).length, context.bodyRows - 1);
	return { event: "change", screen: { ...screen, offset } };
}

function scrollLog(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "run");
	const layout = screen && runLayout(context, screen);
	if (screen === null || layout === null) return null;
	const foot = Math.max(layout.logHeight, Math.min(layout.logCount, layout.foot + by));
	// At the end it follows again.
	return { event: "change", screen: { ...screen, foot: foot >= layout.logCount ? null : foot } };
}

function shownRun(context: UiContext) {
	const screen = screenIf(context, "runs");
	return screen && selectedRun(context.operationStore.runs ?? [], screen.operationId);
}

function selectRun(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "runs");
	const run = shownRun(context);
	if (screen === null || run === null) return null;
	const runs = context.operationStore.runs ?? [];
	const target = runs[Math.max(0, Math.min(runs.length - 1, runs.indexOf(run) + by))];
	return target ? { event: "change", screen: { ...screen, operationId: target.operationId } } : null;
}
