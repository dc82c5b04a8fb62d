import { sanitiseText } from "./sanitise.ts";

/** Longer texts are cut: a report quotes, and a log may have anything. */
const LONGEST = 400;

/** Text from anywhere as Markdown that shows just this text: no formatting, no HTML, no line of its own. */
export function markdownText(text: string): string {
	return cut(sanitiseText(text))
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll(/[\\`*_[\]|~#!]/g, "\\$&")
		.replace(/^(\s*)([-+=]|\d+[.)])/, "$1\\$2")
		.replaceAll(/:\/\/|@|www\./g, (found) => `${found[0]}\u2060${found.slice(1)}`);
}

/** A line of a log or a command as a code span, in a table as well. */
export function markdownCode(text: string): string {
	const shown = cut(sanitiseText(text)).trim();
	if (shown === "") return "";
	const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = "`".repeat(longest + 1);
	const pad = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
	return `${fence}${pad}${shown.replaceAll("|", "\\|")}${pad}${fence}`;
}

/** A table, its cells being Markdown already; no lines without rows. */
export function markdownTable(
	heading: readonly string[],
	rows: readonly (readonly string[])[],
): readonly string[] {
	if (rows.length === 0) return [];
	const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
	return [line(heading), `|${"---|".repeat(heading.length)}`, ...rows.map(line)];
}

function cut(text: string): string {
	return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
