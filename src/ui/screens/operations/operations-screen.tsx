import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { operationsView } from "./operations-view.ts";

/** What can be done with the cluster; what can't be done now says why. */
export function OperationsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "operations");
	if (screen === null) return null;
	const { list, about } = operationsView(context, screen);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="OPERATIONS" />
			<StyledLines lines={list} />
			<Rule columns={context.columns} />
			<StyledLines lines={about} />
		</Box>
	);
}
