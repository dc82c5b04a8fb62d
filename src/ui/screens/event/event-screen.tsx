import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { pageNote, pageOf } from "../../window.ts";
import { eventPage } from "./event-view.ts";

/** Everything recorded of one event. */
export function EventScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "event");
	if (screen === null) return null;
	const lines = eventPage(context, screen.entry);
	const page = pageOf(lines, screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="EVENT" note={pageNote(page)} />
			{lines.length === 0 && <Text {...theme.muted}>{"  this event is so old that it is kept no more"}</Text>}
			<StyledLines lines={page.lines} />
		</Box>
	);
}
