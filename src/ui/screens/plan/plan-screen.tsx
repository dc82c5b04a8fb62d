import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { pageNote, pageOf } from "../../window.ts";
import { planNote, planTitle, planView } from "./plan-view.ts";

/** What would be done, or why it is not: to be read before it is confirmed. */
export function PlanScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "plan");
	if (screen === null) return null;
	const { operationStore, columns, bodyRows } = context;
	const page = pageOf(planView(context, screen), screen.offset, bodyRows - 1);
	const notes = [pageNote(page), planNote(operationStore)].filter((note) => note !== "");
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule
				columns={columns}
				title={planTitle(operationStore)}
				note={[notes.join(", "), planNote(operationStore)]}
			/>
			<StyledLines lines={page.lines} />
		</Box>
	);
}
