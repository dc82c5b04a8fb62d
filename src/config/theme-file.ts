import { readFileSync } from "node:fs";
import { basename } from "node:path";
import * as z from "zod";
import { type Configured, type Place, type Problem, refuse, systemMessage } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";
import { colourPairs, contrastRatio } from "./contrast.ts";
import { placeOfKey, placeOfValue, readYaml, shownValue, type YamlSource } from "./yaml.ts";

/** One role of a theme. */
export interface RoleContent {
	readonly color?: string;
	readonly background?: string;
	readonly ansi?: string;
	readonly bold?: boolean;
	readonly dim?: boolean;
	readonly underline?: boolean;
	readonly inverse?: boolean;
}

/** A theme with all roles. */
export interface ThemeContent<Role extends string> {
	readonly background?: string;
	readonly foreground?: string;
	readonly roles: Readonly<Record<Role, RoleContent>>;
}

/** The screen's roles and built-in themes. */
export interface ThemeVocabulary<Role extends string> {
	readonly roles: readonly Role[];
	readonly themes: ReadonlyMap<string, ThemeContent<Role>>;
}

/** A theme given by name or path. */
export interface FoundTheme<Role extends string> {
	readonly name: string;
	readonly content: ThemeContent<Role>;
	/** Poor contrasts of a user's own theme. */
	readonly warnings: readonly Problem[];
}

/** Is a theme a file of the user's, rather than a built-in one? */
export function isThemePath(theme: string): boolean {
	return theme.includes("/") || theme.endsWith(".json");
}

/** The theme of a name or path; `exitCode` tells whether it comes from the command line or a file. */
export function findTheme<Role extends string>(
	theme: string,
	vocabulary: ThemeVocabulary<Role>,
	exitCode: Problem["exitCode"],
): Configured<FoundTheme<Role>> {
	if (isThemePath(theme)) return readThemeFile(theme, vocabulary, exitCode);
	const content = vocabulary.themes.get(theme);
	if (content !== undefined) return { value: { name: theme, content, warnings: [] } };
	const names = [...vocabulary.themes.keys()];
	return refuse({
		message: `there is no theme "${theme}"`,
		detail: `The themes are ${names.join(", ")}; a file of your own is given by its path.`,
		...didYouMean(theme, names),
		exitCode,
	});
}

function readThemeFile<Role extends string>(
	path: string,
	vocabulary: ThemeVocabulary<Role>,
	exitCode: Problem["exitCode"],
): Configured<FoundTheme<Role>> {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		return refuse({ message: `could not open theme file "${path}": ${systemMessage(error)}`, exitCode });
	}
	return parseThemeFile(text, path, vocabulary);
}

/** The same from its text. */
export function parseThemeFile<Role extends string>(
	text: string,
	path: string,
	vocabulary: ThemeVocabulary<Role>,
): Configured<FoundTheme<Role>> {
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch (error) {
		return refuse(syntaxProblem(error, path));
	}
	// JSON is YAML, too, and YAML's parser knows line and column.
	const { source } = readYaml(text, path);
	const checked = themeSchema(vocabulary).safeParse(given);
	if (!checked.success) {
		const problems = checked.error.issues.flatMap((issue) => themeProblems(issue, given, source, vocabulary));
		return { problems: problems.toSorted((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)) };
	}
	const { extends: base, roles = {}, $schema: _, ...colours } = checked.data;
	const basis = base === undefined ? undefined : vocabulary.themes.get(base);
	const content = { ...basis, ...colours, roles: { ...basis?.roles, ...roles } as Record<Role, RoleContent> };
	const problem = incompleteness(content, vocabulary, { file: path, line: 1 });
	if (problem !== null) return refuse(problem);
	const own = basename(path, ".json");
	const name = vocabulary.themes.has(own) ? basename(path) : own;
	return { value: { name, content, warnings: contrastWarnings(content, source) } };
}

