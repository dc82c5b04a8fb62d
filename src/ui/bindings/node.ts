import type { NodeView } from "../../model/snapshot.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { nodeView } from "../screens/node/node-view.ts";
import { logsScreen } from "../ui-state.ts";
import { clampOffset } from "../window.ts";
import { movingBindings } from "./moving.ts";

const SCREENS = ["node"] as const;

/** Reading about one node, and going to the next. */
export const NODE: readonly Binding[] = [
	...movingBindings({ id: "node", screens: SCREENS, unit: "line", move: scroll }),
	{
		id: "node.next",
		keys: ["]", "n"],
		label: "next node",
		help: "Show the next node.",
		screens: SCREENS,
		disabled: onlyNode,
		run: (context) => step(context, 1),
	},
	{
		id: "node.previous",
		keys: ["[", "p"],
		label: "previous",
		help: "Show the node before.",
		screens: SCREENS,
		disabled: onlyNode,
		run: (context) => step(context, -1),
	},
	{
		id: "node.events",
		keys: ["e"],
		label: "events",
		help: "Show the events of this node.",
		screens: SCREENS,
		run: (context) => {
			const nodeId = screenIf(context, "node")?.nodeId ?? null;
			return {
				event: "open",
				screen: { screen: "events", nodeId, entry: null, filter: "", errorsOnly: false },
			};
		},
	},
	{
		id: "node.logs",
		keys: ["L"],
		label: "logs",
		help: "Follow the logs of PostgreSQL and repmgrd on this node.",
		screens: SCREENS,
		disabled: (context) => gone(context) ?? context.data.sshOff,
		run: (context) => {
			const node = shown(context);
			return node && { event: "open", screen: logsScreen(node.nodeId) };
		},
	},
	{
		id: "node.conninfo",
		keys: ["y"],
		label: "copy conninfo",
		help: "Copy this node's conninfo to the clipboard (OSC 52).",
		screens: SCREENS,
		disabled: gone,
		run: (context) => {
			const { conninfo = "" } = shown(context)?.registered ?? {};
			context.copy(conninfo);
			return { event: "say", text: `copied: ${conninfo}`, isProblem: false };
		},
	},
];

function shown(context: UiContext): NodeView | null {
	const nodeId = screenIf(context, "node")?.nodeId;
	return context.data.snapshot.nodes.find((node) => node.nodeId === nodeId) ?? null;
}

function gone(context: UiContext): string | null {
	return shown(context) === null ? "this node is no longer registered" : null;
}

function onlyNode({ data }: UiContext): string | null {
	return data.snapshot.nodes.length > 1 ? null : "there is no other node";
}

/** From the last to the first; from a node that went, to the one after its id. The place in the text stays. */
function step(context: UiContext, by: 1 | -1): Reaction {
	const screen = screenIf(context, "node");
	const { nodes } = context.data.snapshot;
	if (screen === null) return null;
	const next =
		by > 0
			? (nodes.find(({ nodeId }) => nodeId > screen.nodeId) ?? nodes[0])
			: (nodes.findLast(({ nodeId }) => nodeId < screen.nodeId) ?? nodes.at(-1));
	return next === undefined ? null : { event: "change", screen: { ...screen, nodeId: next.nodeId } };
}

function scroll(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "node");
	if (screen === null) return null;
	const [count, height] = [nodeView(context, screen.nodeId)?.length ?? 0, context.bodyRows - 1];
	const offset = clampOffset(clampOffset(screen.offset, count, height) + by, count, height);
	return { event: "change", screen: { ...screen, offset } };
}
