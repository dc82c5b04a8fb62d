import { answerTo, type NewClusterWork } from "../../session/new-cluster.ts";
import type { StepGrid } from "../../session/step-grid.ts";
import { choiceRow } from "./question-view.ts";
import { type Here, lineOf, type NewClusterUi, questionOf, stageOf } from "./state.ts";

/** The questions that are asked one after the other. */
export function askedKeys({ cluster }: Pick<Here, "cluster">): readonly string[] {
	return cluster
		.questions()
		.filter(({ isAsked }) => isAsked)
		.map(({ key }) => key);
}

/** Opens a question with the answer that it has, or the summary (null). */
export function goTo({ cluster }: Pick<Here, "cluster">, key: string | null): Partial<NewClusterUi> {
	const question = cluster.questions().find((one) => one.key === key);
	// Versions are offered by the hosts.
	if (key === "postgresql.version") cluster.look();
	const { answers } = cluster.store.getState();
	return {
		...{ question: key, row: null, problem: null, offset: 0, message: null },
		line: lineOf(answers[key ?? ""] ?? ""),
		...(question?.choices && { row: answerTo(question, answers) }),
	};
}

/** Takes the answer that is typed or chosen. @returns null if it is taken. */
function taken(here: Here): Partial<NewClusterUi> | null {
	const { cluster, ui } = here;
	const question = questionOf(here);
	if (question === null) return null;
	const answer = question.choices === null ? ui.line.text.trim() : choiceRow(here, question);
	const problem = cluster.answer(question.key, answer);
	if (problem !== null) return { problem };
	// The hosts can be asked while the next questions are answered.
	if (question.key === "ssh.user") cluster.look();
	return null;
}

export function goOn(here: Here): Partial<NewClusterUi> {
	const { cluster, ui } = here;
	const objection = taken(here);
	if (objection !== null) return objection;
	const open = cluster.openQuestion();
	if (ui.isEdit) return { ...goTo(here, open), isEdit: open !== null };
	const keys = askedKeys(here);
	return goTo(here, keys[keys.indexOf(ui.question ?? "") + 1] ?? null);
}

/** To the summary; an answer that can't be is said, one that is missing is not. */
export function toSummary(here: Here): Partial<NewClusterUi> {
	const isEmpty = here.ui.line.text.trim() === "" && stageOf(here) === "text";
	const objection = isEmpty ? null : taken(here);
	return objection ?? { ...goTo(here, null), isEdit: false };
}

/** Back to what was before, with all answers kept. */
export function goBack(here: Here): Partial<NewClusterUi> {
	const { cluster, ui, exit } = here;
	const stage = stageOf(here);
	if (stage === "surveying" || stage === "refused" || stage === "plan") {
		if (cluster.canAsk) {
			cluster.ask();
			return { ...goTo(here, null), isEdit: false };
		}
		exit();
		return {};
	}
	if (ui.isEdit) return { ...goTo(here, null), isEdit: false, row: ui.question };
	const keys = askedKeys(here);
	const at = ui.question === null ? keys.length : keys.indexOf(ui.question);
	const before = keys[at - 1];
	if (before !== undefined) return goTo(here, before);
	exit();
	return {};
}

/** Asks the hosts again, with what was accepted or typed meanwhile. */
export function askHosts({ cluster, state }: Pick<Here, "cluster" | "state">): void {
	if (state.work.state === "refused") cluster.survey();
	else cluster.look();
}

export function gridOfWork(work: NewClusterWork): StepGrid | null {
	return "grid" in work ? work.grid : null;
}