/** V8's message: "… in JSON at position 20 (line 2 column 3)", sometimes without the position. */
function syntaxProblem(error: unknown, file: string): Problem {
	const words = error instanceof Error ? error.message : String(error);
	const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(words) ?? [];
	const message = words.replace(/ in JSON at position.*$| is not valid JSON$/s, "");
	return {
		message: `broken JSON: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
		where: line === undefined ? { file, line: 1 } : { file, line: Number(line), column: Number(column) },
		exitCode: 78,
	};
}

const colourMessage = 'It must be a colour such as "#79c0ff".';
const colour = z.string(colourMessage).regex(/^#[0-9a-f]{6}$/i, colourMessage);
const flag = z.boolean("It must be true or false.");
const object = "It must be an object.";

/** Ink's names of the 16 colours. */
const ANSI_NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].flatMap((name) => [
	name,
	`${name}Bright`,
]);

const ROLE = {
	color: colour.exactOptional(),
	background: colour.exactOptional(),
	ansi: z.enum(ANSI_NAMES, `It must be one of ${ANSI_NAMES.join(", ")}.`).exactOptional(),
	bold: flag.exactOptional(),
	dim: flag.exactOptional(),
	underline: flag.exactOptional(),
	inverse: flag.exactOptional(),
};

/** The theme's own keys, those of "roles", and those of each role. */
function shapes({ roles, themes }: ThemeVocabulary<string>) {
	const names = [...themes.keys()];
	const role = z.strictObject(ROLE, object).exactOptional();
	const everyRole = Object.fromEntries(roles.map((name) => [name, role]));
	const theme = {
		$schema: z.string("It must be a text.").exactOptional(),
		extends: z.enum(names, `It must be one of ${names.join(", ")}.`).exactOptional(),
		background: colour.exactOptional(),
		foreground: colour.exactOptional(),
		roles: z.strictObject(everyRole, object).exactOptional(),
	};
	return [theme, everyRole, ROLE] as const;
}

function themeSchema(vocabulary: ThemeVocabulary<string>) {
	return z.strictObject(shapes(vocabulary)[0], object);
}

/** Zod's issues as problems of a role; one for each unknown key. */
function themeProblems(
	issue: z.core.$ZodIssue,
	given: unknown,
	source: YamlSource,
	vocabulary: ThemeVocabulary<string>,
): readonly Problem[] {
	const path = issue.path.join(".");
	const within = path === "" ? "" : ` in "${path}"`;
	if (issue.code === "unrecognized_keys") {
		const known = Object.keys(shapes(vocabulary)[issue.path.length] ?? {}).filter((key) => key !== "$schema");
		return issue.keys.map((key) => ({
			message: issue.path.length === 1 ? `unknown role "${key}"` : `unknown key "${key}"${within}`,
			detail: `Known here are ${known.join(", ")}.`,
			...didYouMean(key, known),
			where: placeOfKey(source, [...issue.path, key]),
			exitCode: 78,
		}));
	}
	const value = issue.path.reduce<unknown>(
		(content, key) => (content as Readonly<Record<PropertyKey, unknown>>)[key],
		given,
	);
	return [
		{
			message: `invalid value for "${path === "" ? "the file" : path}": ${shownValue(value)}`,
			detail: issue.message,
			...(issue.code === "invalid_value" && didYouMean(String(value), issue.values.map(String))),
			where: placeOfValue(source, issue.path),
			exitCode: 78,
		},
	];
}

/** What is missing in a theme that extends no other, or null. */
function incompleteness<Role extends string>(
	{ background, foreground, roles }: ThemeContent<Role>,
	vocabulary: ThemeVocabulary<Role>,
	where: Place,
): Problem | null {
	const hint = `Give them, or take them from another theme: "extends": "dark".`;
	const missing = vocabulary.roles.filter((role) => !Object.hasOwn(roles, role));
	if (missing.length > 0) {
		return { message: `missing roles: ${missing.join(", ")}`, hint, where, exitCode: 78 };
	}
	const isColoured = vocabulary.roles.some((role) => roles[role].color ?? roles[role].background);
	if (!isColoured || (background !== undefined && foreground !== undefined)) return null;
	return {
		message: 'missing "background" and "foreground"',
		detail: "They are the terminal's own colours that the theme is made for; contrast is computed with them.",
		hint,
		where,
		exitCode: 78,
	};
}

/** WCAG 2.2, level AA for text. */
const LEAST_CONTRAST = 4.5;

/** Poor contrast is a warning only: the theme is the user's choice. */
function contrastWarnings(content: ThemeContent<string>, { file }: YamlSource): readonly Problem[] {
	const faint = colourPairs(content)
		.map(({ name, color, background }) => ({ name, ratio: contrastRatio(color, background) }))
		.filter(({ ratio }) => ratio < LEAST_CONTRAST);
	if (faint.length === 0) return [];
	return [
		{
			message: `theme file "${file}" has texts that are hard to read`,
			detail: `Contrast below ${LEAST_CONTRAST}:1: ${faint.map(({ name, ratio }) => `${name} ${ratio.toFixed(1)}`).join(", ")}.`,
			exitCode: 78,
		},
	];
}
