import { useInput, usePaste } from "ink";
import { useRef } from "react";
import { bindingFor, type UiContext } from "./context.ts";
import { keyName } from "./keys.ts";
import { promptKey, promptText } from "./prompt/prompt-keys.ts";
import { reduce, type UiEvent } from "./reduce.ts";
import type { MouseInput, MouseTerminal } from "./terminal/mouse.ts";
import { currentScreen, type Prompt, type UiState } from "./ui-state.ts";

/**
 * The keys of the console's screens. Several may arrive between two frames, on slow lines even in one read: each acts on the state
 * that the ones before it led to, not on the last frame. What was read after one that suspended the screen acts on nothing.
 * `intercept` is asked first, with the operator's keys only, and with null for what has no name; what it takes acts on nothing else.
 * @returns presses a key as the operator does.
 */
export function useKeys(
	context: UiContext,
	dispatch: (event: UiEvent) => void,
	isSuspended: () => boolean,
	mouse?: MouseTerminal,
	intercept: (name: string | null) => boolean = () => false,
): (name: string | null, input: string) => void {
	const latest = useRef<{ drawn: UiState; ui: UiState }>({ drawn: context.ui, ui: context.ui });
	if (latest.current.drawn !== context.ui) latest.current = { drawn: context.ui, ui: context.ui };
	const take = (read: (now: UiContext) => readonly UiEvent[]): void => {
		if (isSuspended()) return;
		const { ui } = latest.current;
		for (const event of read(ui === context.ui ? context : { ...context, ui })) {
			latest.current.ui = reduce(latest.current.ui, event);
			dispatch(event);
		}
	};
	const answeredAt = useRef(Number.NEGATIVE_INFINITY);
	const press = (name: string | null, input: string): void => {
		const { prompt } = latest.current.ui;
		// The rest of a word that was typed as an answer, such as "yes" and Enter: no keys.
		const isText = input !== "" || name === "enter" || name === "space";
		if (prompt === null && isText && performance.now() - answeredAt.current < REST_MS) return;
		take((now) => eventsOf(now, name, input));
		if (prompt !== null && latest.current.ui.prompt === null && ANSWERS.includes(prompt.purpose))
			answeredAt.current = performance.now();
	};
	useKeyboard(
		(name, input) => {
			if (!intercept(name)) press(name, input);
		},
		(text) => {
			if (!intercept(null))
				take((now) => (now.ui.prompt === null ? [] : promptText(now, now.ui.prompt, text)));
		},
	);
	mouse?.listen((input) => {
		if (!intercept(null)) take((now) => mouseEvents(now, input));
	});
	return press;
}

/** Takes each key by its name (null: it has none) and what it types, and pasted text. Several keys may come in one read. */
export function useKeyboard(
	onKey: (name: string | null, input: string) => void,
	onPaste: (text: string) => void,
): void {
	useInput((input, key) => {
		const name = keyName(input, key);
		if (name !== null || input === "") onKey(name, input);
		else for (const character of input) onKey(keyName(character, key), character);
	});
	usePaste(onPaste);
}

/** Questions about operations: what is typed after the answer would act on whatever is then on the screen. */
const ANSWERS: readonly Prompt["purpose"][] = ["confirm", "resume", "leave"];

/** A typist's next letter comes within this time. */
const REST_MS = 300;

/** Lines that one notch of the wheel moves by. */
const WHEEL_LINES = 3;

/** The mouse does what keys do, except while a line is typed or a theme is tried. */
export function mouseEvents(context: UiContext, mouse: MouseInput): readonly UiEvent[] {
	if (context.ui.prompt !== null || context.ui.themeBefore !== null) return [];
	if (mouse.button === "left") {
		const line = mouse.row - (context.rows - context.bodyRows - 1);
		const { screen } = currentScreen(context.ui);
		const reaction = line < 0 ? null : context.screens[screen].click(context, line);
		if (reaction === "open") return eventsOf(context, "enter", "");
		return reaction === null ? [] : [reaction];
	}
	const key = mouse.button === "wheelUp" ? "up" : "down";
	let now = context;
	return Array.from({ length: WHEEL_LINES }).flatMap(() => {
		const events = eventsOf(now, key, "");
		now = { ...now, ui: events.reduce(reduce, now.ui) };
		return events;
	});
}

/** What a key leads to. The prompt and the theme picker get all keys while they are open. */
export function eventsOf(context: UiContext, name: string | null, input: string): readonly UiEvent[] {
	const { ui } = context;
	if (ui.prompt !== null) return promptKey(context, ui.prompt, name, input);
	if (name === null) return [];
	if (ui.themeBefore !== null) return themeKey(context, name);
	const binding = bindingFor(context, name);
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
