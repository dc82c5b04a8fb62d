import type { PracticeFault, PracticeState } from "../../../model/practice.ts";
import { fitText } from "../../text/fit-text.ts";
import { type StyledLine, textIn } from "../../text/styled-line.ts";

/** The story with the hints that were asked for; at the end the debrief instead. */
export function storyLines(state: PracticeState, columns: number, hintKey: string): readonly StyledLine[] {
	const text = textIn(columns);
	const { story, goal, isSolved, hints, hasMoreHints, debrief } = state;
	if (isSolved) {
		return [
			...text("solved", 2, `Solved: ${goal}`, "ok"),
			...debrief.flatMap((line, index) => text(`debrief ${index}`, 2, line)),
		];
	}
	return [
		...text("story", 2, story),
		...(goal === "" ? [] : text("goal", 2, `A good end: ${goal}`, "title")),
		...hints.flatMap((hint, index) => text(`hint ${index}`, 2, `Hint ${index + 1}: ${hint}`, "key")),
		...(hasMoreHints
			? text("more", 2, `${hintKey} shows ${hints.length === 0 ? "a hint" : "another hint"}.`, "muted")
			: []),
	];
}

/** As much of it as fits: at the end the whole debrief is printed. */
export function cutStory(story: readonly StyledLine[], rows: number, columns: number): readonly StyledLine[] {
	if (story.length <= rows) return story;
	const more = `… ${story.length - rows + 1} more lines, printed when you quit`;
	return [...story.slice(0, rows - 1), ...textIn(columns)("cut", 2, more, "muted")];
}

/** One fault in the list. */
export function faultLine(fault: PracticeFault, isSelected: boolean, columns: number): StyledLine {
	const { id, title, about, unfit } = fault;
	const width = 32;
	return {
		key: id,
		isSelected,
		spans: [
			{ text: ` ${title.padEnd(width)}  `, role: unfit === null ? "key" : "muted" },
			{
				text: fitText(unfit === null ? about : `not now: ${unfit}`, columns - width - 6),
				role: unfit === null ? "plain" : "muted",
			},
		],
	};
}

/** What stands over every screen of a practice, on one line of 80 columns. */
export function practiceBanner(
	{ title, isSolved, speed }: PracticeState,
	key: string,
	keyShows: string,
): string {
	const fast = speed === 1 ? "" : `, ${speed}×`;
	return `PRACTICE: ${title}${fast}   ${key}: ${isSolved ? "solved; the debrief" : keyShows}`;
}

export function pace(speed: number): string {
	return speed === 1 ? "in real time" : `${speed} times as fast`;
}
