import { Text } from "ink";
import { describe, expect, test } from "vitest";
import type { UiContext } from "../../src/ui/context.ts";
import { clickList, type ListScreen, listBindings, listOf, moved, positionOf } from "../../src/ui/list.ts";
import { change } from "../../src/ui/reduce.ts";
import { defineScreen } from "../../src/ui/screen.tsx";
import type { TopologyState } from "../../src/ui/screens/states.ts";
import { currentScreen } from "../../src/ui/ui-state.ts";
import { eventsOf } from "../../src/ui/use-keys.ts";
import { bodyLines, draw, press, uiContext } from "../support/ui-context.tsx";

const ITEMS = [1, 2, 3, 4, 5];

interface Model {
	readonly list: ReturnType<typeof listOf<number>>;
}

/** The home screen replaced by a list of numbers, and how often its model was derived. */
function numbers() {
	const derived: TopologyState[] = [];
	const list: ListScreen<TopologyState, Model, number> = {
		unit: "number",
		list: (model) => model.list,
		select: ({ state }, nodeId) => ({ ...state, nodeId }),
	};
	const screen = defineScreen<TopologyState, Model>({
		name: "topology",
		title: "numbers",
		derive: (_, state) => {
			derived.push(state);
			return { list: listOf(ITEMS, positionOf(ITEMS, state.nodeId, Number), 3) };
		},
		View: ({ model }) => <Text>{model.list.visible.join(" ")}</Text>,
		click: clickList(1, list),
		bindings: [
			...listBindings("topology", list),
			{
				id: "number.odd",
				keys: ["o"],
				label: "odd",
				help: "Only an odd number.",
				disabled: ({ model }) => ((model.list.item ?? 0) % 2 === 1 ? null : "the number is even"),
				run: ({ state }) => change({ ...state, filter: "odd" }),
			},
			{
				id: "number.open",
				keys: ["t"],
				label: "numbers",
				help: "Show the numbers.",
				screens: ["events"],
				run: () => null,
			},
		],
	});
	const { context } = uiContext();
	const own: UiContext = {
		...context,
		screens: { ...context.screens, topology: screen },
		bindings: screen.bindings,
	};
	return { context: own, screen, derived };
}

const selected = ({ ui }: UiContext) => currentScreen(ui);

describe("a screen", () => {
	test("is derived once for drawing, keys and mouse", () => {
		const { context, screen, derived } = numbers();
		expect(bodyLines(context, draw(context))[0]).toBe("1 2 3");
		for (const { disabled } of screen.bindings) disabled?.(context);
		expect(screen.click(context, 1)).toBe("open");
		expect(eventsOf(context, "j", "j")).toMatchObject([{ event: "change", screen: { nodeId: 2 } }]);
		expect(derived).toHaveLength(1);
	});

	test("gives its own bindings its name, and leaves shared ones theirs", () => {
		const { screen } = numbers();
		expect(screen.bindings.find(({ id }) => id === "number.odd")?.screens).toEqual(["topology"]);
		expect(screen.bindings.find(({ id }) => id === "number.open")?.screens).toEqual(["events"]);
	});

	test("says why a binding is disabled by what it shows", () => {
		const { context } = numbers();
		expect(selected(press(context, "o"))).toMatchObject({ filter: "odd" });
		expect(press(context, "j", "o").ui.message?.text).toBe("odd: the number is even");
	});

	test("shows nothing while another one is open", () => {
		const { context, screen, derived } = numbers();
		const elsewhere = press(uiContext().context, "e");
		expect(screen.shown(elsewhere)).toBeNull();
		expect(screen.draw(elsewhere)).toBeNull();
		expect(screen.click(elsewhere, 1)).toBeNull();
		expect(derived).toEqual([]);
		expect(screen.shown(context)?.model.list.item).toBe(1);
	});
});

describe("a list", () => {
	test("keeps the selected item in the middle, except at the ends", () => {
		const visible = [0, 1, 2, 3, 4].map((position) => listOf(ITEMS, position, 3).visible);
		expect(visible).toEqual([
			[1, 2, 3],
			[1, 2, 3],
			[2, 3, 4],
			[3, 4, 5],
			[3, 4, 5],
		]);
	});

	test("selects the first item without a known key, and none of an empty list", () => {
		expect(positionOf(ITEMS, 4, Number)).toBe(3);
		expect(positionOf(ITEMS, 9, Number)).toBe(0);
		expect(positionOf(ITEMS, null, Number)).toBe(0);
		expect(positionOf([], null, Number)).toBe(-1);
		expect(listOf([], -1, 3)).toMatchObject({ item: null, visible: [] });
	});

	test("moves by items and to the ends, and not beyond", () => {
		const list = listOf(ITEMS, 1, 3);
		const moves = [1, -5, 10, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		expect(moves.map((by) => moved(list, by))).toEqual([3, 1, 5, 5, 1]);
		expect(moved(listOf<number>([], -1, 3), 1)).toBeNull();
	});

	test("selects a clicked item, opens the selected one, and ignores other lines", () => {
		const { context, screen } = numbers();
		expect(screen.click(context, 3)).toMatchObject({ event: "change", screen: { nodeId: 3 } });
		expect(screen.click(context, 1)).toBe("open");
		expect([0, 4].map((line) => screen.click(context, line))).toEqual([null, null]);
	});
});
