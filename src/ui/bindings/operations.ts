import { OPERATIONS as ALL } from "../../operation/index.ts";
import { answersTo } from "../../operation/questions.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { selectedWizard, whyNot } from "../screens/operations/operations-view.ts";
import { answersNow, selectedRow, wizardOf, wizardRows } from "../screens/wizard/wizard-view.ts";
import type { ScreenOf } from "../ui-state.ts";
import { emptyPrompt } from "./everywhere.ts";
import { movingBindings } from "./moving.ts";

const MENU = ["operations"] as const;
const WIZARD = ["wizard"] as const;

/** Choosing what is to be done, and answering what it has to be told. */
export const OPERATIONS: readonly Binding[] = [
	{
		id: "operations.open",
		keys: ["o"],
		label: "operations",
		help: "Show what can be done with the cluster: switch over, promote, pause, …",
		screens: ["topology", "node", "finding", "findings", "runs", "run"],
		run: (context) => ({
			event: "open",
			screen: { screen: "operations", kind: null, nodeId: nodeInMind(context) },
		}),
	},
	{
		id: "switchover.open",
		keys: ["s"],
		label: "switchover",
		help: "Make the selected standby the primary: first the questions, then a plan.",
		screens: ["topology", "node"],
		disabled: (context) => whyNot(context, selectedWizard({ kind: "switchover" })),
		run: (context) => openWizard("switchover", nodeInMind(context)),
	},
	...movingBindings({ id: "operations", screens: MENU, unit: "operation", move: selectOperation }),
	{
		id: "operations.choose",
		keys: ["enter", "right", "l"],
		label: "choose",
		help: "Answer the questions of the selected operation; nothing is changed before a plan is confirmed.",
		screens: MENU,
		disabled: (context) => {
			const screen = screenIf(context, "operations");
			return screen && whyNot(context, selectedWizard(screen));
		},
		run: (context) => {
			const screen = screenIf(context, "operations");
			return screen && openWizard(selectedWizard(screen).kind, screen.nodeId);
		},
	},
	...movingBindings({ id: "wizard", screens: WIZARD, unit: "answer", move: selectAnswer }),
	{
		id: "wizard.ask",
		keys: ["enter"],
		label: "make the plan",
		help: "Make the plan of this operation; nothing is changed by that.",
		screens: WIZARD,
		disabled: (context) => {
			const screen = screenIf(context, "wizard");
			return screen && whyNot(context, wizardOf(screen));
		},
		run: (context) => {
			const screen = screenIf(context, "wizard");
			if (screen === null) return null;
			const wizard = wizardOf(screen);
			const answers = answersNow(wizard, context.data.snapshot, screen.answers);
			context.session.operationStore.ask(wizard.intent(answers));
			return { event: "open", screen: { screen: "plan", offset: 0, showsAll: false } };
		},
	},
	{
		id: "wizard.toggle",
		keys: ["space", "x"],
		label: "switch",
		help: "Switch the selected option on or off.",
		screens: WIZARD,
		disabled: (context) => (rowOf(context)?.question.kind === "switch" ? null : "select an option first"),
		run: (context) => {
			const screen = screenIf(context, "wizard");
			const key = rowOf(context)?.question.key;
			if (screen === null || key === undefined) return null;
			const questions = wizardOf(screen).questions(context.data.snapshot);
			const isOn = answersTo(questions, screen.answers)[key] === true;
			return { event: "change", screen: { ...screen, answers: { ...screen.answers, [key]: !isOn } } };
		},
	},
	{
		id: "wizard.write",
		keys: ["e", "i"],
		label: "write",
		help: "Write the selected answer.",
		screens: WIZARD,
		disabled: (context) =>
			rowOf(context)?.question.kind === "text" ? null : "there is nothing to be written",
		run: (context) => {
			const screen = screenIf(context, "wizard");
			const key = rowOf(context)?.question.key;
			if (screen === null || key === undefined) return null;
			const prompt = emptyPrompt("answer", String(screen.answers[key] ?? ""));
			return { event: "prompt", prompt: { ...prompt, subject: key } };
		},
	},
];

/** The questions of an operation, with a node in mind where one is selected. */
export function openWizard(kind: ScreenOf<"wizard">["kind"], nodeId: number | null): Reaction {
	const answers = nodeId === null ? {} : { node: String(nodeId) };
	return { event: "open", screen: { screen: "wizard", kind, answers, row: null } };
}

/** The one that the operator went to: where the mark stands from the start means nothing. */
function nodeInMind(context: UiContext): number | null {
	const topology = screenIf(context, "topology");
	if (topology !== null) return topology.nodeId;
	return screenIf(context, "node")?.nodeId ?? null;
}

function selectOperation(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "operations");
	if (screen === null) return null;
	const position = ALL.indexOf(selectedWizard(screen)) + by;
	const kind = ALL[Math.max(0, Math.min(ALL.length - 1, position))]?.kind ?? null;
	return { event: "change", screen: { ...screen, kind } };
}

function rowOf(context: UiContext) {
	const screen = screenIf(context, "wizard");
	return screen && selectedRow(wizardRows(wizardOf(screen), context.data.snapshot), screen);
}

/** Who goes to a choice takes it, as with the buttons of a radio. */
function selectAnswer(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "wizard");
	if (screen === null) return null;
	const rows = wizardRows(wizardOf(screen), context.data.snapshot);
	const selected = selectedRow(rows, screen);
	if (selected === null) return null;
	const row = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(selected) + by))] ?? selected;
	const answers = row.value === null ? screen.answers : { ...screen.answers, [row.question.key]: row.value };
	return { event: "change", screen: { ...screen, row: row.key, answers } };
}
