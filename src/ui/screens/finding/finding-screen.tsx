import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { pageNote, pageOf } from "../../window.ts";
import { findingPage } from "./finding-view.ts";

/** One finding in full. */
export function FindingScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "finding");
	if (screen === null) return null;
	const lines = findingPage(context, screen.finding);
	const page = pageOf(lines, screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="FINDING" note={pageNote(page)} />
			{lines.length === 0 && <Text {...theme.ok}>{"  this is over; the event log says when it ended"}</Text>}
			<StyledLines lines={page.lines} />
		</Box>
	);
}
