/** The two commands with which repmgrd acts in a failover. */
export type FailoverCommandName = "promote_command" | "follow_command";

/** What can be known about such a command without running it. */
export interface FailoverCommand {
	/** Why it can't work, as a predicate of the command; null: no reason is known. */
	readonly trouble: string | null;
	/** The programs that it starts, as written: each of them must exist on the host. */
	readonly programs: readonly string[];
}

const ACTIONS = { promote_command: "promote", follow_command: "follow" } as const;

/** Programs that change nothing. */
const IDLE: readonly string[] = [":", "echo", "exit", "false", "printf", "true"];

/**
 * Can the command promote, or follow? repmgrd passes it to a shell (system() in repmgrd-physical.c). If it runs repmgr,
 * that needs the right action: repmgr accepts its two words in any letter case, with options anywhere between them. What
 * another program does, or what a variable or substitution expands to, is unknown.
 */
export function checkFailoverCommand(name: FailoverCommandName, command: string): FailoverCommand {
	const { commands, isClear } = simpleCommands(command);
	const programs = commands.flatMap(programsOf);
	const action = ACTIONS[name];
	const calls = commands.flatMap((words) => {
		const at = words.findIndex(isRepmgr);
		return at < 0 ? [] : [words.slice(at + 1)];
	});
	const right = calls.filter((words) => does(words, action));
	if (!isClear || right.some((words) => !words.includes("--dry-run"))) return { trouble: null, programs };
	if (right.length > 0) return { trouble: "has --dry-run: it changes nothing", programs };
	if (calls.length > 0) return { trouble: `does not run "repmgr standby ${action}"`, programs };
	const isIdle = programs.every((program) => IDLE.includes(baseName(program)));
	return { trouble: isIdle ? "does nothing" : null, programs };
}

function does(words: readonly string[], action: string): boolean {
	const lower = words.map((word) => word.toLowerCase());
	const object = lower.indexOf("standby");
	return object >= 0 && lower.indexOf(action, object) > object;
}

/** The first word, and repmgr if another program, such as sudo, starts it. */
function programsOf(words: readonly string[]): readonly string[] {
	const first = words.find((word) => !/^[A-Za-z_]\w*=/.test(word));
	const repmgr = words.find(isRepmgr);
	return [...new Set([first, repmgr])].filter((word) => word !== undefined);
}

function isRepmgr(word: string): boolean {
	return /^(?:\S*\/)?repmgr$/.test(word);
}

function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

/** Blanks or a comment, a redirection, an operator, or a piece of a word (POSIX sh, 2.2 and 2.3). */
const TOKEN =
	/(?<blank>[ \t]+|#[^\n]*)|(?<redirection>\d*(?:<<?|>>?|>\|)&?[ \t]*(?:[^\s;&|()<>"']+|"[^"]*"|'[^']*'))|(?<operator>[;&|()\n]+)|'(?<single>[^']*)'|"(?<double>(?:\\[\s\S]|[^"\\])*)"|\\(?<escaped>[\s\S])|(?<plain>[^\s;&|()<>"'\\]+)/gy;

/** The commands in a line of shell, each as its words. `isClear` is false where only a shell could expand it. */
function simpleCommands(line: string): { commands: readonly (readonly string[])[]; isClear: boolean } {
	const commands: string[][] = [[]];
	let isClear = true;
	let isInWord = false;
	let end = 0;
	for (const { 0: token, index, groups = {} } of line.matchAll(TOKEN)) {
		end = index + token.length;
		const { single, double, escaped, plain } = groups;
		const piece = single ?? double?.replace(/\\([$`"\\\n])/g, "$1") ?? escaped ?? plain;
		if (piece === undefined) {
			isInWord = false;
			if (groups.operator !== undefined) commands.push([]);
			continue;
		}
		if (/[$`]/.test(double ?? plain ?? "")) isClear = false;
		const words = commands.at(-1) ?? [];
		if (isInWord) words.push(`${words.pop()}${piece}`);
		else words.push(piece);
		isInWord = true;
	}
	// An unterminated quote.
	if (end < line.length) isClear = false;
	// A nested line: sh -c '…', su -c '…'.
	const nested = commands.flat().filter((word) => /\s/.test(word) && /\brepmgr\b/.test(word));
	const inner = nested.map(simpleCommands);
	return {
		commands: [...commands, ...inner.flatMap((one) => one.commands)].filter((words) => words.length > 0),
		isClear: isClear && inner.every((one) => one.isClear),
	};
}
