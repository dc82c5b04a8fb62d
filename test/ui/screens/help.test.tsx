import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { Binding, UiContext } from "../../../src/ui/context.ts";
import { keyLabel } from "../../../src/ui/keys.ts";
import { COMMANDS } from "../../../src/ui/prompt/commands.ts";
import { COLOUR_LEGEND, MARK_LEGEND, STATUS_LEGEND } from "../../../src/ui/screens/help/legend.ts";
import { helpView } from "../../../src/ui/screens/help/screen.ts";
import { BINDINGS } from "../../../src/ui/screens/index.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";

const wholeText = (context: UiContext, bindings: readonly Binding[] = BINDINGS): string =>
	helpView({ ...context, bindings })
		.map(({ spans }) =>
			spans
				.map(({ text }) => text)
				.join("")
				.trimEnd(),
		)
		.join("\n");
const WIDE_ENOUGH_TO_WRAP_NOTHING = { columns: 400, rows: 50 };

describe("help", () => {
	const help = press(uiContext(WIDE_ENOUGH_TO_WRAP_NOTHING).context, "?");

	test("explains every key", () => {
		const text = wholeText(help);
		for (const { keys, help: meaning } of BINDINGS) {
			expect(text).toContain(meaning);
			expect(text).toContain(keys.map(keyLabel).join(" "));
		}
	});

	test("explains every command, status, mark and colour", () => {
		const text = wholeText(help);
		for (const { name, help: meaning } of COMMANDS) {
			expect(text).toContain(`:${name}`);
			expect(text).toContain(meaning);
		}
		for (const { sign, meaning } of [...STATUS_LEGEND, ...MARK_LEGEND, ...COLOUR_LEGEND]) {
			expect(text).toContain(sign);
			expect(text).toContain(meaning);
		}
	});

	test("shows the user's keys", () => {
		const rebound = BINDINGS.map((binding) =>
			binding.id === "errors.only"
				? { ...binding, keys: ["E", "ctrl+e"] }
				: binding.id === "suspend"
					? { ...binding, keys: [] }
					: binding,
		);
		const text = wholeText(help, rebound);
		expect(text).toMatch(/E ctrl\+e +Show only problems/);
		expect(text).toMatch(/no key +Stop the console/);
		expect(text).not.toContain("ctrl+z");
	});
});

describe("the order", () => {
	test("has the keys of the previous screen first, and not twice", () => {
		const text = wholeText(press(uiContext().context, "e", "?"));
		const titles = text.split("\n").filter((line) => /^ {2}(FIRST|KEYS)/.test(line));
		expect(titles.slice(0, 2)).toEqual(["  FIRST, HERE AND NOW", "  KEYS ON THIS SCREEN (events)"]);
		expect(text).not.toContain("KEYS ON THE SCREEN EVENTS");
		expect(text).toContain("KEYS ON THE SCREEN NODES");
		expect(text.indexOf("COMMANDS")).toBeLessThan(text.indexOf("KEYS ON THE SCREEN NODES"));
	});

	test("explains disabled keys of that screen", () => {
		const text = wholeText(press(uiContext(WIDE_ENOUGH_TO_WRAP_NOTHING).context, "e", "?"));
		expect(text).toContain(
			"Show everything recorded about the selected event, or unfold the events of an operation. Not now: no event is selected.",
		);
		expect(text).not.toContain("Not now: this is the first screen");
	});

	test("leaves out of the general keys those that the screen overrides", () => {
		const { context } = uiContext(WIDE_ENOUGH_TO_WRAP_NOTHING);
		const rebound = BINDINGS.map((binding) =>
			binding.id === "events.follow" ? { ...binding, keys: ["h"] } : binding,
		);
		expect(wholeText(press(context, "e", "?"), rebound)).toMatch(/ esc ← +Clear the filter/);
		expect(wholeText(press(context, "?"), rebound)).toMatch(/ esc ← h +Clear the filter/);
	});

	test("has two columns on wide terminals", () => {
		const [first = ""] = wholeText(press(uiContext({ columns: 120, rows: 40 }).context, "?")).split("\n");
		expect(first).toMatch(/^ {2}FIRST, HERE AND NOW +COMMANDS$/);
	});

	test("begins with at most five keys, all of which do something here and now", () => {
		const lines = wholeText(press(uiContext(WIDE_ENOUGH_TO_WRAP_NOTHING).context, "?")).split("\n");
		const first = lines.slice(1, lines.findIndex((line) => line.includes("KEYS ON THIS SCREEN")) - 1);
		expect(first.length).toBeLessThanOrEqual(5);
		expect(first[0]).toMatch(/^ {2}enter /);
		expect(first.join()).not.toContain("Not now");
	});
});

describe("drawing", () => {
	test.each(ALL_SIZES)("fits $columns×$rows at every offset", ({ columns, rows }) => {
		let context = press(uiContext({ columns, rows }).context, "?");
		for (const key of ["j", "pagedown", "G", "k", "pageup", "g"]) {
			context = press(context, key);
			const drawn = drawnLines(context, draw(context));
			expect(drawn).toHaveLength(context.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
		}
	});

	test("is not cut at any width", () => {
		for (let columns = 80; columns <= 210; columns += 13) {
			const context = press(uiContext({ columns, rows: 24 }).context, "?");
			for (const { spans } of helpView(context))
				expect(stringWidth(spans.map(({ text }) => text).join(""))).toBeLessThanOrEqual(columns);
		}
	});

	test("stops scrolling at the last line, and one key scrolls back from there", () => {
		const top = press(uiContext().context, "?");
		const bottom = press(top, "G", "j", "pagedown");
		expect(bodyLines(bottom, draw(bottom))[0]).toMatch(/lines (\d+) to (\d+) of \2 ─$/);
		expect(bodyLines(bottom, draw(bottom))).not.toEqual(
			bodyLines(press(bottom, "k"), draw(press(bottom, "k"))),
		);
		const back = press(bottom, "g", "up");
		expect(bodyLines(back, draw(back))).toEqual(bodyLines(top, draw(top)));
	});

	test("is closed by ? and esc", () => {
		const help = press(uiContext().context, "e", "?");
		for (const key of ["?", "esc", "h"])
			expect(press(help, key).ui.screens.map((one) => one.screen)).toEqual(["topology", "events"]);
	});
});

test("is searched like a text in less: to the first match, again to the next, esc forgets it, then goes back", () => {
	const { context } = uiContext({ rows: 24 });
	const searched = press(context, "?", "/", ..."psql", "enter");
	const top = (now: UiContext) => bodyLines(now, draw(now))[1];
	expect(top(searched)).toMatch(/psql/);
	const next = press(searched, "/", "enter");
	expect(top(next)).toMatch(/psql/);
	expect(top(next)).not.toBe(top(searched));
	expect(press(next, "/", ..."no such word").ui.message?.text).toBe('no line matches "no such word"');
	expect(currentScreen(press(next, "esc").ui)).toMatchObject({ screen: "help", search: "" });
	expect(currentScreen(press(next, "esc", "esc").ui).screen).toBe("topology");
});
