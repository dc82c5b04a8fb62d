import { SORTABLE_COLUMNS } from "../../presentation/topology.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { shownColumns } from "../screens/topology/columns.ts";
import { selectedNode, topologyView } from "../screens/topology/topology-view.ts";
import { logsScreen } from "../ui-state.ts";
import { movingBindings } from "./moving.ts";

const SCREENS = ["topology"] as const;

/** Moving in the table of nodes, and what can be done with the selected one. */
export const TOPOLOGY: readonly Binding[] = [
	...movingBindings({ id: "topology", screens: SCREENS, unit: "node", move }),
	{
		id: "node.open",
		keys: ["enter", "right", "l"],
		label: "node",
		help: "Show everything known about the selected node.",
		screens: SCREENS,
		disabled: noNode,
		run: (context) =>
			withNode(context, (nodeId) => ({ event: "open", screen: { screen: "node", nodeId, offset: 0 } })),
	},
	{
		id: "events.open",
		keys: ["e"],
		label: "events",
		help: "Show the event log.",
		screens: SCREENS,
		run: () => ({
			event: "open",
			screen: { screen: "events", nodeId: null, entry: null, filter: "", errorsOnly: false },
		}),
	},
	{
		id: "logs.open",
		keys: ["L"],
		label: "logs",
		help: "Follow the logs of PostgreSQL and repmgrd on the selected node.",
		screens: SCREENS,
		disabled: (context) => noNode(context) ?? context.data.sshOff,
		run: (context) => withNode(context, (nodeId) => ({ event: "open", screen: logsScreen(nodeId) })),
	},
	{
		id: "topology.sort",
		keys: ["S"],
		label: "sort",
		help: "Sort by the next column shown; after the last one comes the tree again.",
		screens: SCREENS,
		isQuiet: true,
		run: (context) => {
			const screen = screenIf(context, "topology");
			if (screen === null) return null;
			const shown = shownColumns(context, topologyView(context.data, screen)).map(({ column }) => column);
			const sortable = shown.filter((column) => SORTABLE_COLUMNS.includes(column));
			const position = screen.sort === null ? -1 : sortable.indexOf(screen.sort);
			return { event: "change", screen: { ...screen, sort: sortable[position + 1] ?? null } };
		},
	},
	{
		id: "node.copy",
		keys: ["y"],
		label: "copy",
		help: "Copy the selected node's conninfo to the clipboard (OSC 52).",
		screens: SCREENS,
		isQuiet: true,
		disabled: noNode,
		run: (context) =>
			withNode(context, (nodeId) => {
				const node = context.data.snapshot.nodes.find((candidate) => candidate.nodeId === nodeId);
				const conninfo = node?.registered.conninfo ?? "";
				context.copy(conninfo);
				return { event: "say", text: `copied: ${conninfo}`, isProblem: false };
			}),
	},
];

function selected(context: UiContext): number | null {
	const screen = screenIf(context, "topology");
	return screen && selectedNode(topologyView(context.data, screen), screen.nodeId);
}

function noNode(context: UiContext): string | null {
	return selected(context) === null ? "no node is selected" : null;
}

function withNode(context: UiContext, react: (nodeId: number) => Reaction): Reaction {
	const nodeId = selected(context);
	return nodeId === null ? null : react(nodeId);
}

function move(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "topology");
	if (screen === null) return null;
	const rows = topologyView(context.data, screen);
	const position = rows.findIndex(({ nodeId }) => nodeId === selectedNode(rows, screen.nodeId));
	const target = rows[Math.max(0, Math.min(rows.length - 1, position + by))];
	return target ? { event: "change", screen: { ...screen, nodeId: target.nodeId } } : null;
}
