import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { windowTop } from "../../window.ts";
import { wizardOf, wizardView } from "./wizard-view.ts";

/** What an operation has to be told before there is a plan. */
export function WizardScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "wizard");
	if (screen === null) return null;
	const { columns, bodyRows, data } = context;
	const lines = wizardView(data.snapshot, screen, columns);
	const selected = lines.findIndex(({ isSelected }) => isSelected);
	const top = windowTop(Math.max(0, selected), lines.length, bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={wizardOf(screen).title.toUpperCase()} />
			<StyledLines lines={lines.slice(top, top + bodyRows - 1)} />
		</Box>
	);
}
