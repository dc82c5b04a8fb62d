import { Box, Text } from "ink";
import { type ReactNode, useEffect } from "react";
import type { Crosscheck } from "../../../model/crosscheck.ts";
import { shellWords } from "../../../text/shell.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { Reaction } from "../../context.ts";
import { change, open, say } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { movingBindings } from "../../scrolling.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import { useTheme } from "../../theme/theme.ts";
import { type ViewpointsState, viewpointsState } from "../states.ts";
import { type Explanation, gridView, headingLines, stepped } from "./grid-view.ts";
import { type ViewpointsView, viewpointsView } from "./viewpoints-view.ts";

/** Lines kept for the explanation of the selected cell; on a low screen a third of it. */
const DETAIL_LINES = { beliefs: 3, connections: 8 };

type ViewpointsShown = Shown<ViewpointsState, ViewpointsView>;

export const VIEWPOINTS = defineScreen<ViewpointsState, ViewpointsView>({
	name: "viewpoints",
	title: "viewpoints",
	hasFilter: true,
	derive: ({ data }, state) => viewpointsView(data, state),
	View: Viewpoints,
	bindings: [
		{
			id: "viewpoints.open",
			keys: ["w"],
			label: "viewpoints",
			help: "Compare each node's own metadata with the observed state.",
			screens: ["topology", "node"],
			run: () => open(viewpointsState()),
		},
		...movingBindings<ViewpointsState, ViewpointsView>({
			id: "viewpoints",
			unit: "row",
			move: ({ state, model: { grid, selected } }, by) =>
				selected && change({ ...state, row: stepped(grid.rows, selected.row.key, by) }),
		}),
		{
			id: "viewpoints.left",
			keys: ["left", "h"],
			label: "left",
			help: "Go one column to the left.",
			isQuiet: true,
			disabled: ({ model: { grid, selected } }) =>
				selected && selected.column !== grid.columns[0] ? null : "this is the first column; esc goes back",
			run: (shown) => moveColumn(shown, -1),
		},
		{
			id: "viewpoints.right",
			keys: ["right", "l"],
			label: "right",
			help: "Go one column to the right.",
			isQuiet: true,
			run: (shown) => moveColumn(shown, 1),
		},
		{
			id: "viewpoints.check",
			needsCluster: true,
			keys: ["c"],
			label: "crosscheck",
			help: "Make every host try SQL and SSH to all nodes, as repmgr does; leaving the screen cancels it.",
			disabled: ({ context: { data, session } }) =>
				data.sshOff ??
				(isRunning(session.store.getState().crosscheck)
					? "it is running; leaving the screen cancels it"
					: null),
			run: ({ context, state }) => {
				void context.session.crosscheck();
				return show(state, "connections");
			},
		},
		{
			id: "viewpoints.other",
			keys: ["tab", "shift+tab"],
			label: "other matrix",
			help: "Show whether all nodes reach each other, or the nodes' metadata again.",
			run: ({ state }) => show(state, state.shows === "beliefs" ? "connections" : "beliefs"),
		},
		{
			id: "viewpoints.copy",
			keys: ["y"],
			label: "copy command",
			help: "Copy the command that tests the selected connection to the clipboard (OSC 52).",
			disabled: ({ model: { explanation } }) =>
				explanation?.command ? null : "there is no command for this; connections have one",
			run: ({ context, model: { explanation } }) => {
				const command = shellWords(explanation?.command ?? []);
				context.copy(command);
				return say(`copied: ${command}`);
			},
		},
	],
});

function isRunning(crosscheck: Crosscheck | null): boolean {
	return crosscheck !== null && crosscheck.endedAt === null;
}

function show(state: ViewpointsState, shows: ViewpointsState["shows"]): Reaction {
	return change({ ...state, shows, row: null, column: null });
}

function moveColumn({ state, model: { grid, selected } }: ViewpointsShown, by: number): Reaction {
	return selected && change({ ...state, column: stepped(grid.columns, selected.column.key, by) });
}

/** Each node's metadata next to the observed state, or whether all nodes reach each other. */
function Viewpoints({ context, state, model }: ViewpointsShown): ReactNode {
	const theme = useTheme();
	const { columns, bodyRows, session } = context;
	useEffect(() => () => session.cancelCrosscheck(), [session]);
	const { grid, selected, explanation, title, note, empty } = model;
	const most = bodyRows - 2 - Math.min(DETAIL_LINES[state.shows], Math.floor(bodyRows / 3));
	const lines = Math.min(most, headingLines(grid) + Math.max(grid.rows.length, empty.length));
	const view = gridView(grid, selected, { columns, lines });
	const notes = [
		note,
		...(state.errorsOnly ? ["errors only"] : []),
		...(state.filter === "" ? [] : [`filter ${state.filter}`]),
		...(view.note === "" ? [] : [view.note]),
	];
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={title} note={notes.join(", ")} />
			<Box flexDirection="column" height={lines} flexShrink={0} overflow="hidden">
				<StyledLines lines={view.lines} />
				{grid.rows.length === 0 &&
					(state.filter === "" ? empty : ["nothing matches; esc clears the filter"]).map((text) => (
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
