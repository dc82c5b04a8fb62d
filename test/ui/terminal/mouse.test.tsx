import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { UiContext } from "../../../src/ui/context.ts";
import { reduce } from "../../../src/ui/reduce.ts";
import { type MouseInput, MouseTerminal } from "../../../src/ui/terminal/mouse.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { mouseEvents } from "../../../src/ui/use-keys.ts";
import { bodyLines, draw, press, recorded, SIZES, uiContext } from "../../support/ui-context.tsx";

const E = "\u001b";
const NAMES = Array.from({ length: 40 }, (_, position) => `host${position + 1}x`);
/** Cluster's name and verdict. */
const HEADER_LINES = 2;

/** A terminal's input, a MouseTerminal before it, and what came through. */
function open() {
	const stdin = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY: true });
	const written: string[] = [];
	const answers: boolean[] = [];
	const terminal = new MouseTerminal(
		stdin as unknown as NodeJS.ReadStream,
		{ write: (text: string) => written.push(text) > 0 },
		(isSynchronized) => answers.push(isSynchronized),
	);
	const inputs: MouseInput[] = [];
	terminal.listen((input) => inputs.push(input));
	return { stdin, terminal, written, inputs, answers };
}

describe("removes mouse reports from the input", () => {
	test.each<[string, readonly string[], string | null, readonly MouseInput[]]>([
		["a click, and its release", [`${E}[<0;10;5M${E}[<0;10;5m`], null, [{ button: "left", row: 4 }]],
		[
			"the wheel",
			[`${E}[<64;1;1M`, `${E}[<65;200;50M`],
			null,
			[
				{ button: "wheelUp", row: 0 },
				{ button: "wheelDown", row: 49 },
			],
		],
		["other buttons mean nothing", [`${E}[<2;10;5M${E}[<35;1;1M`], null, []],
		["keys come through", ["j", `${E}[A`], `j${E}[A`, []],
		["keys around a report", [`a${E}[<0;1;2Mb`], "ab", [{ button: "left", row: 1 }]],
		["a report in two pieces", [`a${E}[<0;1`, "0;3Mb"], "ab", [{ button: "left", row: 2 }]],
	])("%s", (_, chunks, expected, mouseInputs) => {
		const { stdin, terminal, inputs } = open();
		let text: string | null = null;
		for (const chunk of chunks) {
			stdin.write(chunk);
			for (let read = terminal.stdin.read(); read !== null; read = terminal.stdin.read())
				text = (text ?? "") + String(read);
		}
		expect(text).toBe(expected);
		expect(inputs).toEqual(mouseInputs);
	});
});

test.each<[string, readonly string[], string | null, readonly boolean[]]>([
	["it has synchronized output", [`${E}[?2026;2$y`], null, [true]],
	["it does not know it", [`j${E}[?2026;0$yk`], "jk", [false]],
	["it can't be changed", [`${E}[?2026;4$y`], null, [false]],
	["in pieces", [`a${E}[?202`, "6;1", "$", "yb"], "ab", [true]],
	["beside the mouse", [`${E}[<0;1;2M${E}[?2026;2$yx`], "x", [true]],
	["other reports of modes come through", [`${E}[?2027;2$y`], `${E}[?2027;2$y`, []],
])("takes the terminal's answer out of the input: %s", (_, chunks, expected, told) => {
	const { stdin, terminal, answers } = open();
	let text: string | null = null;
	for (const chunk of chunks) {
		stdin.write(chunk);
		for (let read = terminal.stdin.read(); read !== null; read = terminal.stdin.read())
			text = (text ?? "") + String(read);
	}
	expect(text).toBe(expected);
	expect(answers).toEqual(told);
});

/** What these reports lead to. */
function mouse(context: UiContext, ...inputs: readonly MouseInput[]): UiContext {
	let { ui } = context;
	for (const input of inputs) ui = mouseEvents({ ...context, ui }, input).reduce(reduce, ui);
	return { ...context, ui };
}

const clickAt = (row: number): MouseInput => ({ button: "left", row });
const DOWN: MouseInput = { button: "wheelDown", row: 0 };
const UP: MouseInput = { button: "wheelUp", row: 0 };

describe.each(SIZES)("at $columns×$rows", (size) => {
	test("selects the clicked node in any part of the list", () => {
		for (const keys of [[], ["G"], ["pagedown", "pagedown"]]) {
			const context = press(uiContext({ ...size, nodeNames: NAMES }).context, ...keys);
			const drawn = bodyLines(context, draw(context));
			const lines = drawn.flatMap((text, line) => (/host\d+x/.test(text) ? [line] : []));
			expect(lines.length).toBeGreaterThan(3);
			// The first, the last, and some between: each costs a frame.
			for (const line of lines.filter((_, place) => place % 5 === 0 || place === lines.length - 1)) {
				const selected = mouse(context, clickAt(line + HEADER_LINES));
				const redrawn = bodyLines(selected, draw(selected));
				const name = /host\d+x/.exec(drawn[line] ?? "")?.[0] ?? "";
				const marked = redrawn.find((text) => text.startsWith("▸"));
				// A click on the selected one opens it.
				if (currentScreen(selected.ui).screen === "topology") expect(marked).toContain(` ${name} `);
				else expect(drawn[line]).toMatch(/^▸/);
			}
		}
	});

	test("selects the clicked event", () => {
		const events = Array.from({ length: 80 }, (_, age) => recorded(80 - age));
		const context = press(uiContext({ ...size, events }).context, "e", "k");
		const drawn = bodyLines(context, draw(context));
		const line = drawn.findIndex((text) => /recorded/.test(text));
		const selected = mouse(context, clickAt(line + HEADER_LINES));
		const marked = bodyLines(selected, draw(selected)).find((text) => text.startsWith("▸"));
		expect(marked?.slice(2)).toBe(drawn[line]?.slice(2));
	});
});

test("opens the selected node on a second click", () => {
	const { context } = uiContext();
	const opened = mouse(context, clickAt(5), clickAt(5));
	expect(currentScreen(opened.ui)).toMatchObject({ screen: "node", nodeId: 2 });
});

test("moves by three lines a notch of the wheel, and stops at the ends", () => {
	const { context } = uiContext({ nodeNames: NAMES });
	expect(currentScreen(mouse(context, DOWN, DOWN).ui)).toMatchObject({ nodeId: 7 });
	expect(currentScreen(mouse(context, DOWN, UP, UP).ui)).toMatchObject({ nodeId: 1 });
});

test.each([0, 1, 2, 3, 20, 23])("ignores a click on line %i", (line) => {
	const { context } = uiContext();
	expect(mouse(context, clickAt(line)).ui).toBe(context.ui);
});

test("ignores the mouse while a line is typed", () => {
	const typing = press(uiContext().context, "/");
	expect(mouse(typing, clickAt(5)).ui).toBe(typing.ui);
});

test("turns reports on once, and off while another program has the terminal", async () => {
	const { terminal, written } = open();
	expect(written).toEqual([]);
	terminal.set(true);
	terminal.set(true);
	await terminal.suspendedFor(async () => void written.push("shell"));
	terminal.set(false);
	const [on, off] = ["\u001b[?1000h\u001b[?1006h", "\u001b[?1006l\u001b[?1000l"];
	expect(written).toEqual([on, off, "shell", on, off]);
});
