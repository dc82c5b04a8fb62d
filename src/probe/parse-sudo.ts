import type { SudoSetup } from "../cluster/setup.ts";

/**
 * What `sudo -n -l` printed, and how it answered for single commands ("SETTING allowed COMMAND", "SETTING refused").
 * sudo lists "    (root) NOPASSWD: /a, /b, PASSWD: /c": a tag holds for what follows it on the line.
 */
export function parseSudo(user: string, listing: readonly string[], checks: readonly string[]): SudoSetup {
	const first = listing.findIndex((line) => /^User .* may run the following commands/.test(line));
	return {
		user,
		refusal:
			listing.find((line) => /password is required|terminal is required|must have a tty/.test(line)) ?? null,
		entries: first < 0 ? [] : listing.slice(first + 1).flatMap(entriesOf),
		resolved: new Map(
			checks.flatMap((check): readonly [string, string | null][] => {
				const [, setting = "", answer, command = ""] = /^(\S+) (\S+) ?(.*)$/.exec(check) ?? [];
				if (answer === "allowed") return [[setting, command]];
				return answer === "refused" ? [[setting, null]] : [];
			}),
		),
	};
}

function entriesOf(line: string): SudoSetup["entries"] {
	const [, commands] = /^\s+\([^)]*\)\s*(.+)$/.exec(line) ?? [];
	if (commands === undefined) return [];
	let noPassword = false;
	return commands.split(/(?<!\\), /).map((item) => {
		let command = item.trim();
		for (let tag = /^([A-Z_]+):\s*/.exec(command); tag !== null; tag = /^([A-Z_]+):\s*/.exec(command)) {
			if (tag[1] === "NOPASSWD") noPassword = true;
			if (tag[1] === "PASSWD") noPassword = false;
			command = command.slice(tag[0].length);
		}
		return { command, noPassword };
	});
}
