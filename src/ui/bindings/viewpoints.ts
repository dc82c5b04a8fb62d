import type { Crosscheck } from "../../model/crosscheck.ts";
import { shellWords } from "../../text/shell.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { stepped } from "../screens/viewpoints/grid-view.ts";
import { viewpointsView } from "../screens/viewpoints/viewpoints-view.ts";
import { type ScreenOf, viewpointsScreen } from "../ui-state.ts";
import { movingBindings } from "./moving.ts";

const SCREENS = ["viewpoints"] as const;

/** Opening and reading what every node believes, and whether all reach each other. */
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
	{
		id: "viewpoints.check",
		keys: ["c"],
		label: "crosscheck",
		help: "Have every host try SQL and SSH to all nodes, as repmgr does; leaving the screen cancels it.",
		screens: SCREENS,
		disabled: ({ data, session }) =>
			data.sshOff ??
			(isRunning(session.store.getState().crosscheck)
				? "it is running; leaving the screen cancels it"
				: null),
		run: (context) => {
			void context.session.crosscheck();
			return show(context, "connections");
		},
	},
	{
		id: "viewpoints.other",
		keys: ["tab", "shift+tab"],
		label: "other matrix",
		help: "Show whether every node reaches every other, or again what every node believes.",
		screens: SCREENS,
		run: (context) =>
			show(context, screenIf(context, "viewpoints")?.shows === "beliefs" ? "connections" : "beliefs"),
	},
	{
		id: "viewpoints.copy",
		keys: ["y"],
		label: "copy command",
		help: "Copy the command by which the selected way can be tried by hand, to the clipboard (OSC 52).",
		screens: SCREENS,
		disabled: (context) =>
			shown(context)?.explanation?.command ? null : "there is no command for this; connections have one",
		run: (context) => {
			const command = shellWords(shown(context)?.explanation?.command ?? []);
			context.copy(command);
			return { event: "say", text: `copied: ${command}`, isProblem: false };
		},
	},
];

function isRunning(crosscheck: Crosscheck | null): boolean {
	return crosscheck !== null && crosscheck.endedAt === null;
}

function show(context: UiContext, shows: ScreenOf<"viewpoints">["shows"]): Reaction {
	const screen = screenIf(context, "viewpoints");
	return screen && { event: "change", screen: { ...screen, shows, row: null, column: null } };
}

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
