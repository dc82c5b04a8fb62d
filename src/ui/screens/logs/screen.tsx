import { Box, Text } from "ink";
import { type ReactNode, useEffect } from "react";
import { LOG_NAMES, type LogName } from "../../../model/log-tail.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { Reaction } from "../../context.ts";
import { change } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { movingBindings } from "../../scrolling.ts";
import { useTheme } from "../../theme/theme.ts";
import type { LogsState } from "../states.ts";
import { type LogPane, type LogsView, logsView, PANE_GAP } from "./logs-view.ts";

/** Columns that lines move by to the left or right. */
const SHIFT_COLUMNS = 20;

type LogsShown = Shown<LogsState, LogsView>;

function changed({ state }: LogsShown, changes: Partial<LogsState>): Reaction {
	return change({ ...state, ...changes });
}

function scroll(shown: LogsShown, by: number): Reaction {
	const { foot, focus } = shown.state;
	const pane = shown.model.panes.find(({ name }) => name === focus);
	if (pane === undefined) return null;
	// A page is one of the log, which may have half the screen.
	const isPage = Math.abs(by) > 1 && Number.isFinite(by);
	const lines = isPage ? Math.sign(by) * Math.max(1, pane.height - 1) : by;
	return changed(shown, { foot: { ...foot, [focus]: pane.scroll.by(lines) } });
}

export const LOGS = defineScreen<LogsState, LogsView>({
	name: "logs",
	title: "logs",
	hasFilter: true,
	derive: (context, state) => logsView(context, state, context.bodyRows - 1),
	View: Logs,
	bindings: [
		...movingBindings<LogsState, LogsView>({
			id: "logs",
			unit: "line",
			lastHelp: "Go to the newest line and follow.",
			move: scroll,
		}),
		{
			id: "logs.follow",
			keys: ["f"],
			label: "follow",
			help: "Go to the newest line of every log shown and follow.",
			disabled: ({ state }) =>
				LOG_NAMES.every((name) => state.foot[name] === null) ? "already following" : null,
			run: (shown) => changed(shown, { foot: { postgresql: null, repmgrd: null } }),
		},
		{
			id: "logs.focus",
			keys: ["tab", "shift+tab"],
			label: "other log",
			help: "Scroll the other log; if one is shown alone, show the other.",
			run: (shown) => {
				const focus: LogName = shown.state.focus === "postgresql" ? "repmgrd" : "postgresql";
				return changed(shown, { focus, shown: shown.state.shown === "both" ? "both" : focus });
			},
		},
		{
			id: "logs.postgresql",
			keys: ["1"],
			label: "PostgreSQL",
			help: "Show PostgreSQL's log alone.",
			run: (shown) => changed(shown, { shown: "postgresql", focus: "postgresql" }),
		},
		{
			id: "logs.repmgrd",
			keys: ["2"],
			label: "repmgrd",
			help: "Show repmgrd's log alone.",
			run: (shown) => changed(shown, { shown: "repmgrd", focus: "repmgrd" }),
		},
		{
			id: "logs.both",
			keys: ["0"],
			label: "both",
			help: "Show both logs.",
			run: (shown) => changed(shown, { shown: "both" }),
		},
		{
			id: "logs.wrap",
			keys: ["w"],
			label: "wrap",
			help: "Wrap long lines, or cut them again.",
			run: (shown) => changed(shown, { wraps: !shown.state.wraps, shift: 0 }),
		},
		{
			id: "logs.left",
			keys: ["left", "h"],
			label: "left",
			help: "Scroll long lines to the left.",
			isQuiet: true,
			disabled: ({ state }) =>
				state.shift > 0 ? null : "already at the beginning of the lines; esc goes back",
			run: (shown) => changed(shown, { shift: Math.max(0, shown.state.shift - SHIFT_COLUMNS) }),
		},
		{
			id: "logs.right",
			keys: ["right", "l"],
			label: "right",
			help: "Scroll long lines to the right.",
			isQuiet: true,
			disabled: ({ state }) => (state.wraps ? "long lines are wrapped; w cuts them" : null),
			run: (shown) => changed(shown, { shift: shown.state.shift + SHIFT_COLUMNS }),
		},
	],
});

/** A node's logs of PostgreSQL and repmgrd, as they are written. */
function Logs({ context, state: { nodeId }, model }: LogsShown): ReactNode {
	const theme = useTheme();
	const { session, columns, data } = context;
	useEffect(() => session.followLogs(nodeId), [session, nodeId]);
	const node = data.snapshot.nodes.find((one) => one.nodeId === nodeId);
	if (node === undefined) {
		return (
			<Text
				{...theme.warning}
				wrap="truncate"
			>{`  node ${nodeId} is no longer registered; esc goes back`}</Text>
		);
	}
	const { isSideBySide, note, panes } = model;
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={`LOGS OF ${node.nodeName}`} note={note} />
			<Box flexDirection={isSideBySide ? "row" : "column"} flexShrink={0}>
				{panes.map((pane, position) => (
					<Box key={pane.name} flexShrink={0}>
						{isSideBySide && position > 0 && <Divider height={pane.height + 1} />}
						<Pane pane={pane} />
					</Box>
				))}
			</Box>
		</Box>
	);
}

function Pane({ pane }: { readonly pane: LogPane }): ReactNode {
	const { width, height, title, note, lines } = pane;
	return (
		<Box width={width} height={height + 1} flexDirection="column" flexShrink={0} overflow="hidden">
			<Rule columns={width} title={shortened(title, width - note.length - 8)} note={note} />
			<StyledLines lines={lines} />
		</Box>
	);
}

/** The end of a path is more useful than its beginning. */
function shortened(title: string, width: number): string {
	const [name = "", ...rest] = title.split("  ");
	const more = rest.join("  ");
	const room = width - name.length - 3;
	if (more.length <= room) return title;
	return room < 4 ? name : `${name}  …${more.slice(-room)}`;
}

function Divider({ height }: { readonly height: number }): ReactNode {
	const theme = useTheme();
	return (
		<Box flexDirection="column" flexShrink={0} width={PANE_GAP}>
			{Array.from({ length: height }, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row is nothing but its position
				<Text key={row} {...theme.border}>
					{" │ "}
				</Text>
			))}
		</Box>
	);
}
