import { type Speaker, type Viewpoints, viewpointsOf } from "../../cluster/viewpoints.ts";
import type { ConsoleState } from "../../store/console-store.ts";
import { lineFilter } from "../../store/filter.ts";
import { formatTime } from "../../store/format.ts";
import { type Grid, type GridRow, isTroubled, troubleFirst } from "../../store/grid.ts";
import {
	answerText,
	copyAge,
	namesOf,
	OBSERVED_COLUMN,
	questionKey,
	questionTitle,
	viewpointsGrid,
} from "../../store/viewpoints-grid.ts";
import type { ScreenOf } from "../state/ui-state.ts";
import { type Selected, selectedIn } from "./grid-view.ts";

type ViewpointsState = ScreenOf<"viewpoints">;

/** A matrix as the operator narrowed it, its selected cell, and all that can be said of that. */
export interface Explained {
	readonly grid: Grid;
	readonly selected: Selected | null;
	readonly detail: readonly string[];
}

let last: { data: ConsoleState; screen: ViewpointsState; explained: Explained } | null = null;

/** Screen and keys ask for the same one many times a second: the last answer is kept. */
export function viewpointsView(data: ConsoleState, screen: ViewpointsState): Explained {
	if (last?.data !== data || last.screen !== screen)
		last = { data, screen, explained: explain(data, screen) };
	return last.explained;
}

function explain(data: ConsoleState, screen: ViewpointsState): Explained {
	const viewpoints = viewpointsOf(data.snapshot);
	const whole = troubleFirst(viewpointsGrid(viewpoints, data.snapshot));
	const grid = { ...whole, rows: whole.rows.filter(narrowing(screen)) };
	const selected = selectedIn(grid, screen);
	return { grid, selected, detail: selected === null ? [] : beliefDetail(data, viewpoints, selected) };
}

function narrowing({ filter, errorsOnly }: ViewpointsState): (row: GridRow) => boolean {
	const matches = lineFilter(filter) ?? (() => true);
	return (row) =>
		(!errorsOnly || isTroubled(row)) && matches([row.title, ...row.cells.map(({ text }) => text)].join(" "));
}

/** What was said, what it ought to be, and how old that is. */
function beliefDetail(
	{ snapshot }: ConsoleState,
	{ speakers, questions }: Viewpoints,
	{ row, column }: Selected,
): readonly string[] {
	const nameOf = namesOf(snapshot);
	const question = questions.find((one) => questionKey(one) === row.key);
	if (question === undefined) return [];
	const what = questionTitle(question, nameOf);
	const cell = row.cells.at(0)?.text ?? "";
	if (column.key === OBSERVED_COLUMN) return [`${what}, as this console sees it: ${cell}`];
	const position = speakers.findIndex(({ nodeId }) => String(nodeId) === column.key);
	const [speaker, said] = [speakers[position], question.answers[position]];
	if (speaker === undefined || said === undefined) return [];
	const text = said.answer === null ? "not known" : answerText(question.aspect, said.answer, nameOf);
	const ought = said.reference === null ? "not known" : answerText(question.aspect, said.reference, nameOf);
	return [
		`${what}, by ${speaker.nodeName}${speaker.isCurrent ? "" : " when it last answered"}: ${text}`,
		`${said.differs ? "≠ " : ""}what is seen, else registered on the primary: ${ought}`,
		copyText(speaker, snapshot.takenAt),
	];
}

function copyText(speaker: Speaker, now: number): string {
	const { copy } = speaker;
	if (copy === null) return "its copy of repmgr.nodes was never read, or may not be";
	const since = copy.unchangedSince === null ? "" : `, the same since ${formatTime(copy.unchangedSince)} UTC`;
	return `its copy of repmgr.nodes: read ${copyAge(speaker, now)}${since}`;
}
