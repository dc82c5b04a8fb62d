import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { isTroubled } from "../../store/grid.ts";
import { Rule } from "../components/rule.tsx";
import { StyledLines } from "../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../context.ts";
import { useTheme } from "../theme.ts";
import { gridView } from "../view/grid-view.ts";
import { viewpointsView } from "../view/viewpoints-view.ts";

/** Lines for what can be said of the selected cell. */
const DETAIL_LINES = 3;

/** What every node believes, beside what is seen. */
export function ViewpointsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "viewpoints");
	if (screen === null) return null;
	const { columns, bodyRows, data } = context;
	const { grid, selected, detail } = viewpointsView(data, screen);
	const lines = bodyRows - 2 - DETAIL_LINES;
	const view = gridView(grid, selected, { columns, lines });
	const marked = grid.rows.filter(isTroubled).length;
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title="VIEWPOINTS" note={noteOf(screen, view.note, marked)} />
			<Box flexDirection="column" height={lines} flexShrink={0} overflow="hidden">
				<StyledLines lines={view.lines} />
				{grid.rows.length === 0 && (
					<Text {...theme.muted}>
						{screen.filter === ""
							? "  all nodes believe what is seen"
							: "  nothing matches; esc clears the filter"}
					</Text>
				)}
			</Box>
			<Rule columns={columns} />
			{detail.map((text) => (
				<Text key={text} wrap="truncate" {...theme[text.startsWith("≠") ? "warning" : "plain"]}>
					{`  ${text}`}
				</Text>
			))}
		</Box>
	);
}

function noteOf(
	{ filter, errorsOnly }: { readonly filter: string; readonly errorsOnly: boolean },
	place: string,
	marked: number,
): string {
	return [
		marked === 0 ? "all agree" : `≠ in ${marked} ${marked === 1 ? "row" : "rows"}`,
		...(errorsOnly ? ["errors only"] : []),
		...(filter === "" ? [] : [`filter ${filter}`]),
		...(place === "" ? [] : [place]),
	].join(", ");
}
