import type { SudoSetup } from "../../model/setup.ts";

/**
 * Parses the output of `sudo -n -l`, and its answers for single commands ("SETTING allowed COMMAND", "SETTING refused").
 * sudo lists "    (root) NOPASSWD: /a, /b, PASSWD: /c": a tag applies to what follows it on the line.
 */
export function parseSudo(user: string, listing: readonly string[], checks: readonly string[]): SudoSetup {
	const first = listing.findIndex((line) => /^User .* may run the following commands/.test(line));
	// "Defaults !authenticate" is listed above the commands and makes NOPASSWD unnecessary.
	const isNeverAsked = listing
		.slice(0, Math.max(0, first))
		.some((line) => /(^|[\s,])!authenticate\b/.test(line));
	return {
		user,
		refusal:
			listing.find((line) => /password is required|terminal is required|must have a tty/.test(line)) ?? null,
		entries:
			first < 0 ? [] : unwrapped(listing.slice(first + 1)).flatMap((line) => entriesOf(line, isNeverAsked)),
		resolved: new Map(
			checks.flatMap((check): readonly [string, string | null][] => {
				const [, setting = "", answer, command = ""] = /^(\S+) (\S+) ?(.*)$/.exec(check) ?? [];
				if (answer === "allowed") return [[setting, command]];
				return answer === "refused" ? [[setting, null]] : [];
			}),
		),
	};
}

/** sudo continues long lines on the next one, with more indentation. */
function unwrapped(lines: readonly string[]): readonly string[] {
	return lines
		.join("\n")
		.replace(/\n {8}(?=\S)/g, " ")
		.split("\n");
}

function entriesOf(line: string, isNeverAsked: boolean): SudoSetup["entries"] {
	const [, commands] = /^\s+\([^)]*\)\s*(.+)$/.exec(line) ?? [];
	if (commands === undefined) return [];
	let noPassword = isNeverAsked;
	return commands.split(/(?<!\\), /).map((item) => {
		let command = item.trim();
		for (let tag = /^([A-Z_]+):\s*/.exec(command); tag !== null; tag = /^([A-Z_]+):\s*/.exec(command)) {
			if (tag[1] === "NOPASSWD") noPassword = true;
			if (tag[1] === "PASSWD") noPassword = isNeverAsked;
			command = command.slice(tag[0].length);
		}
		return { command, noPassword };
	});
}
