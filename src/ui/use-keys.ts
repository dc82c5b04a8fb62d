import { useInput, usePaste } from "ink";
import { useRef } from "react";
import { bindingFor } from "./bindings/index.ts";
import { click } from "./clicked.ts";
import type { Binding, UiContext } from "./context.ts";
import { keyName } from "./keys.ts";
import { promptKey, promptText } from "./prompt/prompt-keys.ts";
import { reduce, type UiEvent } from "./reduce.ts";
import type { MouseInput, MouseTerminal } from "./terminal/mouse-terminal.ts";
import type { UiState } from "./ui-state.ts";

/**
 * The one place where keys come in. Several may come between two renderings, on a slow line even in one
 * piece: each is judged by the state that the ones before it led to, not by the one last drawn.
 */
export function useKeys(
	context: UiContext,
	bindings: readonly Binding[],
	dispatch: (event: UiEvent) => void,
	mouse?: MouseTerminal,
): void {
	const latest = useRef<{ drawn: UiState; ui: UiState }>({ drawn: context.ui, ui: context.ui });
	if (latest.current.drawn !== context.ui) latest.current = { drawn: context.ui, ui: context.ui };
	const take = (read: (now: UiContext) => readonly UiEvent[]): void => {
		for (const event of read({ ...context, ui: latest.current.ui })) {
			latest.current.ui = reduce(latest.current.ui, event);
			dispatch(event);
		}
	};
	useInput((input, key) => {
		const name = keyName(input, key);
		if (name !== null || input === "") take((now) => eventsOf(now, bindings, name, input));
		else
			for (const character of input)
				take((now) => eventsOf(now, bindings, keyName(character, key), character));
	});
	mouse?.listen((input) => take((now) => mouseEvents(now, bindings, input)));
	usePaste((text) => take((now) => (now.ui.prompt === null ? [] : promptText(now, now.ui.prompt, text))));
}

/** Lines that one notch of the wheel moves by. */
const WHEEL_LINES = 3;

/** What the mouse leads to: what keys do. While a line is typed or a theme is tried, nothing. */
export function mouseEvents(
	context: UiContext,
	bindings: readonly Binding[],
	mouse: MouseInput,
): readonly UiEvent[] {
	if (context.ui.prompt !== null || context.ui.themeBefore !== null) return [];
	if (mouse.button === "left") {
		const reaction = click(context, mouse.row);
		if (reaction === "open") return eventsOf(context, bindings, "enter", "");
		return reaction === null ? [] : [reaction];
	}
	const key = mouse.button === "wheelUp" ? "up" : "down";
	let { ui } = context;
	return Array.from({ length: WHEEL_LINES }).flatMap(() => {
		const events = eventsOf({ ...context, ui }, bindings, key, "");
		ui = events.reduce(reduce, ui);
		return events;
	});
}

/** What a key leads to. While a line is typed or a theme is tried, keys belong to that. */
export function eventsOf(
	context: UiContext,
	bindings: readonly Binding[],
	name: string | null,
	input: string,
): readonly UiEvent[] {
	const { ui } = context;
	if (ui.prompt !== null) return promptKey(context, ui.prompt, name, input);
	if (name === null) return [];
	if (ui.themeBefore !== null) return themeKey(context, name);
	const binding = bindingFor(bindings, name, context);
	if (binding === null) return [];
	const reason = binding.disabled?.(context) ?? null;
	if (reason !== null) {
		const text = `${binding.label}: ${reason}`;
		return [{ event: "say", text, isProblem: true, whileDisabled: binding.id }];
	}
	const reaction = binding.run(context);
	return reaction === null ? [] : [reaction];
}

function themeKey({ ui, themeNames }: UiContext, key: string): readonly UiEvent[] {
	const step = (by: number): readonly UiEvent[] => {
		const position = themeNames.indexOf(ui.themeName) + by + themeNames.length;
		return [{ event: "theme", name: themeNames[position % themeNames.length] ?? ui.themeName }];
	};
	switch (key) {
		case "up":
		case "k":
		case "left":
		case "h":
		case "shift+tab":
			return step(-1);
		case "down":
		case "j":
		case "right":
		case "l":
		case "tab":
		case "t":
			return step(1);
		case "enter":
			return [{ event: "themeChosen", keep: true }];
		case "esc":
		case "q":
		case "ctrl+c":
			return [{ event: "themeChosen", keep: false }];
		default:
			return [];
	}
}
