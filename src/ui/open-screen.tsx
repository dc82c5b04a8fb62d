import { render } from "ink";
import type { ReactNode } from "react";
import type { Practice } from "../model/practice.ts";
import type { Replay } from "../model/replay.ts";
import type { TopologyColumn } from "../presentation/topology.ts";
import type { Session } from "../session/session.ts";
import { App, type AppProps } from "./app.tsx";
import type { Binding } from "./context.ts";
import type { Capabilities } from "./terminal/capabilities.ts";
import { FrameStream } from "./terminal/frame/frame-stream.ts";
import { MouseTerminal } from "./terminal/mouse.ts";
import { neverWait } from "./terminal/output.ts";
import { redrawOnResize } from "./terminal/redraw.ts";
import { asciiText } from "./text/ascii-text.ts";
import { themeFor } from "./theme/theme.ts";
import type { ThemeRecord } from "./theme/theme-records.ts";

/** What the user wants, limited to what the terminal can show. */
export interface ScreenOptions {
	readonly capabilities: Capabilities;
	readonly themes: ReadonlyMap<string, ThemeRecord>;
	readonly themeName: string;
	readonly bindings: readonly Binding[];
	readonly topologyColumns?: readonly TopologyColumn[];
	readonly runProgram?: NonNullable<AppProps["runProgram"]>;
	/** The cluster is a simulated one. */
	readonly practice?: Practice;
	/** What is shown is a record. */
	readonly replay?: Replay;
	/** The terminal rings and notifies on a new critical finding. */
	readonly hasBell: boolean;
	readonly clusters?: NonNullable<AppProps["clusters"]>;
	/** Clicks and the wheel. */
	readonly hasMouse: boolean;
}

/**
 * A key pressed just after a frame waits for the next one, so this is many. It costs nothing more: reports come in batches
 * that are further apart (`BATCH_MS` in probe).
 */
export const FRAMES_A_SECOND = 120;

/** A screen that is shown. */
export interface OpenScreen {
	/** Resolves when the operator has quit or a method below was called; rejects if the screen fails. */
	readonly closed: Promise<unknown>;
	/** Leaves the terminal as it was. */
	close(): void;
	/** Leaves without writing to the terminal, which is gone or takes nothing. */
	abandon(): void;
}

/** Shows the console on this terminal until the operator quits, and then restores the terminal. */
export function openScreen(
	session: Session,
	{ capabilities, themes, hasMouse, ...options }: ScreenOptions,
): OpenScreen {
	const terminal = takeTerminal(capabilities);
	terminal.mouse.set(hasMouse);
	return shown(
		<App
			session={session}
			themes={new Map([...themes].map(([name, record]) => [name, themeFor(record, capabilities)]))}
			mouse={terminal.mouse}
			canNotify={capabilities.canNotify}
			screenText={() => terminal.frames.text()}
			{...options}
		/>,
		terminal,
	);
}

export interface TakenTerminal {
	readonly frames: FrameStream;
	readonly mouse: MouseTerminal;
}

export function takeTerminal({ isUnicode, canBeAsked }: Capabilities): TakenTerminal {
	// Ink 8.0.0 does this after the first frame: a key typed before would be echoed into the screen.
	process.stdin.setRawMode(true);
	// Node would print warnings into the screen.
	process.removeAllListeners("warning");
	neverWait(process.stdout);
	// Made ASCII here, where text leaves, so that no component has to know.
	const frames = new FrameStream(process.stdout, (text) => (isUnicode ? text : asciiText(text)), canBeAsked);
	const mouse = new MouseTerminal(process.stdin, process.stdout, (isSynchronized) => {
		frames.isSynchronized = isSynchronized;
	});
	return { frames, mouse };
}

/** Draws a tree on it. */
export function shown(tree: ReactNode, { frames, mouse }: TakenTerminal): OpenScreen {
	const screen = render(tree, {
		stdin: mouse.stdin,
		stdout: frames.stdout,
		alternateScreen: true,
		exitOnCtrlC: false,
		interactive: true,
		maxFps: FRAMES_A_SECOND,
	});
	redrawOnResize(screen, frames, process.stdin);
	// Ink 8.0.0's unmount waits until its last output is written: for ever on a terminal that is gone.
	const { promise: abandoned, resolve: leave } = Promise.withResolvers<void>();
	return {
		closed: Promise.race([screen.waitUntilExit(), abandoned]),
		close: () => screen.unmount(),
		abandon() {
			leave();
			neverWait(process.stderr);
			frames.close();
			screen.unmount();
		},
	};
}
