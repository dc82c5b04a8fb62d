import type { ConsoleState } from "../store/console-store.ts";
import type { ScreenState } from "./screens/states.ts";
import { currentScreen, type Prompt, type UiState } from "./ui-state.ts";

/** What can happen to the screen. The sender has already computed everything that depends on the cluster's data. */
export type UiEvent =
	| { readonly event: "open"; readonly screen: ScreenState }
	| { readonly event: "back" }
	/** The current screen with other choices; the kind of screen stays. */
	| { readonly event: "change"; readonly screen: ScreenState }
	| { readonly event: "prompt"; readonly prompt: Prompt | null }
	| { readonly event: "entered"; readonly command: string }
	| { readonly event: "freeze"; readonly state: ConsoleState | null }
	| { readonly event: "theme"; readonly name: string }
	| { readonly event: "tryThemes" }
	| { readonly event: "themeChosen"; readonly keep: boolean }
	| {
			readonly event: "say";
			readonly text: string;
			readonly isProblem: boolean;
			/** Shown no longer than this binding is disabled. */
			readonly whileDisabled?: string;
	  }
	| { readonly event: "expired"; readonly message: UiState["message"] };

export function open(screen: ScreenState): UiEvent {
	return { event: "open", screen };
}

export function change(screen: ScreenState): UiEvent {
	return { event: "change", screen };
}

export function say(text: string): UiEvent {
	return { event: "say", text, isProblem: false };
}

export function problem(text: string): UiEvent {
	return { event: "say", text, isProblem: true };
}

export function openPrompt(purpose: Prompt["purpose"], text = "", subject?: string): UiEvent {
	const prompt: Prompt = { purpose, text, cursor: text.length, recall: 0, before: text };
	return { event: "prompt", prompt: subject === undefined ? prompt : { ...prompt, subject } };
}

export const CLOSE_PROMPT: UiEvent = { event: "prompt", prompt: null };

const MOST_COMMANDS = 100;

/** The next state. Pure. */
export function reduce(state: UiState, event: UiEvent): UiState {
	switch (event.event) {
		case "open":
			return { ...state, screens: pushed(state.screens, event.screen), message: null };
		case "back": {
			const [first, ...rest] = state.screens;
			return { ...state, screens: [first, ...rest.slice(0, -1)], message: null };
		}
		case "change":
			return { ...state, screens: replaceLast(state, event.screen), message: null };
		case "prompt":
			return { ...state, prompt: event.prompt, message: null };
		case "entered": {
			const others = state.commands.filter((command) => command !== event.command);
			return { ...state, prompt: null, commands: [...others, event.command].slice(-MOST_COMMANDS) };
		}
		case "freeze":
			return { ...state, frozen: event.state, message: null };
		case "theme":
			return { ...state, themeName: event.name, message: null };
		case "tryThemes":
			return { ...state, themeBefore: state.themeName, message: null };
		case "themeChosen":
			return {
				...state,
				themeName: event.keep ? state.themeName : (state.themeBefore ?? state.themeName),
				themeBefore: null,
				message: null,
			};
		case "expired":
			return state.message === event.message ? { ...state, message: null } : state;
		case "say":
			return {
				...state,
				message: {
					text: event.text,
					isProblem: event.isProblem,
					whileDisabled: event.whileDisabled ?? null,
				},
			};
	}
}

/** Screens to go back to; opening the home screen clears them. */
const MOST_SCREENS = 20;

/** What led to an operation, and is over once it runs: Esc goes back to where the operator came from. */
const WAYS_TO_A_RUN: readonly ScreenState["screen"][] = [
	"findings",
	"finding",
	"operations",
	"wizard",
	"plan",
	"run",
];

function pushed([first, ...rest]: UiState["screens"], screen: ScreenState): UiState["screens"] {
	if (screen.screen === "topology") return [screen];
	const isBegun = screen.screen === "run" && rest.at(-1)?.screen === "plan";
	const kept = isBegun ? rest.filter((one) => !WAYS_TO_A_RUN.includes(one.screen)) : rest;
	return [first, ...kept.slice(2 - MOST_SCREENS), screen];
}

function replaceLast(state: UiState, screen: ScreenState): UiState["screens"] {
	if (currentScreen(state).screen !== screen.screen) return state.screens;
	const [first, ...rest] = state.screens;
	return rest.length === 0 ? [screen] : [first, ...rest.slice(0, -1), screen];
}
