import { keyLabel } from "../keys.ts";
import { bindingsHere } from "./bindings.ts";
import { askedKeys } from "./moves.ts";
import { type Here, type Stage, stageOf } from "./state.ts";

/** Keys that move, in words. */
const MOVES: Partial<Record<Stage, readonly [keys: string, label: string]>> = {
	choice: ["↑↓", "choose"],
	summary: ["↑↓", "choose"],
	plan: ["↑↓", "scroll"],
	running: ["↑↓←→", "choose a step"],
	stopped: ["↑↓←→", "choose a step"],
};

/** What the last line says: the keys that work here. */
export function footerKeys(
	here: Here,
): readonly { readonly id: string; readonly key: string; readonly label: string }[] {
	if (here.ui.showsTask) {
		const hasHints = here.practice?.state().hasMoreHints === true;
		return [
			...(hasHints ? [{ id: "hint", key: keyLabel("?"), label: "hint" }] : []),
			{ id: "back", key: "other keys", label: "back" },
		];
	}
	const [keys, does] = MOVES[stageOf(here)] ?? ["", ""];
	const isFirst = here.ui.question !== null && here.ui.question === askedKeys(here)[0] && !here.ui.isEdit;
	return [
		...(keys === "" ? [] : [{ id: "move", key: keys, label: does }]),
		...bindingsHere(here)
			.filter(({ isQuiet }) => !isQuiet)
			// From the first question the way back is the way out.
			.filter(({ id }) => !(isFirst && id === "new-cluster.interrupt"))
			.map(({ id, keys: [key = ""], label }) => ({
				...{ id, key: keyLabel(key) },
				label: isFirst && id === "new-cluster.leave" ? "quit" : label,
			})),
	];
}
