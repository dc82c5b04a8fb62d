import type { ReactNode } from "react";
import { vi } from "vitest";
import { type ComposedPractice, composePractice, followPractice } from "../../src/app/practice.ts";
import { openFirstSetUp, sessionTo } from "../../src/app/practice-set-up.ts";
import type { PlayState } from "../../src/model/practice.ts";
import { openSession, type Session } from "../../src/session/session.ts";
import { App } from "../../src/ui/app.tsx";
import { NewClusterApp } from "../../src/ui/new-cluster/app.tsx";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { THEMES, type Theme } from "../../src/ui/theme/theme.ts";
import { settled } from "./fake-cluster.ts";
import { renderAt } from "./render-at.tsx";

/** Longer than any scenario takes. */
const MOST_MS = 300_000;
const TURN_MS = 100;
/** React draws between fake times by these. */
const realImmediate = setImmediate;
const drawn = (): Promise<void> => new Promise((resolve) => realImmediate(() => realImmediate(resolve)));

function composedPractice(name: string, speed: number): ComposedPractice {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value, problems } = composePractice(client, name, speed, true);
	if (value === undefined) throw new Error(JSON.stringify(problems));
	return value;
}

function darkTheme(): Theme {
	const theme = THEMES.get("dark");
	if (theme === undefined) throw new Error("no theme");
	return theme;
}

/** The console's screen on a practice that solves itself, on fake timers. */
export async function playScenario(
	name: string,
	size: { readonly columns: number; readonly rows: number },
	speed: number,
) {
	const composed = composedPractice(name, speed);
	const { practice, cluster } = composed;
	const { play } = practice;
	if (play === null) throw new Error("it does not play");
	let text = (): string => "";
	const shownOn = async (tree: ReactNode) => {
		const shown = await renderAt(tree, size);
		text = shown.text;
		return shown;
	};
	const screenText = (): string => text();
	const watched = async (options: typeof composed.session) => {
		const opened = openSession({ ...options, hostLooks: "after the servers" });
		followPractice(opened.store, practice, () => {});
		await settled(opened.firstPicture());
		const props = { session: opened, practice, themes: THEMES, themeName: "dark", bindings: BINDINGS };
		return { session: opened, screen: await shownOn(<App {...props} screenText={screenText} />) };
	};
	let conninfo: string | null = null;
	const { bareHosts } = composed.scenario;
	const setUp = bareHosts === undefined ? null : openFirstSetUp(composed);
	let { session, screen }: { session: Session | null; screen: Awaited<ReturnType<typeof renderAt>> } =
		setUp === null
			? await watched(composed.session)
			: {
					session: null,
					screen: await shownOn(
						<NewClusterApp
							{...{ cluster: setUp, practice, theme: darkTheme(), screenText }}
							watch={(made) => {
								conninfo = made;
							}}
						/>,
					),
				};
	async function pass(ms: number): Promise<void> {
		for (let passed = 0; passed < ms; passed += TURN_MS) {
			await vi.advanceTimersByTimeAsync(TURN_MS);
			await drawn();
			if (conninfo === null) continue;
			screen.unmount();
			({ session, screen } = await watched(sessionTo(composed, conninfo)));
			conninfo = null;
		}
	}
	return {
		...{ practice, play, cluster, pass, journalPath: composed.session.journalPath },
		get screen() {
			return screen;
		},
		/** Throws where no cluster is watched yet. */
		get session(): Session {
			if (session === null) throw new Error("no cluster is watched");
			return session;
		},
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
			session?.close();
			setUp?.close();
			composed.close();
			if (cluster.unknown.length > 0) throw new Error(`not part of practice: ${cluster.unknown.join(", ")}`);
		},
	};
}
