import type { Place, Problem } from "../text/message.ts";

/** One setting or include directive of a file. */
export interface Entry {
	/** As written: repmgr's names are case-sensitive. */
	readonly name: string;
	/** Without quotes and escapes. */
	readonly value: string;
	readonly where: Place;
}

/** repmgr gives up on a file after this many syntax errors. */
const mostProblems = 100;

/**
 * Scans the text of a repmgr.conf by the rules of repmgr 5.2 and later, which are postgresql.conf's
 * (configfile-scan.l): `name [=] value`, one a line; a value is a quoted string, a number or a simple word.
 * Never throws, so it also serves for a file fetched from another host.
 */
export function scanRepmgrConf(
	text: string,
	file: string,
): { readonly entries: readonly Entry[]; readonly problems: readonly Problem[] } {
	const entries: Entry[] = [];
	const problems: Problem[] = [];
	for (const [index, line] of text.split("\n").entries()) {
		const where = { file, line: index + 1 };
		if (index === 0 && line.startsWith(byteOrderMark)) {
			problems.push(markProblem(where));
			continue;
		}
		const scanned = scanLine(line);
		if (scanned === null) continue;
		if ("near" in scanned) problems.push(syntaxError(where, scanned.near));
		else entries.push({ ...scanned, where });
		if (problems.length === mostProblems) break;
	}
	return { entries, problems };
}

const byteOrderMark = "\ufeff";

type Kind = "id" | "qualified" | "string" | "word" | "number" | "equals" | "error";

interface Token {
	readonly kind: Kind;
	readonly text: string;
}

const letter = "[A-Za-z_\\u0080-\\uffff]";
const letterOrDigit = "[A-Za-z_0-9\\u0080-\\uffff]";

/** The longest match wins, then the first: `a.b` is qualified, `a/b` a word. */
const tokens: readonly (readonly [Kind, RegExp])[] = [
	["id", new RegExp(`${letter}${letterOrDigit}*`, "y")],
	["qualified", new RegExp(`${letter}${letterOrDigit}*\\.${letter}${letterOrDigit}*`, "y")],
	["string", /'(?:[^'\\]|\\.|'')*'/y],
	["word", new RegExp(`${letter}(?:${letterOrDigit}|[-._:/])*`, "y")],
	["number", /[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)[a-zA-Z]*/y],
	["number", /[-+]?[0-9]*\.[0-9]*(?:[Ee][-+]?[0-9]+)?/y],
	["equals", /=/y],
	["error", /./sy],
];

const values: ReadonlySet<Kind> = new Set<Kind>(["id", "string", "number", "word"]);

function scanLine(line: string): { readonly name: string; readonly value: string } | { near: string } | null {
	const [name, ...rest] = tokenize(line);
	if (name === undefined) return null;
	if (name.kind !== "id" && name.kind !== "qualified") return { near: name.text };
	const [value, more] = rest[0]?.kind === "equals" ? rest.slice(1) : rest;
	if (value === undefined) return { near: "" };
	if (!values.has(value.kind)) return { near: value.text };
	if (more !== undefined) return { near: more.text };
	return { name: name.text, value: value.kind === "string" ? unquote(value.text) : value.text };
}

function tokenize(line: string): readonly Token[] {
	const found: Token[] = [];
	for (let at = skipSpace(line, 0); at < line.length && line[at] !== "#"; at = skipSpace(line, at)) {
		let longest: Token = { kind: "error", text: "" };
		for (const [kind, pattern] of tokens) {
			pattern.lastIndex = at;
			const text = pattern.exec(line)?.[0] ?? "";
			if (text.length > longest.text.length) longest = { kind, text };
		}
		found.push(longest);
		at += longest.text.length;
	}
	return found;
}

function skipSpace(line: string, at: number): number {
	const found = /[ \t\r]*/y;
	found.lastIndex = at;
	return at + (found.exec(line)?.[0].length ?? 0);
}

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** '' is a quote; \b \f \n \r \t and up to three octal digits as in C; any other character stands for itself. */
function unquote(text: string): string {
	return text.slice(1, -1).replace(/''|\\([0-7]{1,3}|.)/gs, (_all, escaped: string | undefined) => {
		if (escaped === undefined) return "'";
		if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8) & 0xff);
		return escapes[escaped] ?? escaped;
	});
}

/** repmgr reads the mark as part of the first word: an unknown parameter, or no longer a comment. */
function markProblem(where: Place): Problem {
	return {
		message: `file "${where.file}" begins with a byte order mark, which repmgr takes for a part of its first line`,
		hint: "Save the file as UTF-8 without it.",
		where,
		exitCode: 78,
	};
}

function syntaxError(where: Place, near: string): Problem {
	const spot = near === "" ? "near end of line" : `near token "${near}"`;
	return {
		message: `syntax error in file "${where.file}" line ${where.line}, ${spot}`,
		hint: "Values that are not simple identifiers or numbers must be single-quoted.",
		where,
		exitCode: 78,
	};
}
