import type { Reaction } from "./context.ts";
import type { ScreenBinding, Shown } from "./screen.tsx";

/** The nearest first line that leaves no empty lines below the last one. */
export function clampOffset(offset: number, count: number, height: number): number {
	return Math.max(0, Math.min(offset, count - height));
}

interface Moving<State, Model> {
	/** Begins the names, as in "events.up". */
	readonly id: string;
	/** What one moves by: "line", "event". */
	readonly unit: string;
	/** What going to the end does. */
	readonly lastHelp?: string;
	/** Down by so many, up if negative; to an end by infinity. */
	readonly move: (shown: Shown<State, Model>, by: number) => Reaction;
}

/** The keys that move in a list or a text: arrows, vi's, pages, ends. */
export function movingBindings<State, Model>({
	id,
	unit,
	lastHelp = `Go to the last ${unit}.`,
	move,
}: Moving<State, Model>): readonly ScreenBinding<State, Model>[] {
	const binding = (
		name: string,
		keys: readonly string[],
		help: string,
		by: (pageRows: number) => number,
	): ScreenBinding<State, Model> => ({
		id: `${id}.${name}`,
		keys,
		label: name,
		help,
		isQuiet: true,
		// One line of the page before stays visible; rules and headings take two more.
		run: (shown) => move(shown, by(Math.max(1, shown.context.bodyRows - 3))),
	});
	return [
		binding("up", ["up", "k"], `One ${unit} up.`, () => -1),
		binding("down", ["down", "j"], `One ${unit} down.`, () => 1),
		binding("pageup", ["pageup"], "One page up.", (rows) => -rows),
		binding("pagedown", ["pagedown"], "One page down.", (rows) => rows),
		binding("first", ["home", "g"], `Go to the first ${unit}.`, () => Number.NEGATIVE_INFINITY),
		binding("last", ["end", "G"], lastHelp, () => Number.POSITIVE_INFINITY),
	];
}
