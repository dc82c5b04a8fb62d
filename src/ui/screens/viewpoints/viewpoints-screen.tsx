import { Box, Text } from "ink";
import { type ReactNode, useEffect } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import { useTheme } from "../../theme/theme.ts";
import type { ScreenOf } from "../../ui-state.ts";
import { gridView, headingLines } from "./grid-view.ts";
import type { Explanation } from "./matrix.ts";
import { viewpointsView } from "./viewpoints-view.ts";

/** At least so many lines are left for what can be said of the selected cell. */
const DETAIL_LINES = { beliefs: 3, connections: 8 };

/** What every node believes, beside what is seen; and whether every node reaches every other. */
export function ViewpointsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "viewpoints");
	return screen === null ? null : <Viewpoints context={context} screen={screen} />;
}

interface ViewpointsProps {
	readonly context: UiContext;
	readonly screen: ScreenOf<"viewpoints">;
}

function Viewpoints({ context, screen }: ViewpointsProps): ReactNode {
	const theme = useTheme();
	const { columns, bodyRows, data, session } = context;
	useEffect(() => () => session.cancelCrosscheck(), [session]);
	const { grid, selected, explanation, title, note, empty } = viewpointsView(data, screen);
	const most = bodyRows - 2 - DETAIL_LINES[screen.shows];
	const lines = Math.min(most, headingLines(grid) + Math.max(grid.rows.length, empty.length));
	const view = gridView(grid, selected, { columns, lines });
	const notes = [
		note,
		...(screen.errorsOnly ? ["errors only"] : []),
		...(screen.filter === "" ? [] : [`filter ${screen.filter}`]),
		...(view.note === "" ? [] : [view.note]),
	];
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={title} note={notes.join(", ")} />
			<Box flexDirection="column" height={lines} flexShrink={0} overflow="hidden">
				<StyledLines lines={view.lines} />
				{grid.rows.length === 0 &&
					(screen.filter === "" ? empty : ["nothing matches; esc clears the filter"]).map((text) => (
						<Text key={text} {...theme.muted} wrap="truncate">{`  ${text}`}</Text>
					))}
			</Box>
			<Rule columns={columns} />
			{explanation !== null && (
				<StyledLines lines={wrapped(explanation, columns).slice(0, bodyRows - 2 - lines)} />
			)}
		</Box>
	);
}

function wrapped({ lines }: Explanation, columns: number): readonly StyledLine[] {
	return lines
		.flatMap(({ text, role }) => wrapText(text, columns - 3).map((part) => ({ text: `  ${part}`, role })))
		.map((span, line) => ({ key: String(line), spans: [span] }));
}
