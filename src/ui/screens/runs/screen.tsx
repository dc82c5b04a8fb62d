import { Box } from "ink";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { UiContext } from "../../context.ts";
import { type List, type ListScreen, listBindings, listOf, positionOf } from "../../list.ts";
import { open } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import { type StyledLine, textIn } from "../../text/styled-line.ts";
import { changesForbidden } from "../operations/operations-view.ts";
import { type RunsState, runState } from "../states.ts";
import { type OperationSummary, runLine } from "./runs-view.ts";

interface RunsModel {
	readonly list: List<OperationSummary>;
	/** Above the list: why it is not complete; or why it is empty. */
	readonly remarks: readonly StyledLine[];
}

const LIST: ListScreen<RunsState, RunsModel, OperationSummary> = {
	unit: "operation",
	list: ({ list }) => list,
	select: ({ state }, { operationId }) => ({ ...state, operationId }),
};

function derive({ operationStore, columns, bodyRows }: UiContext, state: RunsState): RunsModel {
	const { runs, runsFault } = operationStore;
	const text = textIn(columns);
	const fault = runsFault === null ? [] : text("fault", 1, runsFault, "critical");
	const empty =
		runs === null
			? fault.length > 0
				? []
				: text("reading", 1, "Reading this machine's journal and the locks on the hosts…", "muted")
			: runs.length === 0
				? text("none", 1, "No operation has run from this machine, and the cluster is not locked.", "muted")
				: [];
	const items = runs ?? [];
	const position = positionOf(items, state.operationId, ({ operationId }) => operationId);
	return { list: listOf(items, position, bodyRows - 1 - fault.length), remarks: [...fault, ...empty] };
}

/** Past operations from this machine, and who holds the cluster lock. */
export const RUNS = defineScreen<RunsState, RunsModel>({
	name: "runs",
	title: "history",
	derive,
	View: ({ context: { columns, operationStore }, model: { list, remarks } }) => (
		<Box flexDirection="column" flexShrink={0}>
			<Rule
				columns={columns}
				title="HISTORY"
				note={operationStore.runs === null ? "reading" : `${list.items.length}`}
			/>
			<StyledLines
				lines={[...remarks, ...list.visible.map((run) => runLine(run, run === list.item, columns))]}
			/>
		</Box>
	),
	bindings: [
		{
			id: "runs.open",
			needsCluster: true,
			keys: ["R"],
			label: "history",
			help: "Show past and interrupted operations on this cluster.",
			screens: ["topology", "operations", "run"],
			isQuiet: true,
			run: openRuns,
		},
		...listBindings("runs", LIST),
		{
			id: "runs.read",
			needsCluster: true,
			keys: ["enter", "right", "l"],
			label: "open",
			help: "Show the selected operation whole: result, plan, steps, output, and a drill's report.",
			disabled: ({ model: { list } }) => (list.item === null ? "no operation is selected" : null),
			run: ({ context, model: { list } }) => {
				if (list.item === null) return null;
				const { operationId } = list.item;
				context.session.operationStore.readPast(operationId);
				return open({ screen: "pastRun", operationId, offset: 0 });
			},
		},
		{
			id: "runs.resume",
			needsCluster: true,
			keys: ["r"],
			label: "resume",
			help: "Resume an interrupted operation: verify the steps that have begun and run cleanup steps; begin nothing new.",
			disabled: ({ context, model: { list } }) =>
				changesForbidden(context) ??
				(list.item?.outcome === "interrupted" ? null : "only an interrupted operation can be resumed"),
			run: ({ context, model: { list } }) => {
				if (list.item === null) return null;
				context.session.operationStore.resume(list.item.operationId);
				return open(runState());
			},
		},
	],
});

/** Opens the screen and reads the journal again. */
export function openRuns({ session }: UiContext) {
	session.operationStore.readRuns();
	return open({ screen: "runs", operationId: null });
}
