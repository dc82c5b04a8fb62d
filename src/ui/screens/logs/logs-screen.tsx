import { Box, Text } from "ink";
import { type ReactNode, useEffect } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import type { ScreenOf } from "../../ui-state.ts";
import { type LogPane, logsNode, logsView } from "./logs-view.ts";

/** A node's logs of PostgreSQL and repmgrd, as they are written. */
export function LogsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "logs");
	return screen === null ? null : <Logs context={context} screen={screen} />;
}

interface LogsProps {
	readonly context: UiContext;
	readonly screen: ScreenOf<"logs">;
}

function Logs({ context, screen }: LogsProps): ReactNode {
	const theme = useTheme();
	const { session, columns, bodyRows } = context;
	const { nodeId } = screen;
	useEffect(() => session.followLogs(nodeId), [session, nodeId]);
	const node = logsNode(context, screen);
	if (node === null) {
		return (
			<Text
				{...theme.warning}
				wrap="truncate"
			>{`  node ${nodeId} is no longer registered; esc goes back`}</Text>
		);
	}
	const { isSideBySide, note, panes } = logsView(context, screen, bodyRows - 1);
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

/** Of a path the end tells more than the beginning. */
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
		<Box flexDirection="column" flexShrink={0} width={3}>
			{Array.from({ length: height }, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row is nothing but its place
				<Text key={row} {...theme.border}>
					{" │ "}
				</Text>
			))}
		</Box>
	);
}
