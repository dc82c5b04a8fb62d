import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findTheme, isThemePath, parseThemeFile, type ThemeContent } from "../../src/config/theme-file.ts";
import { formatMessage } from "../../src/text/message.ts";
import { temporaryDirectory } from "./directory.ts";

type Role = "plain" | "ok" | "selection";

const dark: ThemeContent<Role> = {
	background: "#000000",
	foreground: "#ffffff",
	roles: { plain: {}, ok: { color: "#00ff00", bold: true }, selection: { background: "#222222" } },
};
const vocabulary = { roles: Object.keys(dark.roles) as Role[], themes: new Map([["dark", dark]]) };
const parse = (text: string) => parseThemeFile(text, "own.json", vocabulary);

describe("a good file", () => {
	test("has every role itself", () => {
		expect(parse(JSON.stringify(dark)).value).toEqual({ name: "own", content: dark, warnings: [] });
	});

	test("or inherits whole roles from the theme it extends", () => {
		const { value } = parse('{"extends": "dark", "roles": {"ok": {"color": "#00ffff"}}}');
		expect(value?.content).toEqual({ ...dark, roles: { ...dark.roles, ok: { color: "#00ffff" } } });
	});

	test("without colours needs no background", () => {
		const { value } = parse('{"roles": {"plain": {}, "ok": {"bold": true}, "selection": {"inverse": true}}}');
		expect(value?.content.background).toBeUndefined();
	});

	test("may be indented with tabs", () => {
		const { problems } = parse('{\n\t"extends": "dark",\n\t"roles": {\n\t\t"okay": {}\n\t}\n}');
		expect(problems?.[0]?.where).toEqual({ file: "own.json", line: 4, column: 3 });
	});

	test("is accepted with a warning if its texts are hard to read", () => {
		const { value } = parse('{"extends": "dark", "roles": {"ok": {"color": "#444444"}}}');
		expect(value?.warnings.map(formatMessage)).toEqual([
			'theme file "own.json" has texts that are hard to read\nDETAIL:  Contrast below 4.5:1: ok 2.2, ok on selection 1.6.',
		]);
	});
});

test.each([
	["{", /^own\.json:1(:\d+)?: broken JSON: expected property name or '}'$/],
	['{\n"roles": 1,}', /^own\.json:2:12: broken JSON: expected double-quoted property name$/],
	["[]", /^own\.json:1:1: invalid value for "the file": a list\nDETAIL: {2}It must be an object\.$/],
	[
		'{"extend": "dark"}',
		'own.json:1:2: unknown key "extend"\nDETAIL:  Known here are extends, background, foreground, roles.\nHINT:  Did you mean "extends"?',
	],
	[
		'{"extends": "drak"}',
		'own.json:1:13: invalid value for "extends": "drak"\nDETAIL:  It must be one of dark.\nHINT:  Did you mean "dark"?',
	],
	[
		'{"extends": "dark", "roles": {\n"selektion": {}}}',
		'own.json:2:1: unknown role "selektion"\nDETAIL:  Known here are plain, ok, selection.\nHINT:  Did you mean "selection"?',
	],
	[
		'{"extends": "dark", "roles": {"ok": {"colour": "#123456"}}}',
		'own.json:1:38: unknown key "colour" in "roles.ok"\nDETAIL:  Known here are color, background, ansi, bold, dim, underline, inverse.\nHINT:  Did you mean "color"?',
	],
	[
		'{"extends": "dark", "roles": {"ok": {"color": "green"}}}',
		'own.json:1:47: invalid value for "roles.ok.color": "green"\nDETAIL:  It must be a colour such as "#79c0ff".',
	],
	[
		'{"extends": "dark", "roles": {"ok": {"ansi": "brightRed"}}}',
		/^own\.json:1:46: invalid value for "roles\.ok\.ansi": "brightRed"\nDETAIL: {2}It must be one of black, blackBright, .*\.$/,
	],
	[
		'{"extends": "dark", "roles": {"ok": {"bold": "yes"}}}',
		'own.json:1:46: invalid value for "roles.ok.bold": "yes"\nDETAIL:  It must be true or false.',
	],
	[
		'{"background": "#000000", "roles": {"plain": {}}}',
		'own.json:1: missing roles: ok, selection\nHINT:  Give them, or take them from another theme: "extends": "dark".',
	],
	[
		'{"roles": {"plain": {}, "ok": {"color": "#00ff00"}, "selection": {}}}',
		/^own\.json:1: missing "background" and "foreground"\nDETAIL: {2}They are the terminal's own/,
	],
])("%j is refused", (text, expected) => {
	const { problems } = parse(text);
	expect(problems?.map(formatMessage)).toEqual([
		typeof expected === "string" ? expected : expect.stringMatching(expected),
	]);
	expect(problems?.[0]?.exitCode).toBe(78);
});

test("reports all problems at once, with their lines", () => {
	const { problems } = parse('{"extends": "dark",\n"roles": {\n"ok": {"color": 1},\n"okay": {}},\n"x": 1}');
	expect(problems?.map(({ where }) => where?.line)).toEqual([3, 4, 5]);
});

describe("finding a theme", () => {
	test.each([
		["dark", false],
		["own.json", true],
		["./own", true],
		["/etc/themes/own", true],
	])("%s is a path: %s", (theme, isPath) => {
		expect(isThemePath(theme)).toBe(isPath);
	});

	test("by name", () => {
		expect(findTheme("dark", vocabulary, 64).value).toEqual({ name: "dark", content: dark, warnings: [] });
	});

	test.each([64, 78] as const)("an unknown name is a problem of where it was given: %d", (exitCode) => {
		expect(findTheme("drak", vocabulary, exitCode).problems).toEqual([
			{
				message: 'there is no theme "drak"',
				detail: "The themes are dark; a file of your own is given by its path.",
				hint: 'Did you mean "dark"?',
				exitCode,
			},
		]);
	});

	test("by path, named after the file, with a unique name", () => {
		const directory = temporaryDirectory({
			"red.json": '{"extends": "dark"}',
			"dark.json": '{"extends": "dark"}',
		});
		expect(findTheme(join(directory, "red.json"), vocabulary, 64).value?.name).toBe("red");
		expect(findTheme(join(directory, "dark.json"), vocabulary, 64).value?.name).toBe("dark.json");
	});

	test("reports a missing file", () => {
		expect(findTheme("/nowhere/x.json", vocabulary, 64).problems).toEqual([
			{ message: 'could not open theme file "/nowhere/x.json": No such file or directory', exitCode: 64 },
		]);
	});
});
