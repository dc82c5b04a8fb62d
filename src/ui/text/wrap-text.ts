import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The text in lines of at most `width` terminal columns, broken at blanks and next to wide characters (Chinese, Japanese
 * and Korean have no blanks). A word longer than a line is cut.
 */
export function wrapText(text: string, width: number): readonly string[] {
	if (stringWidth(text) <= width) return [text.trimEnd()];
	const lines: string[] = [];
	let line = "";
	let used = 0;
	/** Where the line may end, in UTF-16 units; 0 is nowhere. */
	let end = 0;
	for (const { segment } of graphemes.segment(text)) {
		const size = stringWidth(segment);
		const isBreak = segment === " " || size > 1;
		if (isBreak) end = line.length;
		if (line !== "" && used + size > width) {
			const kept = end > 0 ? end : line.length;
			lines.push(line.slice(0, kept).trimEnd());
			line = line.slice(kept).trimStart();
			used = stringWidth(line);
			end = 0;
		}
		// The blank at which a line was broken is gone.
		if (segment === " " && line === "" && lines.length > 0) continue;
		line += segment;
		used += size;
		if (isBreak) end = line.length;
	}
	return line === "" && lines.length > 0 ? lines : [...lines, line.trimEnd()];
}
