import { viewpointsOf } from "../../assess/viewpoints.ts";
import type { Speaker } from "../../model/viewpoint.ts";
import { isTroubled, troubleFirst } from "../../presentation/grid.ts";
import {
	answerText,
	copyAge,
	namesOf,
	OBSERVED_COLUMN,
	questionKey,
	questionTitle,
	viewpointsGrid,
} from "../../presentation/viewpoints-grid.ts";
import type { ConsoleState } from "../../store/console-store.ts";
import { formatTime } from "../../text/format.ts";
import type { Explanation, Matrix } from "./matrix.ts";

/** What every node believes. */
export function beliefsMatrix({ snapshot }: ConsoleState): Matrix {
	const viewpoints = viewpointsOf(snapshot);
	const { speakers, questions } = viewpoints;
	const nameOf = namesOf(snapshot);
	const grid = troubleFirst(viewpointsGrid(viewpoints, snapshot));
	const marked = grid.rows.filter(isTroubled).length;
	return {
		title: "VIEWPOINTS",
		note: marked === 0 ? "all agree" : `≠ in ${marked} ${marked === 1 ? "row" : "rows"}`,
		grid,
		empty: ["all nodes believe what is seen"],
		explain({ row, column }): Explanation {
			const question = questions.find((one) => questionKey(one) === row.key);
			if (question === undefined) return NOTHING;
			const what = questionTitle(question, nameOf);
			if (column.key === OBSERVED_COLUMN)
				return said([`${what}, as this console sees it: ${row.cells[0]?.text ?? ""}`]);
			const position = speakers.findIndex(({ nodeId }) => String(nodeId) === column.key);
			const [speaker, own] = [speakers[position], question.answers[position]];
			if (speaker === undefined || own === undefined) return NOTHING;
			const text = own.answer === null ? "not known" : answerText(question.aspect, own.answer, nameOf);
			const ought = own.reference === null ? "not known" : answerText(question.aspect, own.reference, nameOf);
			return said([
				`${what}, by ${nameOf(speaker.nodeId)}${speaker.isCurrent ? "" : " when it last answered"}: ${text}`,
				`${own.differs ? "≠ " : ""}what is seen, else registered on the primary: ${ought}`,
				copyText(speaker, snapshot.takenAt),
			]);
		},
	};
}

const NOTHING: Explanation = { lines: [], command: null };

function said(texts: readonly string[]): Explanation {
	return {
		lines: texts.map((text) => ({ text, role: text.startsWith("≠") ? "warning" : "plain" })),
		command: null,
	};
}

function copyText(speaker: Speaker, now: number): string {
	const { copy } = speaker;
	if (copy === null) return "its copy of repmgr.nodes was never read, or may not be";
	const since = copy.unchangedSince === null ? "" : `, the same since ${formatTime(copy.unchangedSince)} UTC`;
	return `its copy of repmgr.nodes: read ${copyAge(speaker, now)}${since}`;
}
