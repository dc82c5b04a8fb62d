import { type LintResult, lintKey } from "../../model/lint-result.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import {
	changeText,
	lintResultPage,
	lintResults,
	selectedResult,
} from "../screens/lint-results/lint-view.ts";
import { lintScreen } from "../ui-state.ts";
import { clampOffset } from "../window.ts";
import { movingBindings } from "./moving.ts";

const LIST = ["lint"] as const;
const ONE = ["lintResult"] as const;
const BOTH = ["lint", "lintResult"] as const;

/** Checking how the cluster is set up. */
export const LINT: readonly Binding[] = [
	{
		id: "lint.open",
		keys: ["c"],
		label: "check set-up",
		help: "Read how every node is set up and show what is wrong, where, why it matters and the exact change.",
		screens: ["topology"],
		run: openLint,
	},
	{
		id: "lint.again",
		keys: ["c"],
		label: "check again",
		help: "Read again how every node is set up.",
		screens: BOTH,
		disabled: ({ session }) =>
			session.store.getState().setupCheck.progress === null ? null : "a check is running",
		run: ({ session }) => {
			void session.checkSetup();
			return { event: "say", text: "reading how the nodes are set up", isProblem: false };
		},
	},
	...movingBindings({ id: "lint", screens: LIST, unit: "result", move: select }),
	{
		id: "lintResult.open",
		keys: ["enter", "right", "l"],
		label: "read",
		help: "Show the selected result in full.",
		screens: LIST,
		disabled: noResult,
		run: (context) => {
			const result = shown(context);
			return (
				result && { event: "open", screen: { screen: "lintResult", result: lintKey(result), offset: 0 } }
			);
		},
	},
	...movingBindings({ id: "lintResult", screens: ONE, unit: "line", move: scroll }),
	{
		id: "lint.copy",
		keys: ["y"],
		label: "copy change",
		help: "Copy the exact change, line by line, to the clipboard (OSC 52).",
		screens: BOTH,
		disabled: (context) =>
			noResult(context) ?? (shown(context)?.change.length === 0 ? "there is nothing to change here" : null),
		run: (context) => {
			const result = shown(context);
			if (result === null) return null;
			context.copy(changeText(result));
			const first = result.change[0]?.text ?? "";
			const more = result.change.length - 1;
			return {
				event: "say",
				text: `copied: ${first}${more === 0 ? "" : ` and ${more} more`}`,
				isProblem: false,
			};
		},
	},
];

/** Opens the screen, and checks. */
export function openLint({ session }: UiContext): Reaction {
	void session.checkSetup();
	return { event: "open", screen: lintScreen() };
}

/** The result that keys work on: the one shown alone, or the selected one. */
function shown(context: UiContext): LintResult | null {
	const one = screenIf(context, "lintResult");
	const results = context.data.setupCheck.report?.results ?? [];
	if (one !== null) return results.find((result) => lintKey(result) === one.result) ?? null;
	const list = screenIf(context, "lint");
	return list && selectedResult(lintResults(context.data, list), list.result);
}

function noResult(context: UiContext): string | null {
	return shown(context) === null ? "there is no result" : null;
}

function select(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "lint");
	const selected = shown(context);
	if (screen === null || selected === null) return null;
	const results = lintResults(context.data, screen);
	const position = Math.max(0, Math.min(results.length - 1, results.indexOf(selected) + by));
	const target = results[position];
	return target ? { event: "change", screen: { ...screen, result: lintKey(target) } } : null;
}

function scroll(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "lintResult");
	if (screen === null) return null;
	const count = lintResultPage(context, screen.result).length;
	const offset = clampOffset(screen.offset + by, count, context.bodyRows - 1);
	return { event: "change", screen: { ...screen, offset } };
}
