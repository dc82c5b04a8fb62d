import { describe, expect, test } from "vitest";
import type { Practice, PracticeState } from "../../../src/model/practice.ts";
import { SCENARIOS } from "../../../src/practice/scenarios/index.ts";
import { bindingsOn, type UiContext } from "../../../src/ui/context.ts";
import { BINDINGS, SCREEN_NAMES } from "../../../src/ui/screens/index.ts";
import { practiceBanner } from "../../../src/ui/screens/practice/practice-view.ts";
import { withPractice } from "../../../src/ui/screens/practice/screen.tsx";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { ALL_SIZES, bodyLines, draw, press, uiContext } from "../../support/ui-context.tsx";

const STATE: PracticeState = {
	title: "A split brain",
	story: "Somebody promoted node2.",
	goal: "One primary.",
	isSolved: false,
	hints: [],
	hasMoreHints: true,
	debrief: [],
	speed: 1,
};

/** A console in practice that records what it was asked. */
function given(changes: Partial<PracticeState> = {}, size = { columns: 100, rows: 30 }) {
	const asked: string[] = [];
	let state: PracticeState = { ...STATE, ...changes };
	const practice: Practice = {
		state: () => state,
		faultsOn: (nodeId) => [
			{ id: "kill", title: "kill PostgreSQL", about: `It is killed on ${nodeId}.`, unfit: null },
			{ id: "cut", title: "cut it off", about: "It is cut off.", unfit: null },
			{ id: "promote", title: "promote it", about: "It is promoted.", unfit: "it is the primary" },
		],
		make: (nodeId, id) => {
			asked.push(`${id} ${nodeId}`);
			return id === "cut" ? { problem: "it runs no more" } : { done: `node${nodeId}: ${id}` };
		},
		askHint: () => {
			asked.push("hint");
			state = { ...state, hints: ["Fence one."], hasMoreHints: false };
		},
		see: () => undefined,
		play: null,
		setSpeed: (speed) => {
			asked.push(`speed ${speed}`);
			state = { ...state, speed };
		},
	};
	const { context } = uiContext(size);
	const opened: UiContext = { ...context, practice, bindings: withPractice(BINDINGS, SCREEN_NAMES) };
	return { context: opened, asked };
}

const text = (context: UiContext): string => bodyLines(context, draw(context)).join("\n");

describe("the screen of a practice", () => {
	test("! shows the task and what can be broken on the selected node", () => {
		const { context } = given();
		const shown = text(press(context, "down", "!"));
		expect(shown).toContain("PRACTICE: A split brain");
		expect(shown).toContain("Somebody promoted node2.");
		expect(shown).toContain("A good end: One primary.");
		expect(shown).toContain("BREAK OR REPAIR node2");
		expect(shown).toContain("It is killed on 2.");
		expect(shown).toContain("not now: it is the primary");
	});

	test("enter does it on that node, n chooses the next node", () => {
		const { context, asked } = given();
		press(context, "!", "enter", "n", "enter");
		expect(asked).toEqual(["kill 1", "kill 2"]);
	});

	test("what can't be done is not done", () => {
		const { context, asked } = given();
		press(context, "!", "down", "down", "enter");
		expect(asked).toEqual([]);
	});

	test("what was done is said, and what could not be done meanwhile is said as a problem", () => {
		const { context } = given();
		expect(press(context, "!", "enter").ui.message).toMatchObject({ text: "node1: kill", isProblem: false });
		expect(press(context, "!", "down", "enter").ui.message).toMatchObject({
			text: "it runs no more",
			isProblem: true,
		});
	});

	test("? shows a hint there, and the help on every other screen", () => {
		const { context, asked } = given();
		const shown = press(context, "!", "?");
		expect(asked).toEqual(["hint"]);
		expect(text(shown)).toContain("Hint 1: Fence one.");
		expect(currentScreen(press(context, "?").ui).screen).toBe("help");
	});

	test("f goes through the speeds and begins again", () => {
		const { context, asked } = given();
		press(context, "!", "f", "f", "f", "f", "f");
		expect(asked).toEqual(["speed 2", "speed 5", "speed 10", "speed 20", "speed 1"]);
	});

	test("the debrief takes the place of the story", () => {
		const { context } = given({ isSolved: true, debrief: ["Nobody could write for 7 s."] });
		const shown = text(press(context, "!"));
		expect(shown).toContain("Solved: One primary.");
		expect(shown).toContain("Nobody could write for 7 s.");
		expect(shown).not.toContain("Somebody promoted");
	});

	test.each(ALL_SIZES)("fits into $columns×$rows, with a fault in sight", (size) => {
		const { context } = given(
			{ debrief: Array.from({ length: 40 }, (_, index) => `line ${index}`), isSolved: true },
			size,
		);
		const shown = text(press(context, "!"));
		expect(shown.split("\n").length).toBeLessThanOrEqual(context.bodyRows);
		expect(shown).toContain("kill PostgreSQL");
	});
});

test("a key leads to one thing on each screen, and the banner says PRACTICE", () => {
	for (const screen of SCREEN_NAMES) {
		const keys = bindingsOn(withPractice(BINDINGS, SCREEN_NAMES), screen)
			.filter(({ id }) => id.startsWith("practice.") || id === "errors.only" || id === "help.open")
			.flatMap(({ keys: names }) => names);
		expect(new Set(keys).size, screen).toBe(keys.length);
	}
	expect(practiceBanner(STATE, "!", "task, hints, faults")).toBe(
		"PRACTICE: A split brain   !: task, hints, faults",
	);
	expect(practiceBanner({ ...STATE, isSolved: true, speed: 5 }, "!", "task, hints, faults")).toBe(
		"PRACTICE: A split brain, 5×   !: solved; the debrief",
	);
	for (const { title } of SCENARIOS)
		for (const isSolved of [true, false]) {
			const banner = practiceBanner({ ...STATE, title, isSolved, speed: 20 }, "!", "task, hints, faults");
			expect(` ${banner}`.length, banner).toBeLessThanOrEqual(80);
		}
});

test("outside of practice ! is what it was", () => {
	const { context } = uiContext();
	expect(currentScreen(press(context, "!").ui)).toMatchObject({ screen: "topology", errorsOnly: true });
});
