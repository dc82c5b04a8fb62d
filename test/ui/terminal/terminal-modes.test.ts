import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { saveClusterCache } from "../../../src/config/cluster-cache.ts";
import { temporaryDirectory } from "../../config/directory.ts";
import { registration } from "../../support/records.ts";
import { Terminal, type TerminalOptions } from "../../support/terminal.ts";

/** The built program on a real pseudo terminal; its two nodes are known from last time and refuse connections. */
const PROGRAM = fileURLToPath(new URL("../../../bin/repmgr-console", import.meta.url));
const NOWHERE = { host: "127.0.0.1", hostaddr: "127.0.0.1", port: 1 };
const ESCAPE = "\u001b";
/** Shared: the code compiled at the first start is there for the next ones. */
const CACHE = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
afterAll(() => rmSync(CACHE, { recursive: true, force: true }));
let home = "";

beforeEach(async () => {
	home = temporaryDirectory({ "red.json": '{"extends": "dark", "roles": {"title": {"color": "#ff0102"}}}' });
	const nodes = [
		registration(1, { nodeName: "主节点", conninfo: "host=127.0.0.1 port=1", ...NOWHERE }),
		registration(2, { conninfo: "host=127.0.0.1 port=1", ...NOWHERE }),
	];
	const targets = [NOWHERE];
	await saveClusterCache(join(home, "repmgr-console"), { targets }, { systemIdentifier: "7", nodes });
});

function start(env: Readonly<Record<string, string>>, ...options: readonly string[]): Terminal {
	return startOn({}, env, ...options);
}

function startOn(
	terminalOptions: TerminalOptions,
	env: Readonly<Record<string, string>>,
	...options: readonly string[]
): Terminal {
	const own = { HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: CACHE, COLORTERM: "", ...env };
	const argv = [PROGRAM, "-d", "host=127.0.0.1 port=1 user=u dbname=d", "--no-ssh", ...options] as const;
	const terminal = new Terminal([...argv], { columns: 80, rows: 24, env: own, ...terminalOptions });
	onTestFinished(() => terminal.close());
	return terminal;
}

/** Bold, alone or in the selected row. */
const MARKED = new RegExp(`${ESCAPE}\\[(7;)?1[;m]`);

/** The colours that were asked for, by the kind of their escape sequences. */
function kindsOf(raw: string): readonly string[] {
	const codes = [...raw.matchAll(new RegExp(`${ESCAPE}\\[([\\d;]*)m`, "g"))].map(([, code = ""]) => code);
	const kinds = codes.map((code) => {
		if (/(^|;)[34]8;2;/.test(code)) return "24 bit";
		if (/(^|;)[34]8;5;/.test(code)) return "256";
		return /(^|;)(3[0-7]|4[0-7]|9[0-7]|10[0-7])(;|$)/.test(code) ? "16" : "none";
	});
	return [...new Set(kinds)].filter((kind) => kind !== "none");
}

