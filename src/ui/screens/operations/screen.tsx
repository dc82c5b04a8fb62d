import { Box } from "ink";
import { OPERATIONS as ALL } from "../../../operation/index.ts";
import { impossibility, type Operation } from "../../../operation/operation.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { UiContext } from "../../context.ts";
import { type List, type ListScreen, listBindings, listOf, positionOf } from "../../list.ts";
import { open } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import { currentScreen } from "../../ui-state.ts";
import { type OperationsState, wizardState } from "../states.ts";
import { aboutLines, operationLine } from "./operations-view.ts";

interface OperationsModel {
	readonly list: List<Operation>;
	/** Why there can be no plan of the selected one now, or null. */
	readonly impossible: string | null;
}

const LIST: ListScreen<OperationsState, OperationsModel, Operation> = {
	unit: "operation",
	list: ({ list }) => list,
	select: ({ state }, { kind }) => ({ ...state, kind }),
};

/** Two rules, and what is said of the selected operation. */
const ROWS_BESIDE = 6;

/** All operations; those that are not possible now say why. */
export const OPERATIONS = defineScreen<OperationsState, OperationsModel>({
	name: "operations",
	title: "operations",
	derive: ({ data, bodyRows }, { kind }) => {
		const list = listOf(
			ALL,
			positionOf(ALL, kind, (operation) => operation.kind),
			Math.max(1, bodyRows - ROWS_BESIDE),
		);
		return { list, impossible: list.item && impossibility(list.item, data.snapshot) };
	},
	View: ({ context, model: { list, impossible } }) => (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="OPERATIONS" />
			<StyledLines
				lines={list.visible.map((operation) => operationLine(context, operation, operation === list.item))}
			/>
			<Rule columns={context.columns} />
			<StyledLines lines={list.item === null ? [] : aboutLines(context, list.item, impossible)} />
		</Box>
	),
	bindings: [
		{
			id: "operations.open",
			needsCluster: true,
			keys: ["o"],
			label: "operations",
			help: "List the operations: switch over, promote, pause, …",
			screens: ["topology", "node", "finding", "findings", "runs", "run"],
			run: (context: UiContext) => open({ screen: "operations", kind: null, nodeId: chosenNode(context) }),
		},
		{
			id: "switchover.open",
			needsCluster: true,
			keys: ["s"],
			label: "switchover",
			help: "Make the selected standby the primary: a form, then a plan.",
			screens: ["topology", "node"],
			disabled: ({ data }: UiContext) => {
				const operation = ALL.find(({ kind }) => kind === "switchover");
				return operation === undefined ? null : impossibility(operation, data.snapshot);
			},
			run: (context: UiContext) => open(wizardState("switchover", chosenNode(context))),
		},
		...listBindings("operations", LIST),
		{
			id: "operations.choose",
			needsCluster: true,
			keys: ["enter", "right", "l"],
			label: "choose",
			help: "Open the form of the selected operation; nothing changes before you confirm a plan.",
			disabled: ({ model }) => model.impossible,
			run: ({ state, model: { list } }) => list.item && open(wizardState(list.item.kind, state.nodeId)),
		},
	],
});

/** The node that the operator went to; the selection as the screen opened means nothing. */
function chosenNode({ ui }: UiContext): number | null {
	const state = currentScreen(ui);
	return state.screen === "topology" || state.screen === "node" ? state.nodeId : null;
}
