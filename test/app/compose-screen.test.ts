import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkTheme, composeScreen, judgeScreen } from "../../src/app/compose-screen.ts";
import { parseArguments } from "../../src/command/arguments.ts";
import { configCheck } from "../../src/command/config.ts";
import type { Capabilities } from "../../src/ui/terminal/capabilities.ts";
import { temporaryDirectory } from "../config/directory.ts";

function silent() {
	const lines: string[] = [];
	const keep = (text: string) => void lines.push(text);
	return { lines, out: keep, err: keep };
}

const everything: Capabilities = {
	noScreen: null,
	depth: "rgb",
	isUnicode: true,
	isLight: null,
	canNotify: true,
	canBeAsked: true,
};

describe("--theme", () => {
	test.each([["dark"], ["./own.json"]])("%s is passed on", (theme) => {
		expect(parseArguments(["--theme", theme, "-d", "host=a"], "1", silent())).toMatchObject({
			command: "screen",
			access: { theme, dbname: "host=a" },
		});
	});
});

describe("the screen's options", () => {
	const compose = (theme?: string, option?: string, more: Partial<Capabilities> = {}) =>
		composeScreen(theme === undefined ? {} : { theme }, option, { ...everything, ...more }, () => {});

	test.each([
		[undefined, undefined, {}, "dark"],
		[undefined, undefined, { isLight: true }, "light"],
		["high-contrast", undefined, {}, "high-contrast"],
		["high-contrast", "colour-blind", {}, "colour-blind"],
		["high-contrast", undefined, { depth: "none" }, "mono"],
	] as const)("configured %s, typed %s, on %j: %s", (theme, option, more, name) => {
		expect(compose(theme, option, more).value?.themeName).toBe(name);
	});

	test("without colours there is one theme", () => {
		expect([...(compose(undefined, undefined, { depth: "none" }).value?.themes.keys() ?? [])]).toEqual([
			"mono",
		]);
	});

	test("a user's own theme can be tried like the others", () => {
		const path = join(temporaryDirectory({ "red.json": '{"extends": "dark"}' }), "red.json");
		const { value } = compose(path);
		expect(value?.themeName).toBe("red");
		expect([...(value?.themes.keys() ?? [])]).toEqual([
			"dark",
			"light",
			"high-contrast",
			"colour-blind",
			"mono",
			"red",
		]);
	});

	test("a theme that is not there: typed, 64; configured, 78", () => {
		expect(compose(undefined, "drak").problems).toMatchObject([
			{ exitCode: 64, hint: 'Did you mean "dark"?' },
		]);
		expect(compose("drak").problems).toMatchObject([{ exitCode: 78 }]);
	});

	test("keys and columns are the user's", () => {
		const { value } = composeScreen(
			{ keys: { quit: ["ctrl+q"] }, columns: ["node"] },
			undefined,
			everything,
			() => {},
		);
		expect(value?.topologyColumns).toEqual(["node"]);
		expect(value?.bindings.find(({ id }) => id === "quit")?.keys).toEqual(["ctrl+q"]);
	});
});

describe("config check", () => {
	const check = (files: Record<string, string>) => {
		const directory = temporaryDirectory(files);
		const output = silent();
		const client = { environment: {}, home: directory, osUser: "alice" };
		const screen = { judge: judgeScreen, checkTheme };
		const exitCode = configCheck(join(directory, "c.yaml"), client, output, screen);
		return { exitCode, text: output.lines.join("\n").replaceAll(`${directory}/`, "") };
	};

	test.each([
		["theme: drak", 'c.yaml:2:10: there is no theme "drak"', 'Did you mean "dark"?'],
		["columns: [node, lagg]", 'c.yaml:2:19: unknown column "lagg"', 'Did you mean "lag"?'],
		["keys: {quti: x}", 'c.yaml:2:10: unknown key binding "quti"', 'Did you mean "quit"?'],
		["keys: {quit: Escape}", 'c.yaml:2:16: unknown key "Escape" for "quit"', "It must be a character"],
		["keys: {quit: ctrl-q}", 'c.yaml:2:16: unknown key "ctrl-q" for "quit"', 'Did you mean "ctrl+q"?'],
		["keys: {node.open: S}", 'c.yaml:2:21: key "S" is bound twice', '"topology.sort"'],
		["theme: ~/none.json", 'could not open theme file "none.json"', "No such file"],
		["theme: ~/bad.json", 'bad.json:1:40: unknown role "criticl"', 'Did you mean "critical"?'],
	])("%s", (line, problem, more) => {
		const { exitCode, text } = check({
			"c.yaml": `defaults:\n  ${line}\n`,
			"bad.json": '{"extends": "dark",         "roles": { "criticl": {} } }',
		});
		expect(exitCode).toBe(78);
		expect(text).toContain(problem);
		expect(text).toContain(more);
	});

	test("a theme that is hard to read is a warning", () => {
		const { exitCode, text } = check({
			"c.yaml": "defaults: {theme: ~/faint.json}\n",
			"faint.json": '{"extends": "dark", "roles": {"muted": {"color": "#333333"}}}',
		});
		expect(exitCode).toBe(0);
		expect(text).toMatch(/warning: theme file "faint\.json" has texts that are hard to read/);
	});
});
