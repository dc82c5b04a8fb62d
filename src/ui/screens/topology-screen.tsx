import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { fitColumns } from "../columns.ts";
import { EventList } from "../components/event-list.tsx";
import { Rule } from "../components/rule.tsx";
import { TopologyTable } from "../components/topology-table.tsx";
import { screenIf, type UiContext } from "../context.ts";
import { type SemanticRole, useTheme } from "../theme.ts";
import { dayOf } from "../view/event-lines.ts";
import { selectedNode, topologyView } from "../view/topology-view.ts";

/** Lines of evidence and notices between table and events; the node screen has them all. */
const MOST_REMARKS = 6;

/** The events keep at least this many lines. */
const FEWEST_EVENTS = 3;

/** Home: the nodes as a tree of what streams from what, why some are not well, and the latest events. */
export function TopologyScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const { data, columns, bodyRows } = context;
	const screen = screenIf(context, "topology");
	if (screen === null) return null;
	const rows = topologyView(data, screen);
	const remarks = remarksOf(context).slice(0, MOST_REMARKS);
	const names = new Map(data.snapshot.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	// Heading of the table, rule above the events.
	const free = bodyRows - 2 - remarks.length;
	const tableHeight = Math.max(1, Math.min(rows.length, free - FEWEST_EVENTS));
	const hidden = data.snapshot.nodes.length - rows.length;
	return (
		<>
			<TopologyTable
				rows={rows}
				columns={fitColumns(rows, columns - 2, context.topologyColumns)}
				selectedNodeId={selectedNode(rows, screen.nodeId)}
				width={columns}
				height={tableHeight}
			/>
			{rows.length === 0 && (
				<Text {...theme.muted}>
					{data.snapshot.nodes.length === 0
						? "  no node is known yet"
						: "  no node matches; esc clears the filter"}
				</Text>
			)}
			{remarks.map(({ text, role }) => (
				<Text key={text} {...theme[role]} wrap="truncate">
					{`  ${text}`}
				</Text>
			))}
			<Rule
				columns={columns}
				title="EVENTS"
				note={[
					...(screen.sort === null ? [] : [`sorted by ${screen.sort}`]),
					...(screen.filter === "" ? [] : [`filter ${screen.filter}`]),
					...(screen.errorsOnly ? ["errors only"] : []),
					...(hidden > 0 ? [`${hidden} of ${data.snapshot.nodes.length} nodes hidden`] : []),
					...(rows.length > tableHeight ? [`${rows.length - tableHeight} nodes further down or up`] : []),
				].join(", ")}
			/>
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				<EventList
					log={data.log}
					names={names}
					today={dayOf(data.now)}
					columns={columns}
					height={free - tableHeight}
				/>
			</Box>
		</>
	);
}

interface Remark {
	readonly text: string;
	readonly role: SemanticRole;
}

/** What is wrong, then why single nodes are not well, then what can't be known. */
function remarksOf({ data }: UiContext): readonly Remark[] {
	const { findings, nodes, notices } = data.snapshot;
	return [
		...findings.map(
			({ code, severity, message }): Remark => ({
				text: `${severity.toUpperCase()} ${code}: ${message}`,
				role: severity === "notice" ? "plain" : severity,
			}),
		),
		...nodes.flatMap(({ nodeName, detail }): readonly Remark[] =>
			detail === null ? [] : [{ text: `${nodeName}: ${detail}`, role: "warning" }],
		),
		...notices.map((text): Remark => ({ text, role: "warning" })),
	];
}
