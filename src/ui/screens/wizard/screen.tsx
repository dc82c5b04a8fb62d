import { Box } from "ink";
import { OPERATIONS } from "../../../operation/index.ts";
import { impossibility, type Operation } from "../../../operation/operation.ts";
import { type Answers, answersTo } from "../../../operation/questions.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { Reaction } from "../../context.ts";
import { type List, type ListScreen, listBindings, listOf } from "../../list.ts";
import { change, open, openPrompt } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import type { StyledLine } from "../../text/styled-line.ts";
import { planState, type WizardState } from "../states.ts";
import { selectedRow, type WizardRow, wizardLines, wizardRows } from "./wizard-view.ts";

interface WizardModel {
	readonly operation: Operation;
	/** Those given, and the defaults. */
	readonly answers: Answers;
	readonly list: List<WizardRow>;
	readonly lines: readonly StyledLine[];
}

const LIST: ListScreen<WizardState, WizardModel, WizardRow> = {
	unit: "answer",
	list: ({ list }) => list,
	select: ({ state }, { key }) => ({ ...state, row: key }),
};

/** The questions of an operation, to be answered before its plan is made. */
export const WIZARD = defineScreen<WizardState, WizardModel>({
	name: "wizard",
	title: "operation form",
	derive: ({ data, columns }, state) => {
		const operation = OPERATIONS.find(({ kind }) => kind === state.kind) as Operation;
		const questions = operation.questions(data.snapshot);
		const answers = answersTo(questions, state.answers);
		const rows = wizardRows(questions);
		const list = listOf(rows, selectedRow(rows, state), rows.length);
		const lines = wizardLines(operation.about, questions, answers, list.item?.key ?? null, columns);
		return { operation, answers, list, lines };
	},
	View: ({ context: { columns, bodyRows }, model: { operation, lines } }) => (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={operation.title.toUpperCase()} />
			<StyledLines
				lines={
					listOf(
						lines,
						lines.findIndex(({ isSelected }) => isSelected),
						bodyRows - 1,
					).visible
				}
			/>
		</Box>
	),
	bindings: [
		...listBindings("wizard", LIST),
		{
			id: "wizard.ask",
			needsCluster: true,
			keys: ["enter"],
			label: "make the plan",
			help: "Choose what the cursor is on, if it is not chosen yet; else ask for an answer that is missing; else plan this operation. Nothing changes.",
			disabled: ({ context, model }) =>
				otherChoice(model) === null ? impossibility(model.operation, context.data.snapshot) : null,
			run: ({ context, state, model }) => {
				const { operation, answers } = model;
				const other = otherChoice(model);
				if (other !== null) return choose(state, other);
				const missing = unanswered(model);
				if (missing !== null) return openPrompt("answer", "", missing);
				context.session.operationStore.ask(operation.intent(answers, context.now));
				return open(planState());
			},
		},
		{
			id: "wizard.toggle",
			keys: ["space", "x"],
			label: "toggle",
			help: "Turn the selected option on or off, or choose it.",
			disabled: ({ model: { list } }) =>
				list.item !== null && list.item.question.kind !== "text" ? null : "select an option first",
			run: ({ state, model: { list, answers } }) => {
				if (list.item !== null && list.item.value !== null) return choose(state, list.item);
				const key = list.item?.question.key;
				if (key === undefined) return null;
				return change({ ...state, answers: { ...state.answers, [key]: answers[key] !== true } });
			},
		},
		{
			id: "wizard.write",
			keys: ["e", "i"],
			label: "edit",
			help: "Edit the selected answer, or give one that is missing.",
			disabled: ({ model }) => (editable(model) === null ? "select a text field first" : null),
			run: ({ state, model }) => {
				const key = editable(model);
				return key === null ? null : openPrompt("answer", String(state.answers[key] ?? ""), key);
			},
		},
		{
			id: "wizard.next",
			keys: ["tab"],
			label: "next question",
			help: "Go to the next question.",
			run: ({ state, model: { list, answers } }) => {
				const questions = [...new Set(list.items.map(({ question }) => question))];
				const at = questions.findIndex(({ key }) => key === list.item?.question.key);
				const next = questions[(at + 1) % questions.length];
				const row = list.items.find(
					({ question, value }) => question === next && (value === null || value === answers[next.key]),
				);
				return row === undefined ? null : change({ ...state, row: row.key });
			},
		},
	],
});

/** The selected text field, or else one that must be filled in and is not: its key, or null. */
function editable(model: WizardModel): string | null {
	const { item } = model.list;
	return item?.question.kind === "text" ? item.question.key : unanswered(model);
}

/** The key of a text field that must be filled in and is not, or null. */
function unanswered({ list: { items }, answers }: WizardModel): string | null {
	const missing = items.find(
		({ question }) => question.kind === "text" && question.isRequired && answers[question.key] === "",
	);
	return missing?.question.key ?? null;
}

/** The choice that the cursor is on, unless it is chosen. */
function otherChoice({ list: { item }, answers }: WizardModel): WizardRow | null {
	return item !== null && item.value !== null && answers[item.question.key] !== item.value ? item : null;
}

function choose(state: WizardState, { key, question, value }: WizardRow): Reaction {
	return change({ ...state, row: key, answers: { ...state.answers, [question.key]: value ?? "" } });
}
