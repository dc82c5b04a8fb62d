import { change, type UiEvent } from "./reduce.ts";
import type { ScreenBinding, Shown } from "./screen.tsx";
import type { ScreenState } from "./screens/states.ts";
import { clampOffset, movingBindings } from "./scrolling.ts";

/** Items to select from, and the part of them that is on the screen. */
export interface List<Item> {
	readonly items: readonly Item[];
	/** Position in `items`; -1 in an empty list. */
	readonly selected: number;
	readonly item: Item | null;
	/** The first item on the screen. */
	readonly top: number;
	readonly visible: readonly Item[];
}

/** Around the selected item, which stays in the middle except near the ends. */
export function listOf<Item>(items: readonly Item[], selected: number, height: number): List<Item> {
	const top = clampOffset(Math.max(0, selected) - Math.floor(height / 2), items.length, height);
	return { items, selected, item: items[selected] ?? null, top, visible: items.slice(top, top + height) };
}

/** The position of the item with this key; without one, of the first. */
export function positionOf<Item>(
	items: readonly Item[],
	key: string | number | null,
	keyOf: (item: Item) => string | number | null,
): number {
	const position = key === null ? -1 : items.findIndex((item) => keyOf(item) === key);
	return position < 0 && items.length > 0 ? 0 : position;
}

/** The item so many further on, at most the last, at least the first. */
export function moved<Item>({ items, selected }: List<Item>, by: number): Item | null {
	return items[Math.max(0, Math.min(items.length - 1, selected + by))] ?? null;
}

/** How a screen's list is selected from. */
export interface ListScreen<State extends ScreenState, Model, Item> {
	/** What an item is called: "event". */
	readonly unit: string;
	/** What going to the end does. */
	readonly lastHelp?: string;
	readonly list: (model: Model) => List<Item>;
	/** The screen with the item selected, after moving by so many (0: clicked). */
	readonly select: (shown: Shown<State, Model>, item: Item, by: number) => State;
}

/** The keys that move the selection; `id` begins their names. */
export function listBindings<State extends ScreenState, Model, Item>(
	id: string,
	{ list, select, ...words }: ListScreen<State, Model, Item>,
): readonly ScreenBinding<State, Model>[] {
	return movingBindings({
		id,
		...words,
		move: (shown, by) => {
			const item = moved(list(shown.model), by);
			return item === null ? null : change(select(shown, item, by));
		},
	});
}

/** A click on a list that begins so many lines below the top of the body. */
export function clickList<State extends ScreenState, Model, Item>(
	linesAbove: number,
	{ list, select }: ListScreen<State, Model, Item>,
): (shown: Shown<State, Model>, line: number) => UiEvent | "open" | null {
	return (shown, line) => {
		const { top, visible, selected } = list(shown.model);
		const item = visible[line - linesAbove];
		if (item === undefined) return null;
		return top + line - linesAbove === selected ? "open" : change(select(shown, item, 0));
	};
}
