import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import type { NodeView } from "../../../model/snapshot.ts";
import { SORTABLE_COLUMNS, type TopologyRow } from "../../../presentation/topology.ts";
import { EventList } from "../../components/event-list.tsx";
import { FindingLine } from "../../components/finding-line.tsx";
import { Rule } from "../../components/rule.tsx";
import type { UiContext } from "../../context.ts";
import { keyLabel } from "../../keys.ts";
import { clickList, type List, type ListScreen, listBindings, listOf, positionOf } from "../../list.ts";
import { change, open, say } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { useTheme } from "../../theme/theme.ts";
import { dayOf, nodeNames } from "../events/event-lines.ts";
import { findingLines } from "../findings/finding-lines.ts";
import { eventsState, logsState, nodeState, type TopologyState } from "../states.ts";
import { type SizedColumn, shownColumns } from "./columns.ts";
import { type HomeLayout, homeLayout, LINES_ABOVE_TABLE } from "./home-layout.ts";
import { narrowedRows } from "./rows.ts";
import { TopologyTable } from "./topology-table.tsx";

interface TopologyModel {
	readonly list: List<TopologyRow>;
	readonly columns: readonly SizedColumn[];
	readonly layout: HomeLayout;
	/** The selected one. */
	readonly node: NodeView | null;
}

type TopologyShown = Shown<TopologyState, TopologyModel>;

function derive(context: UiContext, state: TopologyState): TopologyModel {
	const rows = narrowedRows(context.data, state);
	const layout = homeLayout(context, rows.length);
	const list = listOf(
		rows,
		positionOf(rows, state.nodeId, ({ nodeId }) => nodeId),
		layout.tableRows,
	);
	return {
		list,
		columns: shownColumns(context, rows),
		layout,
		node: context.data.snapshot.nodes.find(({ nodeId }) => nodeId === list.item?.nodeId) ?? null,
	};
}

const LIST: ListScreen<TopologyState, TopologyModel, TopologyRow> = {
	unit: "node",
	list: ({ list }) => list,
	select: ({ state }, { nodeId }) => ({ ...state, nodeId }),
};

const noNode = ({ model }: TopologyShown): string | null =>
	model.node === null ? "no node is selected" : null;

export const TOPOLOGY = defineScreen<TopologyState, TopologyModel>({
	name: "topology",
	title: "nodes",
	hasFilter: true,
	derive,
	View: Topology,
	click: clickList(LINES_ABOVE_TABLE, LIST),
	bindings: [
		...listBindings("topology", LIST),
		{
			id: "node.open",
			keys: ["enter", "right", "l"],
			label: "node",
			help: "Show everything known about the selected node.",
			disabled: noNode,
			run: ({ model }) => model.node && open(nodeState(model.node.nodeId)),
		},
		{
			id: "events.open",
			keys: ["e"],
			label: "events",
			help: "Show the event log.",
			run: () => open(eventsState(null)),
		},
		{
			id: "logs.open",
			keys: ["L"],
			label: "logs",
			help: "Follow the logs of PostgreSQL and repmgrd on the selected node.",
			disabled: (shown) => noNode(shown) ?? shown.context.data.sshOff,
			run: ({ model }) => model.node && open(logsState(model.node.nodeId)),
		},
		{
			id: "topology.sort",
			keys: ["S"],
			label: "sort",
			help: "Sort by the next column; after the last one, show the tree again.",
			isQuiet: true,
			run: ({ state, model }) => {
				const sortable = model.columns
					.map(({ column }) => column)
					.filter((column) => SORTABLE_COLUMNS.includes(column));
				const position = state.sort === null ? -1 : sortable.indexOf(state.sort);
				return change({ ...state, sort: sortable[position + 1] ?? null });
			},
		},
		{
			id: "node.copy",
			keys: ["y"],
			label: "copy",
			help: "Copy the selected node's conninfo to the clipboard (OSC 52).",
			isQuiet: true,
			disabled: noNode,
			run: ({ context, model }) => {
				const conninfo = model.node?.registered.conninfo ?? "";
				context.copy(conninfo);
				return say(`copied: ${conninfo}`);
			},
		},
	],
});

/** The home screen: the nodes as a tree of replication, the findings, and the latest events. */
function Topology({ context, state, model }: TopologyShown): ReactNode {
	const theme = useTheme();
	const { data, columns } = context;
	const { list, layout } = model;
	const names = useMemo(() => nodeNames(data.registrations), [data.registrations]);
	const count = data.snapshot.nodes.length;
	const rowCount = list.items.length;
	const findingsKey = context.bindings.find(({ id }) => id === "findings.open")?.keys[0];
	return (
		<>
			<Rule
				columns={columns}
				note={[
					...(state.sort === null ? [] : [`sorted by ${state.sort}`]),
					...(state.filter === "" ? [] : [`filter ${state.filter}`]),
					...(state.errorsOnly ? ["errors only"] : []),
					...(count > rowCount ? [`${count - rowCount} of ${count} nodes hidden`] : []),
					...(rowCount > layout.tableRows ? [`${rowCount - layout.tableRows} nodes not shown`] : []),
				].join(", ")}
			/>
			<TopologyTable
				rows={list.visible}
				columns={model.columns}
				selectedNodeId={list.item?.nodeId ?? null}
				width={columns}
			/>
			{rowCount === 0 && (
				<Text {...theme.muted}>
					{count === 0 ? "  no node is known yet" : "  no node matches; esc clears the filter"}
				</Text>
			)}
			{layout.findings.length + layout.remarks.length > 0 && (
				// A heading without a rule: it comes and goes, and a rule of 160 columns takes half a second at 9600 baud.
				<Text {...theme.muted} wrap="truncate">
					{`  ${layout.findings.length > 0 ? "FINDINGS" : "NOT KNOWN"}`}
					{layout.hiddenFindings > 0 ? `  and ${layout.hiddenFindings} more` : ""}
					{layout.findings.length > 0 && findingsKey !== undefined
						? `   ${keyLabel(findingsKey)}: evidence, what to do, and the plan for it`
						: ""}
				</Text>
			)}
			{findingLines(layout.findings, data.findingPeriods, data.now).map(({ key, ...texts }) => (
				<FindingLine key={key} {...texts} columns={columns} />
			))}
			{layout.remarks.map(({ text, role }) => (
				<Text key={text} {...theme[role]} wrap="truncate">
					{`  ${text}`}
				</Text>
			))}
			{layout.eventRows > 0 && <Rule columns={columns} title="EVENTS" />}
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				<EventList
					log={data.log}
					names={names}
					today={dayOf(data.now)}
					columns={columns}
					height={layout.eventRows}
				/>
			</Box>
		</>
	);
}
