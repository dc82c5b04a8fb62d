import { render } from "ink";
import type { TopologyColumn } from "../presentation/topology.ts";
import type { Session } from "../session/session.ts";
import { App } from "./app.tsx";
import type { Binding } from "./context.ts";
import type { Capabilities } from "./terminal/capabilities.ts";
import { FrameStream } from "./terminal/frame/frame-stream.ts";
import { MouseTerminal } from "./terminal/mouse-terminal.ts";
import { neverWait } from "./terminal/never-wait.ts";
import { redrawOnResize } from "./terminal/redraw-on-resize.ts";
import { asciiText } from "./text/ascii-text.ts";
import { themeFor } from "./theme/theme.ts";
import type { ThemeRecord } from "./theme/theme-records.ts";

/** How the screen is to be: what the user wants, as far as the terminal can show it. */
export interface ScreenOptions {
	readonly capabilities: Capabilities;
	readonly themes: ReadonlyMap<string, ThemeRecord>;
	readonly themeName: string;
	readonly bindings: readonly Binding[];
	readonly topologyColumns?: readonly TopologyColumn[];
	/** Clicks and the wheel. */
	readonly hasMouse: boolean;
}

/**
 * A key that comes just after a frame waits for the next one. What nodes tell comes in batches that are further apart
 * (`BATCH_MS` in probe), so this is no more work.
 */
export const FRAMES_A_SECOND = 120;

/** A screen that is shown. */
export interface OpenScreen {
	/** Resolves when the operator has quit, or one of the others was called; rejects where the screen itself breaks. */
	readonly closed: Promise<unknown>;
	/** Leaves the terminal as it was. */
	close(): void;
	/** The terminal is gone, or takes nothing any more: leaves without a word to it. */
	abandon(): void;
}

/** Shows the console on this terminal until the operator quits; the terminal is then as it was. */
export function openScreen(
	session: Session,
	{ capabilities, themes, hasMouse, ...options }: ScreenOptions,
): OpenScreen {
	// Before the first frame: a key typed until Ink asks for this itself would be echoed into the screen.
	process.stdin.setRawMode(true);
	// Node would print them into the screen.
	process.removeAllListeners("warning");
	neverWait(process.stdout);
	// ASCII is made here, once, where text leaves: no component and no view-model has to know, and none can forget.
	const frames = new FrameStream(process.stdout, (text) => (capabilities.isUnicode ? text : asciiText(text)));
	const mouse = new MouseTerminal(process.stdin, process.stdout);
	mouse.set(hasMouse);
	const screen = render(
		<App
			session={session}
			themes={new Map([...themes].map(([name, record]) => [name, themeFor(record, capabilities)]))}
			mouse={mouse}
			{...options}
		/>,
		{
			stdin: mouse.stdin,
			stdout: frames.stdout,
			alternateScreen: true,
			exitOnCtrlC: false,
			interactive: true,
			maxFps: FRAMES_A_SECOND,
		},
	);
	redrawOnResize(screen, frames, process.stdin);
	// Ink waits until its last words are written, on a terminal that is gone for ever.
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
