import type { ClusterSnapshot } from "../../../model/snapshot.ts";
import { OPERATIONS } from "../../../operation/index.ts";
import type { Operation } from "../../../operation/operation.ts";
import { type Answers, answersTo, type Question } from "../../../operation/questions.ts";
import { fitText } from "../../text/fit-text.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { ScreenOf } from "../../ui-state.ts";

/** Something that the selection can rest on. */
export interface WizardRow {
	/** The question, and the value where it is one of its choices. */
	readonly key: string;
	readonly question: Question;
	readonly value: string | null;
}

export function wizardOf({ kind }: Pick<ScreenOf<"wizard">, "kind">): Operation {
	return OPERATIONS.find((one) => one.kind === kind) as Operation;
}

/** The rows that can be selected, from top to bottom: what can't be chosen is only read. */
export function wizardRows(wizard: Operation, snapshot: ClusterSnapshot): readonly WizardRow[] {
	return wizard
		.questions(snapshot)
		.flatMap((question): readonly WizardRow[] =>
			question.kind === "choice"
				? question.choices
						.filter(({ unfit }) => unfit === null)
						.map(({ value }) => ({ key: `${question.key} ${value}`, question, value }))
				: [{ key: question.key, question, value: null }],
		);
}

export function selectedRow(rows: readonly WizardRow[], screen: ScreenOf<"wizard">): WizardRow | null {
	return (
		rows.find(({ key }) => key === screen.row) ??
		rows.find(({ question, value }) => value !== null && screen.answers[question.key] === value) ??
		rows[0] ??
		null
	);
}

/** What would be asked for as things stand. */
export function answersNow(wizard: Operation, snapshot: ClusterSnapshot, answers: Answers): Answers {
	return answersTo(wizard.questions(snapshot), answers);
}

/** The questions with the answers as they stand. */
export function wizardView(
	snapshot: ClusterSnapshot,
	screen: ScreenOf<"wizard">,
	columns: number,
): readonly StyledLine[] {
	const wizard = wizardOf(screen);
	const answers = answersNow(wizard, snapshot, screen.answers);
	const selected = selectedRow(wizardRows(wizard, snapshot), screen)?.key;
	const line = (key: string, text: string, role: "plain" | "muted" | "title" = "plain"): StyledLine => ({
		key,
		isSelected: key === selected,
		spans: [{ text: fitText(text, columns - 3), role }],
	});
	return [
		...wrapText(wizard.about, columns - 4).map((piece, position) => line(`about ${position}`, ` ${piece}`)),
		...wizard.questions(snapshot).flatMap((question, position, all) => {
			// Switches and texts that follow each other are one group.
			const isNewGroup = question.kind === "choice" || all[position - 1]?.kind !== question.kind;
			return [
				...(isNewGroup ? [{ key: `gap ${question.key}`, spans: [] }] : []),
				...questionLines(question, answers, line),
			];
		}),
		{ key: "gap end", spans: [] },
		line("end", " enter makes the plan; nothing is changed by that", "muted"),
	];
}

function questionLines(
	question: Question,
	answers: Answers,
	line: (key: string, text: string, role?: "plain" | "muted" | "title") => StyledLine,
): readonly StyledLine[] {
	switch (question.kind) {
		case "choice": {
			const width = Math.max(...question.choices.map(({ label }) => label.length), 0);
			return [
				line(`title ${question.key}`, ` ${question.title}`, "title"),
				...question.choices.map(({ value, label, note, unfit }) =>
					unfit === null
						? line(
								`${question.key} ${value}`,
								` ${answers[question.key] === value ? "(•)" : "( )"} ${label.padEnd(width)}   ${note}`,
							)
						: line(`unfit ${question.key} ${value}`, `     ${label.padEnd(width)}   not: ${unfit}`, "muted"),
				),
			];
		}
		case "switch":
			return [
				line(
					question.key,
					` ${answers[question.key] === true ? "[x]" : "[ ]"} ${question.title}   ${question.option}`,
				),
			];
		case "text": {
			const answer = String(answers[question.key] ?? "");
			return [line(question.key, ` ${question.title}: ${answer === "" ? `(${question.empty})` : answer}`)];
		}
	}
}
