import { readFileSync } from "node:fs";
import { BINDINGS } from "../../src/ui/bindings/index.ts";
import { keyTable } from "../../src/ui/key-table.ts";

/** Where the README has its table of keys; what stands between is written by write-key-table.ts. */
const BEGIN = "<!-- keys:begin -->\n";
const END = "<!-- keys:end -->";

export const README = new URL("../../README.md", import.meta.url);

export function readReadme(): string {
	return readFileSync(README, "utf8");
}

/** The README with the table as the bindings are now. Throws when it has no place for one. */
export function withKeyTable(readme: string): string {
	const from = readme.indexOf(BEGIN);
	const to = readme.indexOf(END);
	if (from < 0 || to < from)
		throw new Error(`README.md has no "${BEGIN.trim()}" and "${END}" on lines of their own`);
	return `${readme.slice(0, from + BEGIN.length)}\n${keyTable(BINDINGS)}\n${readme.slice(to)}`;
}
