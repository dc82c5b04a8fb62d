import { type Finding, findingKey } from "../../../model/finding.ts";
import { ListAndDetail, shortList } from "../../components/list-and-detail.tsx";
import { clickList, type List, type ListScreen, listBindings, positionOf } from "../../list.ts";
import { open } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import type { StyledLine } from "../../text/styled-line.ts";
import { findingView } from "../finding/finding-view.ts";
import { type FindingsState, findingState } from "../states.ts";
import { findingLines } from "./finding-lines.ts";

interface FindingsModel {
	readonly list: List<Finding>;
	readonly detail: readonly StyledLine[] | null;
}

const LIST: ListScreen<FindingsState, FindingsModel, Finding> = {
	unit: "finding",
	list: ({ list }) => list,
	select: ({ state }, finding) => ({ ...state, finding: findingKey(finding) }),
};

/** What is wrong: a list, and the selected finding below it. */
export const FINDINGS = defineScreen<FindingsState, FindingsModel>({
	name: "findings",
	title: "findings",
	derive: ({ data, columns, bodyRows }, state) => {
		const { findings } = data.snapshot;
		const list = shortList(findings, positionOf(findings, state.finding, findingKey), bodyRows);
		const detail = list.item && findingView(data, list.item, columns, false);
		return { list, detail };
	},
	View: ({ context: { data, columns, bodyRows }, model: { list, detail } }) => (
		<ListAndDetail
			columns={columns}
			bodyRows={bodyRows}
			title="FINDINGS"
			note={list.items.length === 0 ? "" : String(list.items.length)}
			empty={{ text: "no findings", role: "ok" }}
			lines={findingLines(list.visible, data.findingPeriods, data.now)}
			selectedKey={list.item && findingKey(list.item)}
			detail={detail}
		/>
	),
	click: clickList(1, LIST),
	bindings: [
		{
			id: "findings.open",
			keys: ["v"],
			label: "verdict",
			help: "Show the findings with their evidence, what to do and what not to do.",
			screens: ["topology", "node"],
			run: () => open({ screen: "findings", finding: null }),
		},
		...listBindings("findings", LIST),
		{
			id: "finding.open",
			keys: ["enter", "right", "l"],
			label: "read",
			help: "Show the selected finding in full.",
			disabled: ({ model: { list } }) => (list.item === null ? "there is no finding" : null),
			run: ({ model: { list } }) => list.item && open(findingState(list.item)),
		},
	],
});
