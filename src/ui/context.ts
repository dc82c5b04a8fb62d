import type { TopologyColumn } from "../presentation/topology.ts";
import type { OperationsState, Session } from "../session/session.ts";
import type { ConsoleState } from "../store/console-store.ts";
import type { UiEvent } from "./reduce.ts";
import { currentScreen, type ScreenName, type ScreenOf, type UiState } from "./ui-state.ts";

/** What a key or a command may look at, and whom it may ask. */
export interface UiContext {
	readonly ui: UiState;
	/** What is shown: the store's state, or that of the moment when the display was paused. */
	readonly data: ConsoleState;
	/** What is wanted and carried out; it goes on while the display is paused. */
	readonly operationStore: OperationsState;
	/** Epoch ms; it goes on as well. */
	readonly now: number;
	readonly session: Session;
	/** Of the terminal. */
	readonly columns: number;
	readonly rows: number;
	/** Lines that the current screen may draw. */
	readonly bodyRows: number;
	readonly themeNames: readonly string[];
	/** That the user chose for the table of nodes; without them it has all. */
	readonly topologyColumns?: readonly TopologyColumn[];
	/** Puts a text on the operator's clipboard, through the terminal (OSC 52). */
	readonly copy: (text: string) => void;
	/** Makes the terminal report clicks and the wheel, or no longer. */
	readonly setMouse: (isOn: boolean) => void;
	/** Draws everything, whatever stands on the terminal now. */
	readonly redraw: () => void;
	/** Stops the process as Ctrl-Z does for other programs. */
	readonly suspend: () => void;
	readonly exit: () => void;
}

/** The current screen's choices if it is the named one. */
export function screenIf<Name extends ScreenName>({ ui }: UiContext, name: Name): ScreenOf<Name> | null {
	const screen = currentScreen(ui);
	return screen.screen === name ? (screen as ScreenOf<Name>) : null;
}

/** What a key or a command leads to; null when it only had an effect outside. */
export type Reaction = UiEvent | null;

/** One thing the operator can do. Footer, help, reference/keys.md, rebinding and dispatch read one list of these. */
export interface Binding {
	/** What the configuration rebinds it by, e.g. "node.open". */
	readonly id: string;
	/** Names of keys (keys.ts). */
	readonly keys: readonly string[];
	/** One or two words for the footer. */
	readonly label: string;
	/** A sentence for the help screen. */
	readonly help: string;
	/** Where it works; undefined is everywhere. */
	readonly screens?: readonly ScreenName[];
	/** Not in the footer: everybody knows it, or it is too rare. */
	readonly isQuiet?: true;
	/** Why it can't be done now, or null. It stays visible all the same. */
	readonly disabled?: (context: UiContext) => string | null;
	readonly run: (context: UiContext) => Reaction;
}
