import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { pageNote, pageOf } from "../../window.ts";
import { nodeTitle, nodeView } from "./node-view.ts";

/** Everything known about one node, with where it comes from and how old it is. */
export function NodeScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "node");
	if (screen === null) return null;
	const lines = nodeView(context, screen.nodeId);
	if (lines === null) {
		return (
			<Text {...theme.warning} wrap="truncate">
				{`  node ${screen.nodeId} is no longer registered; esc goes back`}
			</Text>
		);
	}
	const page = pageOf(lines, screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title={nodeTitle(context, screen.nodeId)} note={pageNote(page)} />
			<StyledLines lines={page.lines} />
		</Box>
	);
}
