import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import { type Finding, findingKey } from "../../../model/finding.ts";
import type { NodeView } from "../../../model/snapshot.ts";
import { SORTABLE_COLUMNS, type TopologyRow } from "../../../presentation/topology.ts";
import { EventList } from "../../components/event-list.tsx";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { Reaction, UiContext } from "../../context.ts";
import { type List, listOf, moved, positionOf } from "../../list.ts";
import { change, open, say, type UiEvent } from "../../reduce.ts";
import { defineScreen, type Shown } from "../../screen.tsx";
import { movingBindings } from "../../scrolling.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { useTheme } from "../../theme/theme.ts";
import { dayOf, nodeNames } from "../events/event-lines.ts";
import { foldedEvents, operationTimes } from "../events/folded-events.ts";
import { eventsState, findingState, logsState, nodeState, type TopologyState } from "../states.ts";
import { type SizedColumn, shownColumns } from "./columns.ts";
import { type HomeCursor, homeCursor } from "./home-cursor.ts";
import { type HomeLayout, homeLayout } from "./home-layout.ts";
import { besideLists, paneOf } from "./home-pane.ts";
import { narrowedRows } from "./rows.ts";
import { TopologyTable } from "./topology-table.tsx";

interface TopologyModel {
	readonly cursor: HomeCursor;
	readonly list: List<TopologyRow>;
	readonly columns: readonly SizedColumn[];
	readonly layout: HomeLayout;
	/** The selected one. */
	readonly node: NodeView | null;
	/** What the cursor is on, in full, where there is room for it. */
	readonly pane: readonly StyledLine[];
}

type TopologyShown = Shown<TopologyState, TopologyModel>;

function derive(context: UiContext, state: TopologyState): TopologyModel {
	const { data, bodyRows } = context;
	const rows = narrowedRows(data, state);
	const cursor = homeCursor(context, state);
	const layout = homeLayout(context, cursor, rows.length);
	const list = listOf(
		rows,
		positionOf(rows, state.nodeId, ({ nodeId }) => nodeId),
		layout.tableRows,
	);
	const node = data.snapshot.nodes.find(({ nodeId }) => nodeId === list.item?.nodeId) ?? null;
	return {
		cursor,
		list,
		columns: shownColumns(context, rows, layout.width),
		layout,
		node,
		pane: layout.paneWidth === 0 ? [] : paneOf(context, cursor, node, layout.paneWidth).slice(0, bodyRows),
	};
}

/** The state with the cursor moved in the list it is in, or set there by a click. */
function withCursor({ context: { now }, state }: TopologyShown, to: Finding | TopologyRow): TopologyState {
	return "code" in to
		? { ...state, finding: findingKey(to), cursor: { on: "findings", at: now } }
		: { ...state, nodeId: to.nodeId, cursor: { on: "nodes", at: now } };
}

function move(shown: TopologyShown, by: number): Reaction {
	const { context, model } = shown;
	const { findings } = context.data.snapshot;
	const { on, finding } = model.cursor;
	const to =
		on === "nodes"
			? moved(model.list, by)
			: moved(listOf(findings, finding === null ? -1 : findings.indexOf(finding), findings.length), by);
	return to === null ? null : change(withCursor(shown, to));
}

function click(shown: TopologyShown, line: number): UiEvent | "open" | null {
	const { context, model } = shown;
	const { above } = model.layout;
	const key = above[line]?.finding;
	const isOn = (list: HomeCursor["on"]): boolean => model.cursor.on === list;
	if (key != null) {
		const finding = context.data.snapshot.findings.find((one) => findingKey(one) === key);
		if (finding === undefined) return null;
		return isOn("findings") && finding === model.cursor.finding ? "open" : change(withCursor(shown, finding));
	}
	const row = model.list.visible[line - above.length - 2];
	if (row === undefined) return null;
	return isOn("nodes") && row === model.list.item ? "open" : change(withCursor(shown, row));
}

const noNode = ({ model }: TopologyShown): string | null =>
	model.node === null ? "no node is selected" : null;

export const TOPOLOGY = defineScreen<TopologyState, TopologyModel>({
	name: "topology",
	title: "nodes",
	hasFilter: true,
	derive,
	View: Topology,
	click,
	bindings: [
		...movingBindings<TopologyState, TopologyModel>({ id: "topology", unit: "finding or node", move }),
		{
			id: "node.open",
			keys: ["enter", "right", "l"],
			label: "open",
			help: "Show the selected finding with the way to its plan, or everything known about the selected node.",
			disabled: (shown) => (shown.model.cursor.on === "findings" ? null : noNode(shown)),
			run: ({ model: { cursor, node } }) =>
				cursor.on === "findings" && cursor.finding !== null
					? open(findingState(cursor.finding))
					: node && open(nodeState(node.nodeId)),
		},
		{
			id: "topology.cursor",
			keys: ["tab"],
			label: "other list",
			isOccasional: true,
			help: "Move the cursor between the findings and the table of nodes.",
			disabled: ({ model }) => (model.cursor.finding === null ? "there is no finding" : null),
			run: (shown) => {
				const { finding, on } = shown.model.cursor;
				const { now } = shown.context;
				return change(
					on === "nodes" && finding !== null
						? withCursor(shown, finding)
						: { ...shown.state, cursor: { on: "nodes", at: now } },
				);
			},
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
			id: "topology.reverse",
			keys: ["D"],
			label: "reverse",
			help: "Reverse the order of the sorted nodes: the best first, or the worst first again.",
			isQuiet: true,
			disabled: ({ state }) => (state.sort === null ? "the nodes are not sorted (S)" : null),
			run: ({ state }) => change({ ...state, isReversed: !state.isReversed }),
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

/** The home screen: the findings, the nodes as a tree of replication, and the latest events. */
function Topology({ context, state, model }: TopologyShown): ReactNode {
	const theme = useTheme();
	const { data } = context;
	const { list, layout, cursor, pane } = model;
	const { width, paneWidth } = layout;
	const names = useMemo(() => nodeNames(data.registrations), [data.registrations]);
	const { run, runs } = context.operationStore;
	const log = useMemo(() => foldedEvents(data.log, operationTimes({ run, runs }), []), [data.log, run, runs]);
	const count = data.snapshot.nodes.length;
	const rowCount = list.items.length;
	const lists = (
		<>
			<StyledLines lines={layout.above.map(({ line }) => line)} />
			<Rule
				columns={width}
				note={[
					...(state.sort === null ? [] : [`sorted by ${state.sort}${state.isReversed ? ", reversed" : ""}`]),
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
				isFocused={cursor.on === "nodes"}
				width={width}
			/>
			{rowCount === 0 && (
				<Text {...theme.muted}>
					{count === 0 ? "  no node is known yet" : "  no node matches; esc clears the filter"}
				</Text>
			)}
			{layout.remarks.map(({ text, role }) => (
				<Text key={text} {...theme[role]} wrap="truncate">
					{`  ${text}`}
				</Text>
			))}
			{layout.eventRows > 0 && <Rule columns={width} title="EVENTS" />}
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				<EventList
					log={log}
					names={names}
					today={dayOf(data.now)}
					columns={width}
					height={layout.eventRows}
				/>
			</Box>
		</>
	);
	if (paneWidth === 0) return lists;
	return (
		<Box flexDirection="row" flexGrow={1}>
			<Box flexDirection="column" flexShrink={0} width={width}>
				{lists}
			</Box>
			<Box flexDirection="column" flexGrow={1} overflow="hidden">
				<StyledLines lines={besideLists(pane, context.bodyRows, theme.glyphs.side)} />
			</Box>
		</Box>
	);
}
