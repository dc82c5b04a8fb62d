import type { ReactNode } from "react";
import type { Binding, UiContext } from "../context.ts";
import { currentScreen } from "../state/ui-state.ts";
import { ElectionScreen } from "./election-screen.tsx";
import { EventScreen } from "./event-screen.tsx";
import { EventsScreen } from "./events-screen.tsx";
import { FindingScreen } from "./finding-screen.tsx";
import { FindingsScreen } from "./findings-screen.tsx";
import { HelpScreen } from "./help-screen.tsx";
import { LintResultScreen } from "./lint-result-screen.tsx";
import { LintScreen } from "./lint-screen.tsx";
import { LogsScreen } from "./logs-screen.tsx";
import { NodeScreen } from "./node-screen.tsx";
import { OperationsScreen } from "./operations-screen.tsx";
import { PlanScreen } from "./plan-screen.tsx";
import { RunScreen } from "./run-screen.tsx";
import { RunsScreen } from "./runs-screen.tsx";
import { TopologyScreen } from "./topology-screen.tsx";
import { ViewpointsScreen } from "./viewpoints-screen.tsx";
import { WizardScreen } from "./wizard-screen.tsx";

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
