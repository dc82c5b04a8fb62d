import { LOG_NAMES, type LogName } from "../../model/log-tail.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { logsView } from "../screens/logs/logs-view.ts";
import type { ScreenOf } from "../ui-state.ts";
import { movingBindings } from "./moving.ts";

const SCREENS = ["logs"] as const;

/** By so many columns lines move to the left or right. */
const SHIFT_COLUMNS = 20;

/** Reading a node's logs. Filter, errors only and pause are those of every screen. */
export const LOGS: readonly Binding[] = [
	...movingBindings({
		id: "logs",
		screens: SCREENS,
		unit: "line",
		lastHelp: "Go to the newest line and follow.",
		move: scroll,
	}),
	{
		id: "logs.follow",
		keys: ["f"],
		label: "follow",
		help: "Go to the newest line of every log shown and stay with the newest.",
		screens: SCREENS,
		disabled: (context) => {
			const foot = screenIf(context, "logs")?.foot;
			return foot && LOG_NAMES.every((name) => foot[name] === null)
				? "the newest lines are followed already"
				: null;
		},
		run: (context) => change(context, { foot: { postgresql: null, repmgrd: null } }),
	},
	{
		id: "logs.focus",
		keys: ["tab", "shift+tab"],
		label: "other log",
		help: "Scroll the other log; where one is shown alone, show the other.",
		screens: SCREENS,
		run: (context) => {
			const screen = screenIf(context, "logs");
			if (screen === null) return null;
			const focus: LogName = screen.focus === "postgresql" ? "repmgrd" : "postgresql";
			return change(context, { focus, shown: screen.shown === "both" ? "both" : focus });
		},
	},
	{
		id: "logs.postgresql",
		keys: ["1"],
		label: "PostgreSQL",
		help: "Show PostgreSQL's log alone.",
		screens: SCREENS,
		run: (context) => change(context, { shown: "postgresql", focus: "postgresql" }),
	},
	{
		id: "logs.repmgrd",
		keys: ["2"],
		label: "repmgrd",
		help: "Show repmgrd's log alone.",
		screens: SCREENS,
		run: (context) => change(context, { shown: "repmgrd", focus: "repmgrd" }),
	},
	{
		id: "logs.both",
		keys: ["0"],
		label: "both",
		help: "Show both logs.",
		screens: SCREENS,
		run: (context) => change(context, { shown: "both" }),
	},
	{
		id: "logs.wrap",
		keys: ["w"],
		label: "wrap",
		help: "Wrap long lines, or cut them again.",
		screens: SCREENS,
		run: (context) => change(context, { wraps: !screenIf(context, "logs")?.wraps, shift: 0 }),
	},
	{
		id: "logs.left",
		keys: ["left", "h"],
		label: "left",
		help: "Show what stands further to the left of long lines.",
		screens: SCREENS,
		isQuiet: true,
		disabled: (context) =>
			shiftOf(context) > 0 ? null : "these are the beginnings of the lines; esc goes back",
		run: (context) => change(context, { shift: Math.max(0, shiftOf(context) - SHIFT_COLUMNS) }),
	},
	{
		id: "logs.right",
		keys: ["right", "l"],
		label: "right",
		help: "Show what stands further to the right of long lines.",
		screens: SCREENS,
		isQuiet: true,
		disabled: (context) => (screenIf(context, "logs")?.wraps ? "long lines are wrapped; w cuts them" : null),
		run: (context) => change(context, { shift: shiftOf(context) + SHIFT_COLUMNS }),
	},
];

function shiftOf(context: UiContext): number {
	return screenIf(context, "logs")?.shift ?? 0;
}

function change(context: UiContext, changes: Partial<ScreenOf<"logs">>): Reaction {
	const screen = screenIf(context, "logs");
	return screen && { event: "change", screen: { ...screen, ...changes } };
}

function scroll(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "logs");
	if (screen === null) return null;
	const { panes } = logsView(context, screen, context.bodyRows - 1);
	const pane = panes.find(({ name }) => name === screen.focus);
	if (pane === undefined) return null;
	// A page is one of the log, which may have half the screen.
	const isPage = Math.abs(by) > 1 && Number.isFinite(by);
	const lines = isPage ? Math.sign(by) * Math.max(1, pane.height - 1) : by;
	return change(context, { foot: { ...screen.foot, [pane.name]: pane.scroll.by(lines) } });
}
