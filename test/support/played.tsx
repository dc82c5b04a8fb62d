import { vi } from "vitest";
import { composePractice, followPractice } from "../../src/app/practice.ts";
import type { PlayState } from "../../src/model/practice.ts";
import { openSession } from "../../src/session/session.ts";
import { App } from "../../src/ui/app.tsx";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { THEMES } from "../../src/ui/theme/theme.ts";
import { settled } from "./fake-cluster.ts";
import { renderAt } from "./render-at.tsx";

/** Longer than any scenario takes. */
const MOST_MS = 300_000;
const TURN_MS = 100;
/** React draws between fake times by these. */
const realImmediate = setImmediate;
const drawn = (): Promise<void> => new Promise((resolve) => realImmediate(() => realImmediate(resolve)));

/** The console's screen on a practice that solves itself, on fake timers. */
export async function playScenario(
	name: string,
	size: { readonly columns: number; readonly rows: number },
	speed: number,
) {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value: composed, problems } = composePractice(client, name, speed, true);
	if (composed === undefined) throw new Error(JSON.stringify(problems));
	const { practice, cluster } = composed;
	const { play } = practice;
	if (play === null) throw new Error("it does not play");
	const session = openSession({ ...composed.session, hostLooks: "after the servers" });
	followPractice(session.store, practice, () => {});
	await settled(session.firstPicture());
	let text = (): string => "";
	const screen = await renderAt(
		<App
			{...{ session, practice, themes: THEMES, themeName: "dark", bindings: BINDINGS }}
			screenText={() => text()}
		/>,
		size,
	);
	text = screen.text;
	async function pass(ms: number): Promise<void> {
		for (let passed = 0; passed < ms; passed += TURN_MS) {
			await vi.advanceTimersByTimeAsync(TURN_MS);
			await drawn();
		}
	}
	return {
		...{ screen, session, practice, play, cluster, pass, journalPath: composed.session.journalPath },
		/** Until all keys are pressed. Throws with the screen where it does not go on. */
		async toItsEnd(onStep: (before: PlayState, screen: string) => void = () => {}): Promise<void> {
			for (let ms = 0; play.state().status === "playing"; ms += TURN_MS) {
				if (ms > MOST_MS) throw new Error(`${JSON.stringify(play.state())}\n${screen.text()}`);
				const [before, shown] = [play.state(), screen.text()];
				await pass(TURN_MS);
				if (play.state().step !== before.step) onStep(before, shown);
			}
		},
		close() {
			screen.unmount();
			session.close();
			composed.close();
			if (cluster.unknown.length > 0) throw new Error(`not part of practice: ${cluster.unknown.join(", ")}`);
		},
	};
}
