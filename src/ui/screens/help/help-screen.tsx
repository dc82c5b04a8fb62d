import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { type Binding, screenIf, type UiContext } from "../../context.ts";
import { pageNote, pageOf } from "../../window.ts";
import { helpView } from "./help-view.ts";

interface HelpScreenProps {
	readonly context: UiContext;
	/** With the user's keys. */
	readonly bindings: readonly Binding[];
}

/** All keys and commands, and what words and marks mean. */
export function HelpScreen({ context, bindings }: HelpScreenProps): ReactNode {
	const screen = screenIf(context, "help");
	if (screen === null) return null;
	const page = pageOf(helpView(context, bindings), screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="HELP" note={pageNote(page)} />
			<StyledLines lines={page.lines} />
		</Box>
	);
}
