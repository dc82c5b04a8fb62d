import type { LogName } from "../model/log-tail.ts";
import type { Operation } from "../operation/operation.ts";
import type { Answers } from "../operation/questions.ts";
import type { TopologyColumn } from "../presentation/topology.ts";
import type { ConsoleState } from "../store/console-store.ts";

export const SCREEN_NAMES = [
	"topology",
	"events",
	"event",
	"node",
	"logs",
	"findings",
	"viewpoints",
	"finding",
	"election",
	"lint",
	"lintResult",
	"operations",
	"wizard",
	"plan",
	"run",
	"runs",
	"help",
] as const;

export type ScreenName = (typeof SCREEN_NAMES)[number];

/** Which lines of a list are shown: by a text or regular expression ("!" in front inverts), and only what is wrong. */
export interface Narrowing {
	readonly filter: string;
	readonly errorsOnly: boolean;
}

/** One screen and what the operator chose on it. What is selected is held by its identity, never by its row. */
export type ScreenState =
	| ({
			readonly screen: "topology";
			readonly nodeId: number | null;
			readonly sort: TopologyColumn | null;
	  } & Narrowing)
	/** `entry` null follows the newest. */
	| ({ readonly screen: "events"; readonly nodeId: number | null; readonly entry: string | null } & Narrowing)
	| { readonly screen: "event"; readonly entry: string; readonly offset: number }
	| { readonly screen: "node"; readonly nodeId: number; readonly offset: number }
	| ({
			readonly screen: "logs";
			readonly nodeId: number;
			readonly shown: LogName | "both";
			/** The log that keys scroll, where both are shown. */
			readonly focus: LogName;
			/** Of each log, the number of the line at its foot; null follows the newest. */
			readonly foot: Readonly<Record<LogName, number | null>>;
			/** Columns by which lines are moved to the left. */
			readonly shift: number;
			readonly wraps: boolean;
	  } & Narrowing)
	| { readonly screen: "election"; readonly offset: number }
	| ({
			readonly screen: "viewpoints";
			/** What every node believes, or whether every node reaches every other. */
			readonly shows: "beliefs" | "connections";
			/** Keys of the selected row and column; null is the first. */
			readonly row: string | null;
			readonly column: string | null;
	  } & Narrowing)
	/** `finding` is a `findingKey`; null is the worst one. */
	| { readonly screen: "findings"; readonly finding: string | null }
	| { readonly screen: "finding"; readonly finding: string; readonly offset: number }
	/** `result` is a `lintKey`; null is the worst one. */
	| ({ readonly screen: "lint"; readonly result: string | null } & Narrowing)
	| { readonly screen: "lintResult"; readonly result: string; readonly offset: number }
	/** What can be done; `kind` is the selected operation, null the first. `nodeId`: with that node in mind. */
	| { readonly screen: "operations"; readonly kind: Operation["kind"] | null; readonly nodeId: number | null }
	/** The questions of one operation. `row` is a `wizardRow` key, null the first. */
	| {
			readonly screen: "wizard";
			readonly kind: Operation["kind"];
			readonly answers: Answers;
			readonly row: string | null;
	  }
	/** The plan that lies on the operation store; `shows` all that was checked, or what is not as it should be. */
	| { readonly screen: "plan"; readonly offset: number; readonly showsAll: boolean }
	/** What is carried out; `foot` is the number of the last line of the log that is drawn, null follows. */
	| { readonly screen: "run"; readonly foot: number | null; readonly showsAll: boolean }
	| { readonly screen: "runs"; readonly operationId: string | null }
	| { readonly screen: "help"; readonly offset: number };

/** The screen of a node's logs as it opens: both, following. */
export function logsScreen(nodeId: number): ScreenOf<"logs"> {
	return {
		screen: "logs",
		nodeId,
		shown: "both",
		focus: "postgresql",
		foot: { postgresql: null, repmgrd: null },
		shift: 0,
		wraps: false,
		filter: "",
		errorsOnly: false,
	};
}

/** The screen of viewpoints as it opens. */
export function viewpointsScreen(): ScreenOf<"viewpoints"> {
	return { screen: "viewpoints", shows: "beliefs", row: null, column: null, filter: "", errorsOnly: false };
}

/** The screen of the set-up as it opens. */
export function lintScreen(): ScreenOf<"lint"> {
	return { screen: "lint", result: null, filter: "", errorsOnly: false };
}

export type ScreenOf<Name extends ScreenName> = Extract<ScreenState, { readonly screen: Name }>;

/** A line being typed at the foot of the screen. */
export interface Prompt {
	readonly purpose: "filter" | "command" | "note" | "answer" | "confirm" | "leave" | "takeUp";
	/** What a note is about: a `findingKey`; an answer: the key of its question; an operation to be taken up: its id. */
	readonly subject?: string;
	readonly text: string;
	/** In UTF-16 units, always between two graphemes. */
	readonly cursor: number;
	/** How far back in the history of commands; 0 is the line being typed. */
	readonly recall: number;
	/** What was typed before the history was looked at; for a filter, what it was before. */
	readonly before: string;
}

/** All that the operator did to the screen; what is known of the cluster is in the store. */
export interface UiState {
	/** The last one is shown; Esc goes back to the one before. Never empty. */
	readonly screens: readonly [ScreenState, ...ScreenState[]];
	readonly prompt: Prompt | null;
	/** Commands entered, the newest last. */
	readonly commands: readonly string[];
	/** What was known when the display was paused, or null. */
	readonly frozen: ConsoleState | null;
	readonly themeName: string;
	/** The theme to go back to while another is tried, or null when none is. */
	readonly themeBefore: string | null;
	/** What the last key did, or why it did nothing; gone with the next key. */
	readonly message: {
		readonly text: string;
		readonly isProblem: boolean;
		/** The id of the binding that it is about: over as soon as that can be used. */
		readonly whileDisabled: string | null;
	} | null;
}

export function initialUiState(themeName: string): UiState {
	return {
		screens: [{ screen: "topology", nodeId: null, sort: null, filter: "", errorsOnly: false }],
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
