import type { ReactNode } from "react";
import type { Binding, UiContext } from "../context.ts";
import { currentScreen } from "../ui-state.ts";
import { ElectionScreen } from "./election/election-screen.tsx";
import { EventScreen } from "./event/event-screen.tsx";
import { EventsScreen } from "./events/events-screen.tsx";
import { FindingScreen } from "./finding/finding-screen.tsx";
import { FindingsScreen } from "./findings/findings-screen.tsx";
import { HelpScreen } from "./help/help-screen.tsx";
import { LintResultScreen } from "./lint-result/lint-result-screen.tsx";
import { LintScreen } from "./lint-results/lint-screen.tsx";
import { LogsScreen } from "./logs/logs-screen.tsx";
import { NodeScreen } from "./node/node-screen.tsx";
import { OperationsScreen } from "./operations/operations-screen.tsx";
import { PlanScreen } from "./plan/plan-screen.tsx";
import { RunScreen } from "./run/run-screen.tsx";
import { RunsScreen } from "./runs/runs-screen.tsx";
import { TopologyScreen } from "./topology/topology-screen.tsx";
import { ViewpointsScreen } from "./viewpoints/viewpoints-screen.tsx";
import { WizardScreen } from "./wizard/wizard-screen.tsx";

interface ScreenBodyProps {
	readonly context: UiContext;
	readonly bindings: readonly Binding[];
}

/** The screen the operator is on. */
export function ScreenBody({ context, bindings }: ScreenBodyProps): ReactNode {
	const { screen } = currentScreen(context.ui);
	switch (screen) {
		case "topology":
			return <TopologyScreen context={context} />;
		case "events":
			return <EventsScreen context={context} />;
		case "event":
			return <EventScreen context={context} />;
		case "finding":
			return <FindingScreen context={context} />;
		case "findings":
			return <FindingsScreen context={context} />;
		case "viewpoints":
			return <ViewpointsScreen context={context} />;
		case "election":
			return <ElectionScreen context={context} />;
		case "lint":
			return <LintScreen context={context} />;
		case "lintResult":
			return <LintResultScreen context={context} />;
		case "operations":
			return <OperationsScreen context={context} />;
		case "wizard":
			return <WizardScreen context={context} />;
		case "plan":
			return <PlanScreen context={context} />;
		case "run":
			return <RunScreen context={context} />;
		case "runs":
			return <RunsScreen context={context} />;
		case "help":
			return <HelpScreen context={context} bindings={bindings} />;
		case "node":
			return <NodeScreen context={context} />;
		case "logs":
			return <LogsScreen context={context} />;
	}
}
