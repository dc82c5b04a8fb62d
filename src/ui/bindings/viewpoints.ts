import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { viewpointsScreen } from "../state/ui-state.ts";
import { stepped } from "../view/grid-view.ts";
import { viewpointsView } from "../view/viewpoints-view.ts";
import { movingBindings } from "./moving.ts";

const SCREENS = ["viewpoints"] as const;

/** Opening and reading what every node believes. */
export const VIEWPOINTS: readonly Binding[] = [
	{
		id: "viewpoints.open",
		keys: ["w"],
		label: "viewpoints",
		help: "Show what every node believes beside what is seen.",
		screens: ["topology", "node"],
		run: () => ({ event: "open", screen: viewpointsScreen() }),
	},
	...movingBindings({ id: "viewpoints", screens: SCREENS, unit: "row", move: moveRow }),
	{
		id: "viewpoints.left",
		keys: ["left", "h"],
		label: "left",
		help: "Go one column to the left.",
		screens: SCREENS,
		isQuiet: true,
		disabled: (context) => {
			const { grid, selected } = shown(context) ?? {};
			return selected && selected.column !== grid?.columns[0]
				? null
				: "this is the first column; esc goes back";
		},
		run: (context) => moveColumn(context, -1),
	},
	{
		id: "viewpoints.right",
		keys: ["right", "l"],
		label: "right",
		help: "Go one column to the right.",
		screens: SCREENS,
		isQuiet: true,
		run: (context) => moveColumn(context, 1),
	},
];

function shown(context: UiContext) {
	const screen = screenIf(context, "viewpoints");
	return screen && viewpointsView(context.data, screen);
}

function moveRow(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "viewpoints");
	const { grid, selected } = shown(context) ?? {};
	if (screen === null || grid === undefined || !selected) return null;
	return { event: "change", screen: { ...screen, row: stepped(grid.rows, selected.row.key, by) } };
}

function moveColumn(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "viewpoints");
	const { grid, selected } = shown(context) ?? {};
	if (screen === null || grid === undefined || !selected) return null;
	return { event: "change", screen: { ...screen, column: stepped(grid.columns, selected.column.key, by) } };
}