// Starting the program takes longer than anything else here: test/ui/terminal/capabilities.test.ts has more terminals.
describe("colours", () => {
	test.each([
		[{ TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, []],
		// Terminals of which chalk knows less than we do.
		[{ TERM: "foot" }, ["24 bit"]],
		[{ TERM: "tmux" }, ["16"]],
		[{ TERM: "vt320" }, []],
	])("%j", async (env, kinds) => {
		const terminal = start(env as unknown as Record<string, string>);
		await terminal.waitFor("node2");
		expect(kindsOf(terminal.raw)).toEqual(kinds);
		// The selected row and what is bold are marked without colours, too.
		expect(terminal.raw).toMatch(MARKED);
	});

	test("24 bit, in the user's own theme", async () => {
		const terminal = start({ COLORTERM: "truecolor" }, "--theme", join(home, "red.json"));
		await terminal.waitFor("node2");
		expect(kindsOf(terminal.raw)).toEqual(["24 bit"]);
		expect(terminal.raw).toMatch(MARKED);
		expect(terminal.raw).toContain(`${ESCAPE}[38;2;255;1;2m`);
	});

	test("refuses an unknown theme before opening the screen", async () => {
		const terminal = start({}, "--theme", "drak");
		expect(await terminal.exit).toMatchObject({ exitCode: 64 });
		expect(terminal.text()).toContain('there is no theme "drak"');
		expect(terminal.text()).toContain('HINT:  Did you mean "dark"?');
	});
});

/** Neither node answers; the cursor is on this at first. */
const FINDING = "PRIMARY_UNREACHABLE_FROM_HERE";

describe("characters", () => {
	test("UTF-8: lines, marks and every name, in 256 colours", async () => {
		const terminal = start({ TERM: "xterm-256color", LANG: "C.UTF-8" });
		await terminal.waitFor(FINDING);
		expect(kindsOf(terminal.raw)).toEqual(["256"]);
		expect(terminal.raw).toMatch(MARKED);
		terminal.press("\t");
		expect(await terminal.waitFor("▸ 1   主节点")).toContain("─────");
	});

	test.each([
		[{ LANG: "C" }, "256", true],
		// It is not asked for synchronized output: older ones print the end of the question.
		[{ LANG: "C.UTF-8", TERM: "linux" }, "16", false],
	])("%j: draws every screen in ASCII, in the same columns, in %s colours", async (env, kind, isAsked) => {
		const terminal = start(env as unknown as Record<string, string>);
		await terminal.waitFor(FINDING);
		expect(kindsOf(terminal.raw)).toEqual([kind]);
		expect(terminal.raw).toMatch(MARKED);
		expect(terminal.raw.includes("2026")).toBe(isAsked);
		for (const [key, title] of [
			["\t", "> 1   ??????"],
			["?", "HELP"],
			["\u001b", "AGE"],
			["e", "UTC "],
			["\u001b", "AGE"],
			["\r", "NODE"],
			["t", "[dark]"],
		] as const) {
			terminal.press(key);
			await terminal.waitFor(title);
		}
		// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are part of it
		expect(terminal.raw).toMatch(/^[\x00-\x7f]*$/);
	});
});

test("TERM=dumb: prints one status, and why there is no screen", async () => {
	const terminal = start({ TERM: "dumb", LANG: "C" });
	expect(await terminal.exit).toMatchObject({ exitCode: 3 });
	expect(terminal.raw).toMatch(/^UNKNOWN: /);
	expect(terminal.text()).toContain('The screen needs a terminal that can move its cursor; TERM is "dumb".');
	expect(terminal.raw).not.toContain(ESCAPE);
});

test(":mouse on: selects by click, and always turns reports off at exit", async () => {
	const terminal = start({});
	await terminal.waitFor(FINDING);
	terminal.press(":mouse on\r");
	await terminal.waitFor("the mouse is on");
	expect(terminal.raw).toContain(`${ESCAPE}[?1000h`);
	const row = terminal.lines().findIndex((line) => /^ {2}2 .*node2/.test(line));
	terminal.press(`${ESCAPE}[<0;5;${row + 1}M${ESCAPE}[<0;5;${row + 1}m`);
	await terminal.waitFor("▸ 2 ");
	process.kill(terminal.pid, "SIGTERM");
	await terminal.exit;
	expect(terminal.raw.lastIndexOf(`${ESCAPE}[?1000l`)).toBeGreaterThan(
		terminal.raw.lastIndexOf(`${ESCAPE}[?1000h`),
	);
});

describe("synchronized output", () => {
	const [BEGIN, END, QUESTION] = [`${ESCAPE}[?2026h`, `${ESCAPE}[?2026l`, `${ESCAPE}[?2026$p`];

	test("a terminal that says it has it gets each later frame that changes much between its marks", async () => {
		const terminal = start({});
		await terminal.waitFor(FINDING);
		terminal.press("?");
		await terminal.waitFor("HELP");
		// The first frame wipes the screen, and with it what might be printed of the question.
		expect(terminal.raw.indexOf(`${ESCAPE}[2J`)).toBeGreaterThan(terminal.raw.indexOf(QUESTION));
		expect(terminal.raw.indexOf(BEGIN)).toBeGreaterThan(terminal.raw.indexOf(`${ESCAPE}[2J`));
		expect(terminal.raw.split(BEGIN)).toHaveLength(terminal.raw.split(END).length);
		terminal.press("\u0003");
		await terminal.exit;
		expect(terminal.raw.lastIndexOf(END)).toBeGreaterThan(terminal.raw.lastIndexOf(BEGIN));
	});

	test("a terminal that does not answer gets none, and its first frame without waiting; a late answer is no key", async () => {
		const terminal = startOn({ answers: false }, {});
		await terminal.waitFor(FINDING);
		terminal.press("?");
		await terminal.waitFor("HELP");
		expect(terminal.raw).toContain(QUESTION);
		expect(terminal.raw).not.toContain(BEGIN);
		expect(terminal.raw).not.toContain(END);
		terminal.press(ESCAPE);
		await terminal.waitFor(FINDING);
		terminal.press(`${ESCAPE}[?2026;2$y`);
		terminal.press("e");
		expect(await terminal.waitFor("EVENTS")).not.toContain("HELP");
		terminal.press("?");
		await terminal.waitFor("HELP");
		expect(terminal.raw).toContain(BEGIN);
	});

	test.each([
		["in two pieces", [`${ESCAPE}[?20`, "26;2$y"], true],
		["that it does not know the mode", [`${ESCAPE}[?2026;0$y`], false],
	])("an answer %s is no key", async (_, pieces, isOn) => {
		const terminal = startOn({ answers: false }, {});
		await terminal.waitFor(FINDING);
		for (const piece of pieces) terminal.press(piece);
		terminal.press("e");
		expect(await terminal.waitFor("EVENTS")).not.toContain("HELP");
		terminal.press("?");
		await terminal.waitFor("HELP");
		expect(terminal.raw.includes(BEGIN)).toBe(isOn);
	});
});
