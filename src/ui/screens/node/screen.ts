import type { NodeView } from "../../../model/snapshot.ts";
import { change, open, say } from "../../reduce.ts";
import type { Shown } from "../../screen.tsx";
import { styledLine } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { eventsState, logsState, type NodeState } from "../states.ts";
import { nodeTitle, nodeView } from "./node-view.ts";
import { subjectOf } from "./subject.ts";

interface NodeModel extends Text {
	/** Null once it is no longer registered. */
	readonly node: NodeView | null;
}

type NodeShown = Shown<NodeState, NodeModel>;

/** Everything known about one node, with where it comes from and how old it is. */
export const NODE = textScreen<NodeState, NodeModel>({
	name: "node",
	title: "one node",
	derive: ({ data, session, columns, bodyRows }, { nodeId }) => {
		const subject = subjectOf(data, nodeId, session.intervalMs);
		if (subject === null) {
			const gone = `  node ${nodeId} is no longer registered; esc goes back`;
			return { node: null, heading: null, lines: [styledLine("gone", gone, "warning")] };
		}
		return { node: subject.node, heading: nodeTitle(subject), lines: nodeView(subject, columns, bodyRows) };
	},
	bindings: [
		{
			id: "node.next",
			keys: ["]", "n"],
			label: "next node",
			help: "Show the next node.",
			disabled: onlyNode,
			run: (shown) => step(shown, 1),
		},
		{
			id: "node.previous",
			keys: ["[", "p"],
			label: "previous",
			help: "Show the previous node.",
			disabled: onlyNode,
			run: (shown) => step(shown, -1),
		},
		{
			id: "node.events",
			keys: ["e"],
			label: "events",
			help: "Show the events of this node.",
			run: ({ state }) => open(eventsState(state.nodeId)),
		},
		{
			id: "node.logs",
			keys: ["L"],
			label: "logs",
			help: "Follow the logs of PostgreSQL and repmgrd on this node.",
			disabled: (shown) => gone(shown) ?? shown.context.data.sshOff,
			run: ({ model }) => model.node && open(logsState(model.node.nodeId)),
		},
		{
			id: "node.conninfo",
			keys: ["y"],
			label: "copy conninfo",
			help: "Copy this node's conninfo to the clipboard (OSC 52).",
			disabled: gone,
			run: ({ context, model }) => {
				const { conninfo = "" } = model.node?.registered ?? {};
				context.copy(conninfo);
				return say(`copied: ${conninfo}`);
			},
		},
	],
});

function gone({ model }: NodeShown): string | null {
	return model.node === null ? "this node is no longer registered" : null;
}

function onlyNode({ context }: NodeShown): string | null {
	return context.data.snapshot.nodes.length > 1 ? null : "there is no other node";
}

/** From the last to the first; from a node that is gone to the one after its ID. The position in the text stays. */
function step({ context, state }: NodeShown, by: 1 | -1) {
	const { nodes } = context.data.snapshot;
	const next =
		by > 0
			? (nodes.find(({ nodeId }) => nodeId > state.nodeId) ?? nodes[0])
			: (nodes.findLast(({ nodeId }) => nodeId < state.nodeId) ?? nodes.at(-1));
	return next === undefined ? null : change({ ...state, nodeId: next.nodeId });
}
