import { Box } from "ink";
import type { ReactNode } from "react";
import type { Finding } from "../../../model/finding.ts";
import type { Intent } from "../../../model/intent.ts";
import { drillReportMarkdown } from "../../../presentation/drill-report.ts";
import { isBeginning } from "../../../session/operation-store.ts";
import type { OperationsState } from "../../../session/session.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { UiContext } from "../../context.ts";
import { change, open, say } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { clampOffset, movingBindings } from "../../scrolling.ts";
import { textIn } from "../../text/styled-line.ts";
import { type Text, TextView } from "../../text-screen.tsx";
import { planView } from "../plan/plan-view.ts";
import { intentOf } from "../plan/screen.ts";
import { findingState, planState, type RunState, runState } from "../states.ts";
import { endedView } from "./ended-view.ts";
import { type RunLayout, runLayout } from "./run-view.ts";

interface RunModel {
	/** Of an operation that has ended, has not begun yet, or was refused at the last moment. */
	readonly text: Text | null;
	/** Of a running one. */
	readonly layout: RunLayout | null;
}

type RunShown = Shown<RunState, RunModel>;

function textOf(context: UiContext, state: RunState): Text | null {
	const { pending, run } = context.operationStore;
	const text = (content: string) => textIn(context.columns)("instead", 1, content, "muted");
	if (pending?.state === "refused" && pending.wasApproved)
		return { heading: "REFUSED", lines: planView(context, { showsAll: false }) };
	if (pending?.state === "starting" || pending?.state === "resuming") {
		return {
			heading: pending.state === "starting" ? `STARTING: ${pending.plan.title}` : "STARTING",
			lines: text("Checking everything again, then locking the cluster…"),
		};
	}
	if (run === null) return { heading: "OPERATION", lines: text("No operation has run here yet.") };
	if (run.outcome === "running") return null;
	return {
		heading: `OPERATION: ${run.plan.title}`,
		note: run.operationId,
		lines: endedView(context, run, state),
	};
}

/** The running or last operation: its steps, their output, how it ended. */
export const RUN = defineScreen<RunState, RunModel>({
	name: "run",
	title: "operation",
	derive: (context, state) => {
		const { run } = context.operationStore;
		const text = textOf(context, state);
		return { text, layout: text === null && run !== null ? runLayout(context, run, state) : null };
	},
	View: Run,
	bindings: [
		...movingBindings<RunState, RunModel>({
			id: "run",
			unit: "line",
			move: ({ context, state, model: { text, layout } }, by) => {
				if (text !== null) return change({ ...state, offset: scrolled(text, state.offset, by, context) });
				if (layout === null) return null;
				const foot = Math.max(layout.logHeight, Math.min(layout.logCount, layout.foot + by));
				// At the end it follows again.
				return change({ ...state, foot: foot >= layout.logCount ? null : foot });
			},
		}),
		{
			id: "run.wayOut",
			needsCluster: true,
			keys: ["enter"],
			label: "next",
			help: "Plan the first of what is left to do, or show its finding.",
			disabled: ({ context }) =>
				nextOf(context) === null ? "nothing that could be planned is left to do" : null,
			run: ({ context }) => {
				const next = nextOf(context);
				if (next === null) return null;
				return "code" in next ? open(findingState(next)) : plan(context, next);
			},
		},
		{
			id: "run.stop",
			needsCluster: true,
			keys: ["x"],
			label: "stop after step",
			help: "Stop after the current step; cleanup steps still run.",
			disabled: notRunning,
			run: ({ context }) => {
				context.session.operationStore.stopAfterStep();
				return say("stopping after the current step");
			},
		},
		{
			id: "run.detach",
			needsCluster: true,
			keys: ["d"],
			label: "detach",
			help: "Detach: the step keeps running on its host; resume it from any console.",
			disabled: notRunning,
			run: ({ context }) => {
				void context.session.operationStore.detach();
				return null;
			},
		},
		{
			id: "run.again",
			needsCluster: true,
			keys: ["p"],
			label: "plan again",
			help: "Make a new plan after a refusal at the last moment.",
			disabled: ({ context }) =>
				refusedIntent(context.operationStore) === null ? "nothing was refused" : null,
			run: ({ context }) => plan(context, refusedIntent(context.operationStore)),
		},
		{
			id: "run.log",
			keys: ["a"],
			label: "full log",
			help: "Show the output of all steps, or only of the current one.",
			run: ({ state }) => change({ ...state, foot: null, offset: 0, showsAll: !state.showsAll }),
		},
		{
			id: "run.report",
			keys: ["m"],
			label: "copy report",
			help: "Copy the drill's report as Markdown (OSC 52).",
			disabled: ({ context }) =>
				context.operationStore.run?.report === undefined ? "only a completed drill has a report" : null,
			run: ({ context: { operationStore, copy } }) => {
				if (operationStore.run?.report === undefined) return null;
				copy(drillReportMarkdown(operationStore.run.report));
				return say("copied: the report, as Markdown");
			},
		},
		{
			id: "run.open",
			keys: ["O"],
			label: "current operation",
			help: "Show the current or last operation.",
			screens: ["topology", "operations", "runs", "node", "events", "logs"],
			isQuiet: true,
			disabled: ({ operationStore }: UiContext) =>
				operationStore.run === null ? "no operation has run here yet" : null,
			run: () => open(runState()),
		},
	],
});

/** The first of what is left to do that this console can lead to. */
function nextOf({ operationStore, data }: UiContext): Intent | Finding | null {
	const { run, recoveryOptions, pending } = operationStore;
	// What is left of an earlier one is not what this screen shows then.
	if (isBeginning(pending)) return null;
	if (run === null || run.outcome === "running" || run.outcome === "detached") return null;
	if (recoveryOptions !== null)
		return recoveryOptions.ways.find(({ intent }) => intent !== undefined)?.intent ?? null;
	return data.snapshot.findings.find(({ severity }) => severity !== "notice") ?? null;
}

/** The first line after scrolling by so many. */
function scrolled({ lines }: Text, offset: number, by: number, { bodyRows }: UiContext): number {
	const height = bodyRows - 1;
	return clampOffset(clampOffset(offset, lines.length, height) + by, lines.length, height);
}

function refusedIntent(operations: OperationsState): Intent | null {
	return operations.pending?.state === "refused" ? intentOf(operations) : null;
}

function plan({ session }: UiContext, intent: Intent | null) {
	if (intent === null) return null;
	session.operationStore.ask(intent);
	return open(planState());
}

function notRunning({ context }: RunShown): string | null {
	return context.operationStore.run?.outcome === "running" ? null : "no operation is running";
}

function Run({ context, state, model: { text, layout } }: RunShown): ReactNode {
	if (text !== null) return <TextView context={context} state={state} model={text} />;
	if (layout === null) return null;
	const { columns } = context;
	const { title, operationId, elapsed, steps, result, logTitle, log, foot, logCount } = layout;
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={`OPERATION: ${title}`} note={[`${operationId}  ${elapsed}`, elapsed]} />
			<StyledLines lines={steps} />
			<StyledLines lines={result} />
			<Rule
				columns={columns}
				title={logTitle}
				note={foot < logCount ? `${logCount - foot} lines below` : ""}
			/>
			<StyledLines lines={log} />
		</Box>
	);
}
