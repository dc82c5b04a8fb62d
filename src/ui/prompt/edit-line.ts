import type { Prompt } from "../ui-state.ts";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The line with text inserted; its line breaks become blanks. */
export function insertText(prompt: Prompt, pasted: string): Prompt {
	return insertAsIs(prompt, pasted.replaceAll(/\s+/g, " "));
}

/** The line with text inserted as it is. */
export function insertAsIs(prompt: Prompt, text: string): Prompt {
	const { cursor } = prompt;
	return {
		...prompt,
		text: prompt.text.slice(0, cursor) + text + prompt.text.slice(cursor),
		cursor: cursor + text.length,
	};
}

/** The line after an editing key (as in readline), or null for other keys. */
export function editLine(prompt: Prompt, key: string): Prompt | null {
	const { text, cursor } = prompt;
	const cut = (from: number, to: number): Prompt => ({
		...prompt,
		text: text.slice(0, from) + text.slice(to),
		cursor: from,
	});
	switch (key) {
		case "left":
		case "ctrl+b":
			return { ...prompt, cursor: before(text, cursor) };
		case "right":
		case "ctrl+f":
			return { ...prompt, cursor: after(text, cursor) };
		case "home":
		case "ctrl+a":
			return { ...prompt, cursor: 0 };
		case "end":
		case "ctrl+e":
			return { ...prompt, cursor: text.length };
		case "backspace":
		case "ctrl+h":
			return cut(before(text, cursor), cursor);
		case "delete":
		case "ctrl+d":
			return cut(cursor, after(text, cursor));
		case "ctrl+u":
			return cut(0, cursor);
		case "ctrl+k":
			return cut(cursor, text.length);
		case "ctrl+w":
			return cut(text.slice(0, cursor).replace(/\S*\s*$/, "").length, cursor);
		default:
			return null;
	}
}

/** Where the grapheme before the cursor begins. */
function before(text: string, cursor: number): number {
	const segments = [...graphemes.segment(text.slice(0, cursor))];
	return segments.at(-1)?.index ?? 0;
}

/** Where the grapheme at the cursor ends. */
function after(text: string, cursor: number): number {
	const [segment] = graphemes.segment(text.slice(cursor));
	return cursor + (segment?.segment.length ?? 0);
}
