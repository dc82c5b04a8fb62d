import { render } from "ink";
import type { Session } from "../session.ts";
import { App } from "./app.tsx";
import { BINDINGS } from "./bindings/index.ts";
import { THEMES } from "./theme.ts";

/** Shows the console on this terminal until the operator quits; the terminal is then as it was. */
export async function openScreen(session: Session): Promise<void> {
	const screen = render(
		<App
			session={session}
			themes={THEMES}
			themeName={process.env.NO_COLOR ? "mono" : "dark"}
			bindings={BINDINGS}
		/>,
		{
			alternateScreen: true,
			// A frame is the lines that changed: 0.3 kB instead of 12 kB, which matters over SSH.
			incrementalRendering: true,
			exitOnCtrlC: false,
			interactive: true,
		},
	);
	await screen.waitUntilExit();
}
