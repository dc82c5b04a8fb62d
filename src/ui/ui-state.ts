import type { ConsoleState } from "../store/console-store.ts";
import { type ScreenState, topologyState } from "./screens/states.ts";

/** A line being typed at the bottom of the screen. */
export interface Prompt {
	readonly purpose: "filter" | "search" | "command" | "note" | "answer" | "confirm" | "leave" | "resume";
	/** For a search the line that it begins at, for a note the `findingKey`, for an answer the question's key, for an operation to resume its ID. */
	readonly subject?: string;
	readonly text: string;
	/** In UTF-16 units, always between two graphemes. */
	readonly cursor: number;
	/** How far back in the history of commands; 0 is the line being typed. */
	readonly recall: number;
	/** What was typed before the history was recalled; for a filter, the previous filter. */
	readonly before: string;
}

/** Everything the operator did to the screen. Data about the cluster are in the store. */
export interface UiState {
	/** The last one is shown; Esc goes back to the one before. Never empty. */
	readonly screens: readonly [ScreenState, ...ScreenState[]];
	readonly prompt: Prompt | null;
	/** Commands entered, the newest last. */
	readonly commands: readonly string[];
	/** The data when the display was paused, or null. */
	readonly frozen: ConsoleState | null;
	readonly themeName: string;
	/** The theme to go back to while another is tried, or null. */
	readonly themeBefore: string | null;
	/** What the last key did, or why it did nothing. The next key clears it. */
	readonly message: {
		readonly text: string;
		readonly isProblem: boolean;
		/** The ID of the disabled binding that it explains: cleared once that binding is enabled. */
		readonly whileDisabled: string | null;
	} | null;
}

export function initialUiState(themeName: string): UiState {
	return {
		screens: [topologyState()],
		prompt: null,
		commands: [],
		frozen: null,
		themeName,
		themeBefore: null,
		message: null,
	};
}

/** The screen that is shown. */
export function currentScreen({ screens }: UiState): ScreenState {
	return screens.at(-1) ?? screens[0];
}
