import { keyLabel } from "../keys.ts";
import { cutStory, pace, storyLines } from "../screens/practice/practice-view.ts";
import { type StyledLine, styledLine, textIn } from "../text/styled-line.ts";
import { bindingsHere } from "./bindings.ts";
import { gridLayout } from "./grid-view.ts";
import { gridOfWork } from "./moves.ts";
import { questionLines, summaryLines } from "./question-view.ts";
import { type Here, questionOf, type Stage, stageOf } from "./state.ts";
import { textOf, visiblePart } from "./text-views.ts";

export type BodyPart =
	| { readonly kind: "rule"; readonly title: string }
	| { readonly kind: "lines"; readonly key: string; readonly lines: readonly StyledLine[] };

export interface Body {
	readonly title: string;
	/** At the right end of the title's line. */
	readonly note: string;
	readonly parts: readonly BodyPart[];
}

const TITLES: Readonly<Record<Exclude<Stage, "choice" | "text">, string>> = {
	summary: "ALL ANSWERS: Enter changes one",
	surveying: "LOOKING AT THE HOSTS",
	refused: "THIS HAS TO BE CORRECTED FIRST",
	plan: "THE PLAN",
	running: "MAKING THE CLUSTER",
	stopped: "NOT DONE YET",
	proving: "PROOF",
	ended: "PROOF",
};

/** What is below the header. */
export function bodyOf(here: Here): Body {
	const { ui, state } = here;
	const stage = stageOf(here);
	const question = questionOf(here);
	const lines = (all: readonly StyledLine[]): readonly BodyPart[] => [
		{ kind: "lines", key: "lines", lines: all },
	];
	if (ui.showsTask && here.practice !== undefined) {
		const practice = here.practice.state();
		const story = storyLines(practice, here.columns, keyLabel("?"));
		return {
			...{ title: `PRACTICE: ${practice.title}`, note: pace(practice.speed) },
			parts: lines(cutStory(story, here.bodyRows, here.columns)),
		};
	}
	if (ui.showsHelp) return { title: "KEYS", note: "", parts: lines(helpLines(here)) };
	if ((stage === "choice" || stage === "text") && question !== null)
		return { title: question.title, note: "", parts: lines(questionLines(here, question)) };
	const title = TITLES[stage as keyof typeof TITLES];
	const grid = gridOfWork(state.work);
	if ((stage === "running" || stage === "stopped") && grid !== null) {
		const layout = gridLayout(here, grid);
		return {
			...{ title, note: layout.note },
			parts: [
				...lines(layout.grid),
				{ kind: "rule", title: layout.logTitle },
				{ kind: "lines", key: "log", lines: layout.log },
			],
		};
	}
	const text = textOf(here);
	if (text === null) return { title, note: "", parts: lines(summaryLines(here)) };
	const { visible, note } = visiblePart(here, text);
	return { title, note, parts: lines(visible) };
}

function helpLines(here: Here): readonly StyledLine[] {
	const text = textIn(here.columns);
	return [
		...bindingsHere(here).flatMap(({ id, keys, help }) =>
			text(id, 1, `${keys.map(keyLabel).join(" ").padEnd(16)} ${help}`),
		),
		styledLine("gap", ""),
		styledLine("back", " Any key goes back.", "muted"),
	];
}
