import { type Binding, screenIf } from "../context.ts";
import { findingsView } from "../view/findings-view.ts";
import { clampOffset } from "../view/window.ts";
import { movingBindings } from "./moving.ts";

/** Opening and reading what is wrong. */
export const FINDINGS: readonly Binding[] = [
	{
		id: "findings.open",
		keys: ["v"],
		label: "verdict",
		help: "Show what is wrong, on what evidence, what to do and what not to do.",
		screens: ["topology", "node"],
		run: () => ({ event: "open", screen: { screen: "findings", offset: 0 } }),
	},
	...movingBindings({
		id: "findings",
		screens: ["findings"],
		unit: "line",
		move: (context, by) => {
			const screen = screenIf(context, "findings");
			if (screen === null) return null;
			const count = findingsView(context).length;
			const offset = clampOffset(screen.offset + by, count, context.bodyRows - 1);
			return { event: "change", screen: { ...screen, offset } };
		},
	}),
];
