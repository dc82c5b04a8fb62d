import type { ConsoleState } from "../store/console-store.ts";
import { currentScreen, type Prompt, type ScreenState, type UiState } from "./ui-state.ts";

/** What can happen to the screen. Whatever needs to know the cluster's data is worked out before. */
export type UiEvent =
	| { readonly event: "open"; readonly screen: ScreenState }
	| { readonly event: "back" }
	/** The shown screen with other choices; the kind of screen stays. */
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
			/** It holds for as long as this binding can't be used. */
			readonly whileDisabled?: string;
	  };

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

/** Screens to go back to; the home screen forgets the way that led there. */
const MOST_SCREENS = 20;

function pushed([first, ...rest]: UiState["screens"], screen: ScreenState): UiState["screens"] {
	return screen.screen === "topology" ? [screen] : [first, ...rest.slice(2 - MOST_SCREENS), screen];
}

function replaceLast(state: UiState, screen: ScreenState): UiState["screens"] {
	if (currentScreen(state).screen !== screen.screen) return state.screens;
	const [first, ...rest] = state.screens;
	return rest.length === 0 ? [screen] : [first, ...rest.slice(0, -1), screen];
}
