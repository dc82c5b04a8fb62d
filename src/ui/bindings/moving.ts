import type { Binding, Reaction, UiContext } from "../context.ts";
import type { ScreenName } from "../ui-state.ts";

interface Moving {
	/** Begins the names, as in "events.up". */
	readonly id: string;
	readonly screens: readonly ScreenName[];
	/** What one moves by: "line", "event". */
	readonly unit: string;
	/** What going to the end does. */
	readonly lastHelp?: string;
	/** By so many down, less than 0 up; to the end by infinity. */
	readonly move: (context: UiContext, by: number) => Reaction;
}

/** The keys that move in a list or a text: arrows, vi's, pages, ends. */
export function movingBindings(moving: Moving): readonly Binding[] {
	const { id, screens, unit, lastHelp = `Go to the last ${unit}.`, move } = moving;
	const binding = (
		name: string,
		keys: readonly string[],
		help: string,
		by: (pageRows: number) => number,
	): Binding => ({
		id: `${id}.${name}`,
		keys,
		label: name,
		help,
		screens,
		isQuiet: true,
		// A line of the page before stays, to read on from; rules and headings take two more.
		run: (context) => move(context, by(Math.max(1, context.bodyRows - 3))),
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
