import type { Answers, Question } from "../../../operation/questions.ts";
import { fitText } from "../../text/fit-text.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { WizardState } from "../states.ts";

export interface WizardRow {
	/** The question, and the value where it is one of its choices. */
	readonly key: string;
	readonly question: Question;
	readonly value: string | null;
}

/** The rows that can be selected, from top to bottom; choices that are not possible can't. */
export function wizardRows(questions: readonly Question[]): readonly WizardRow[] {
	return questions.flatMap((question): readonly WizardRow[] =>
		question.kind === "choice"
			? question.choices
					.filter(({ unfit }) => unfit === null)
					.map(({ value }) => ({ key: `${question.key} ${value}`, question, value }))
			: [{ key: question.key, question, value: null }],
	);
}

/** The position of the chosen row, else of the row that is answered, else of the first; -1 if there is none. */
export function selectedRow(rows: readonly WizardRow[], state: WizardState): number {
	const chosen = rows.findIndex(({ key }) => key === state.row);
	const answered = rows.findIndex(
		({ question, value }) => value !== null && state.answers[question.key] === value,
	);
	return [chosen, answered].find((position) => position >= 0) ?? Math.min(0, rows.length - 1);
}

/** The questions with their answers. */
export function wizardLines(
	about: string,
	questions: readonly Question[],
	answers: Answers,
	selected: string | null,
	columns: number,
): readonly StyledLine[] {
	const line = (key: string, text: string, role: "plain" | "muted" | "title" = "plain"): StyledLine => ({
		key,
		isSelected: key === selected,
		spans: [{ text: fitText(text, columns - 3), role }],
	});
	return [
		...wrapText(about, columns - 4).map((piece, position) => line(`about ${position}`, ` ${piece}`)),
		...questions.flatMap((question, position) => {
			// Switches and texts that follow each other are one group.
			const isNewGroup = question.kind === "choice" || questions[position - 1]?.kind !== question.kind;
			return [
				...(isNewGroup ? [{ key: `gap ${question.key}`, spans: [] }] : []),
				...questionLines(question, answers, line),
			];
		}),
		{ key: "gap end", spans: [] },
		line("end", " space chooses; enter makes the plan, which changes nothing", "muted"),
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
