import { type LintResult, lintKey } from "../../../model/lint-result.ts";
import { ListAndDetail, shortList } from "../../components/list-and-detail.tsx";
import type { Reaction, UiContext } from "../../context.ts";
import { clickList, type List, type ListScreen, listBindings, positionOf } from "../../list.ts";
import { open, say } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import type { StyledLine } from "../../text/styled-line.ts";
import { type LintState, lintState } from "../states.ts";
import { lintLine, lintNote, lintResults, lintResultView, noResultsText } from "./lint-view.ts";

interface LintModel {
	readonly list: List<LintResult>;
	readonly detail: readonly StyledLine[] | null;
}

const LIST: ListScreen<LintState, LintModel, LintResult> = {
	unit: "result",
	list: ({ list }) => list,
	select: ({ state }, result) => ({ ...state, result: lintKey(result) }),
};

/** The configuration check: a list of results, and the selected one below it. */
export const LINT = defineScreen<LintState, LintModel>({
	name: "lint",
	title: "configuration check",
	hasFilter: true,
	derive: ({ data, columns, bodyRows }, state) => {
		const results = lintResults(data, state);
		const list = shortList(results, positionOf(results, state.result, lintKey), bodyRows);
		return { list, detail: list.item && lintResultView(list.item, columns) };
	},
	View: ({ context: { data, columns, bodyRows }, state, model: { list, detail } }) => (
		<ListAndDetail
			columns={columns}
			bodyRows={bodyRows}
			title="CONFIGURATION"
			note={lintNote(data, state, list.items.length)}
			empty={{ text: noResultsText(data), role: "muted" }}
			lines={list.visible.map(lintLine)}
			selectedKey={list.item && lintKey(list.item)}
			detail={detail}
		/>
	),
	click: clickList(1, LIST),
	bindings: [
		{
			id: "lint.open",
			keys: ["c"],
			label: "check config",
			help: "Check the configuration of all nodes: what is wrong, where, why it matters and the exact change.",
			screens: ["topology"],
			run: openLint,
		},
		{
			id: "lint.again",
			needsCluster: true,
			keys: ["c"],
			label: "check again",
			help: "Check the configuration again.",
			screens: ["lint", "lintResult"],
			disabled: ({ session }: UiContext) =>
				session.store.getState().setupCheck.progress === null ? null : "a check is running",
			run: ({ session }: UiContext) => {
				void session.checkSetup();
				return say("reading the configuration of all nodes");
			},
		},
		...listBindings("lint", LIST),
		{
			id: "lintResult.open",
			keys: ["enter", "right", "l"],
			label: "read",
			help: "Show the selected result in full.",
			disabled: ({ model: { list } }) => (list.item === null ? "there is no result" : null),
			run: ({ model: { list } }) =>
				list.item && open({ screen: "lintResult", result: lintKey(list.item), offset: 0 }),
		},
	],
});

/** Opens the screen and starts a check. */
export function openLint({ session }: UiContext): Reaction {
	void session.checkSetup();
	return open(lintState());
}
