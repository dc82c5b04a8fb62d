/**
 * Synchronized output (DEC private mode 2026): a terminal that has it shows what is written between these two at once. Others
 * would ignore them, but each frame would be longer on a slow line.
 */
export const BEGIN_UPDATE = "\u001b[?2026h";
export const END_UPDATE = "\u001b[?2026l";

/** Asks for the mode's state (DECRQM). A terminal that does not know the question is silent. */
export const ASK_SYNCHRONIZED = "\u001b[?2026$p";

// biome-ignore lint/suspicious/noControlCharactersInRegex: an answer begins with an escape
const ANSWER = /\u001b\[\?2026;(\d)\$y/g;

/** Takes answers (DECRPM) out of what the terminal sent, however late they come; the last one counts. */
export function withoutAnswers(text: string, onAnswer: (isSynchronized: boolean) => void): string {
	return text.replaceAll(ANSWER, (_, state: string) => {
		// 1 and 2 are set and reset; 0 is unknown, 3 and 4 can't be changed.
		onAnswer(state === "1" || state === "2");
		return "";
	});
}
