import type { Binding } from "./context.ts";
import { SCREEN_TITLES } from "./screen-title.ts";

/** All bindings as a table in Markdown, for the README; keys by the names that the configuration knows. */
export function keyTable(bindings: readonly Binding[]): string {
	const rows = bindings.map(({ id, keys, screens, help }) => [
		keys.map((key) => `\`${key}\``).join(" "),
		screens?.map((screen) => SCREEN_TITLES[screen]).join(", ") ?? "everywhere",
		help,
		`\`${id}\``,
	]);
	return [["Keys", "Screen", "What it does", "Name"], ["---", "---", "---", "---"], ...rows]
		.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
		.join("");
}
