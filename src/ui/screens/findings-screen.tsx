import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../components/rule.tsx";
import { StyledLines } from "../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../context.ts";
import { findingsView } from "../view/findings-view.ts";
import { pageNote, pageOf } from "../view/window.ts";

/** What is wrong, with evidence and advice. */
export function FindingsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "findings");
	if (screen === null) return null;
	const page = pageOf(findingsView(context), screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="FINDINGS" note={pageNote(page)} />
			<StyledLines lines={page.lines} />
		</Box>
	);
}
