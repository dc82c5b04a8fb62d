import type { ReactNode } from "react";
import type { Practice } from "../model/practice.ts";
import type { Replay } from "../model/replay.ts";
import type { TopologyColumn } from "../presentation/topology.ts";
import type { OperationsState, Session } from "../session/session.ts";
import type { ConsoleState } from "../store/console-store.ts";
import type { UiEvent } from "./reduce.ts";
import type { ScreenName } from "./screens/states.ts";
import { currentScreen, type UiState } from "./ui-state.ts";

/** Everything a frame is drawn from, and what keys and commands may read and call. A value: never changed, only copied. */
export interface UiContext {
	readonly ui: UiState;
	/** What is shown: the store's state, or the state when the display was paused. */
	readonly data: ConsoleState;
	/** Operations go on while the display is frozen. */
	readonly operationStore: OperationsState;
	/** Epoch ms; goes on while the display is frozen. */
	readonly now: number;
	readonly session: Session;
	/** The cluster is a simulated one. */
	readonly practice?: Practice;
	/** What is shown is a record. */
	readonly replay?: Replay;
	/** Of the terminal. */
	readonly columns: number;
	readonly rows: number;
	/** Lines that the current screen may draw. */
	readonly bodyRows: number;
	readonly screens: Readonly<Record<ScreenName, ScreenEntry>>;
	/** With the user's keys. */
	readonly bindings: readonly Binding[];
	readonly themeNames: readonly string[];
	/** The user's choice for the table of nodes; undefined is all. */
	readonly topologyColumns?: readonly TopologyColumn[];
	/** Puts a text on the operator's clipboard, through the terminal (OSC 52). */
	readonly copy: (text: string) => void;
	/** Turns mouse reporting on or off. */
	readonly setMouse: (isOn: boolean) => void;
	/** Draws the whole screen again, whatever the terminal shows now. */
	readonly redraw: () => void;
	/** Stops the process as Ctrl-Z does for other programs. */
	readonly suspend: () => void;
	/** Suspends the screen for another program on a node. */
	readonly openProgram: (program: ProgramName, nodeId: number) => void;
	/** Names of the clusters in the configuration file. */
	readonly clusters: readonly string[];
	/** Leaves this cluster for another one. */
	readonly openCluster: (name: string) => void;
	readonly exit: () => void;
}

/** Programs on this machine that the screen makes way for. */
export const PROGRAMS = ["psql", "ssh", "pg_activity"] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** A screen as the app sees it (screen.tsx makes one). */
export interface ScreenEntry {
	readonly name: ScreenName;
	/** Its name in help and in the reference. */
	readonly title: string;
	/** It has a filter and "errors only". */
	readonly hasFilter: boolean;
	readonly bindings: readonly Binding[];
	/** Of a text: scrolls to the first line from there on that matches, or says that there is none. */
	readonly find?: (context: UiContext, text: string, from: number) => Reaction;
	readonly draw: (context: UiContext) => ReactNode;
	/** A click on a line of the body: selects it, or "open" if it was selected already. */
	readonly click: (context: UiContext, line: number) => UiEvent | "open" | null;
}

/** What a key or a command leads to; null if it only had an effect outside. */
export type Reaction = UiEvent | null;

/** One thing the operator can do. Footer, help, reference, rebinding and dispatch read one list of these. */
export interface Binding {
	/** The configuration rebinds it by this name, e.g. "node.open". */
	readonly id: string;
	/** Names of keys (keys.ts). */
	readonly keys: readonly string[];
	/** One or two words for the footer. */
	readonly label: string;
	/** A sentence for the help screen. */
	readonly help: string;
	/** Where it works; undefined is everywhere. */
	readonly screens?: readonly ScreenName[];
	/** Not in the footer, because it is well known or rare. */
	readonly isQuiet?: true;
	/** Not in the footer while it is disabled. */
	readonly isOccasional?: true;
	/** In a replay it is impossible, and says so. */
	readonly needsCluster?: true;
	/** Why it can't be done now, or null. It stays visible. */
	readonly disabled?: (context: UiContext) => string | null;
	readonly run: (context: UiContext) => Reaction;
}

/** The bindings that work on a screen, in the order of the footer. */
export function bindingsOn(bindings: readonly Binding[], screen: ScreenName): readonly Binding[] {
	return bindings.filter(({ screens }) => screens === undefined || screens.includes(screen));
}

/** The binding of a key on the current screen, or null. */
export function bindingFor({ ui, bindings }: UiContext, key: string): Binding | null {
	return bindingsOn(bindings, currentScreen(ui).screen).find(({ keys }) => keys.includes(key)) ?? null;
}
