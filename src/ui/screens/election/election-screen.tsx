import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { pageNote, pageOf } from "../../window.ts";
import { electionView } from "./election-view.ts";

/** What repmgrd would do if the primary died now. */
export function ElectionScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "election");
	if (screen === null) return null;
	const page = pageOf(electionView(context), screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="IF THE PRIMARY DIES NOW" note={pageNote(page)} />
			<StyledLines lines={page.lines} />
		</Box>
	);
}
