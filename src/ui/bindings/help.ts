import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { helpView } from "../screens/help/help-view.ts";
import { clampOffset } from "../window.ts";
import { movingBindings } from "./moving.ts";

/** Scrolling in the help screen, whose length depends on all bindings. */
export function helpBindings(all: () => readonly Binding[]): readonly Binding[] {
	return movingBindings({
		id: "help",
		screens: ["help"],
		unit: "line",
		move: (context, by) => scroll(context, all(), by),
	});
}

function scroll(context: UiContext, bindings: readonly Binding[], by: number): Reaction {
	const screen = screenIf(context, "help");
	if (screen === null) return null;
	const [count, height] = [helpView(context, bindings).length, context.bodyRows - 1];
	const offset = clampOffset(clampOffset(screen.offset, count, height) + by, count, height);
	return { event: "change", screen: { ...screen, offset } };
}
