import { Text } from "ink";
import type { ReactNode } from "react";
import type { Binding, UiContext } from "../context.ts";
import { currentScreen } from "../state/ui-state.ts";
import { TopologyScreen } from "./topology-screen.tsx";

interface ScreenBodyProps {
	readonly context: UiContext;
	readonly bindings: readonly Binding[];
}

/** The screen the operator is on. */
export function ScreenBody({ context }: ScreenBodyProps): ReactNode {
	const { screen } = currentScreen(context.ui);
	switch (screen) {
		case "topology":
			return <TopologyScreen context={context} />;
		case "events":
		case "event":
		case "node":
		case "logs":
		case "help":
			return <Text>{screen}</Text>;
	}
}
