import { type Binding, screenIf } from "../context.ts";
import { electionView } from "../screens/election/election-view.ts";
import { clampOffset } from "../window.ts";
import { movingBindings } from "./moving.ts";

/** Opening and reading what would happen if the primary died. */
export const ELECTION: readonly Binding[] = [
	{
		id: "election.open",
		keys: ["i"],
		label: "if it dies",
		help: "Show what repmgrd would do if the primary died now.",
		screens: ["topology"],
		run: () => ({ event: "open", screen: { screen: "election", offset: 0 } }),
	},
	...movingBindings({
		id: "election",
		screens: ["election"],
		unit: "line",
		move: (context, by) => {
			const screen = screenIf(context, "election");
			if (screen === null) return null;
			const count = electionView(context).length;
			const offset = clampOffset(screen.offset + by, count, context.bodyRows - 1);
			return { event: "change", screen: { ...screen, offset } };
		},
	}),
];
