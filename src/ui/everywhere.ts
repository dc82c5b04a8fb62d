import { isBeginning } from "../session/operation-store.ts";
import type { Binding, Reaction, UiContext } from "./context.ts";
import { change, open, openPrompt, say } from "./reduce.ts";
import type { ScreenName } from "./screens/states.ts";
import { currentScreen } from "./ui-state.ts";

export const SHORTEST_INTERVAL_MS = 200;
const LONGEST_INTERVAL_MS = 60_000;

interface ScreenGroups {
	/** All but the first screen. */
	readonly notFirst: readonly ScreenName[];
	readonly withFilter: readonly ScreenName[];
	/** Texts, in which one can search. */
	readonly texts: readonly ScreenName[];
}

/** What can be done on every screen, or on every screen with a filter. */
export function everywhere({ notFirst, withFilter, texts }: ScreenGroups): readonly Binding[] {
	return [
		{
			id: "screen.back",
			keys: ["esc", "left", "h"],
			label: "back",
			help: "Clear the filter or search, or go back to the previous screen.",
			disabled: ({ ui }) =>
				ui.screens.length > 1 || filterOf(ui) !== "" ? null : "this is the first screen; q quits",
			isQuiet: true,
			run: ({ ui }) => {
				const screen = currentScreen(ui);
				if ("filter" in screen && screen.filter !== "") return change({ ...screen, filter: "" });
				return "search" in screen && screen.search !== ""
					? change({ ...screen, search: "" })
					: { event: "back" };
			},
		},
		{
			id: "screen.leave",
			keys: ["q"],
			label: "back",
			help: "Go back to the previous screen; on the first screen, q quits.",
			screens: notFirst,
			isQuiet: true,
			run: () => ({ event: "back" }),
		},
		{
			id: "filter.open",
			keys: ["/"],
			label: "filter",
			help: 'Show only lines that match a text or regular expression; "!" in front inverts.',
			screens: withFilter,
			run: ({ ui }) => openPrompt("filter", filterOf(ui)),
		},
		{
			id: "search.open",
			keys: ["/"],
			label: "search",
			help: "Go to the next line that matches a text or regular expression; without one, that matches the last one.",
			screens: texts,
			run: ({ ui }) => {
				const screen = currentScreen(ui);
				return openPrompt("search", "", String("offset" in screen ? screen.offset : 0));
			},
		},
		{
			id: "errors.only",
			keys: ["!"],
			label: "errors only",
			help: "Show only problems, or everything again.",
			screens: withFilter,
			run: ({ ui }) => {
				const screen = currentScreen(ui);
				return "errorsOnly" in screen ? change({ ...screen, errorsOnly: !screen.errorsOnly }) : null;
			},
		},
		{
			id: "display.pause",
			keys: ["space"],
			label: "freeze",
			help: "Freeze the display, or let it go on; polling never stops.",
			run: freeze,
		},
		{
			id: "poll.now",
			needsCluster: true,
			keys: ["r"],
			label: "poll now",
			help: "Poll all nodes now.",
			isQuiet: true,
			run: ({ session }) => {
				session.refresh();
				return say("polling all nodes");
			},
		},
		{
			id: "interval.shorter",
			keys: ["+", "="],
			label: "faster",
			help: "Poll twice as often.",
			isQuiet: true,
			disabled: ({ session }) =>
				session.intervalMs > SHORTEST_INTERVAL_MS ? null : "the shortest interval is 0.2 s",
			run: (context) => setInterval(context, Math.max(SHORTEST_INTERVAL_MS, context.session.intervalMs / 2)),
		},
		{
			id: "interval.longer",
			keys: ["-"],
			label: "slower",
			help: "Poll half as often.",
			isQuiet: true,
			disabled: ({ session }) =>
				session.intervalMs < LONGEST_INTERVAL_MS ? null : "the longest interval is 60 s",
			run: (context) => setInterval(context, Math.min(LONGEST_INTERVAL_MS, context.session.intervalMs * 2)),
		},
		{
			id: "command.open",
			keys: [":"],
			label: "command",
			help: "Type a command; Tab completes, ↑ and ↓ recall.",
			run: () => openPrompt("command"),
		},
		{
			id: "cluster.open",
			needsCluster: true,
			keys: ["C"],
			label: "cluster",
			help: "Go to another cluster of the configuration file; Tab completes its name.",
			isQuiet: true,
			disabled: (context) => clusterForbidden(context),
			run: () => openPrompt("command", "cluster "),
		},
		{
			id: "theme.try",
			keys: ["t"],
			label: "theme",
			help: "Try themes: ← → to browse, Enter to keep, Esc to cancel.",
			isQuiet: true,
			disabled: ({ themeNames }) => (themeNames.length > 1 ? null : "without colours there is one theme"),
			run: () => ({ event: "tryThemes" }),
		},
		{
			id: "help.open",
			keys: ["?"],
			label: "help",
			help: "Show all keys, marks and commands.",
			run: ({ ui }) =>
				currentScreen(ui).screen === "help" ? { event: "back" } : open({ screen: "help", offset: 0 }),
		},
		{
			id: "redraw",
			keys: ["ctrl+l"],
			label: "redraw",
			help: "Redraw the screen after another program wrote to it.",
			isQuiet: true,
			run: ({ redraw }) => {
				redraw();
				return null;
			},
		},
		{
			id: "suspend",
			keys: ["ctrl+z"],
			label: "suspend",
			help: "Stop the console and return to the shell; fg brings it back.",
			isQuiet: true,
			run: ({ suspend }) => {
				suspend();
				return null;
			},
		},
		{
			id: "quit",
			keys: ["q", "ctrl+c"],
			label: "quit",
			help: "Quit; on other screens than the first, q goes back. Asks first while an operation is running.",
			run: leave,
		},
	];
}

/** Why no other cluster can be opened now, or null. */
export function clusterForbidden({ clusters, operationStore }: UiContext): string | null {
	if (clusters.length === 0) return "the configuration file has no clusters";
	const isBusy = operationStore.run?.outcome === "running" || isStarting(operationStore);
	return isBusy ? "an operation is running here" : null;
}

/** Freezes the display, or lets it go on. */
export function freeze({ ui, session }: UiContext): Reaction {
	return { event: "freeze", state: ui.frozen === null ? session.store.getState() : null };
}

/** Approved but not begun; it may already hold the lock. */
export function isStarting({ pending }: UiContext["operationStore"]): boolean {
	return isBeginning(pending);
}

/** Quits, or asks first if an operation is running here. */
export function leave({ operationStore, exit, replay }: UiContext): Reaction {
	const isPast = replay !== undefined;
	if (!isPast && (operationStore.run?.outcome === "running" || isStarting(operationStore))) {
		return openPrompt("leave");
	}
	exit();
	return null;
}

function filterOf(ui: UiContext["ui"]): string {
	const screen = currentScreen(ui);
	return "filter" in screen ? screen.filter : "";
}

/** Sets how often nodes are polled, with a message. */
export function setInterval({ session }: UiContext, ms: number): Reaction {
	session.intervalMs = ms;
	session.refresh();
	return say(`polling every ${ms / 1000} s`);
}
