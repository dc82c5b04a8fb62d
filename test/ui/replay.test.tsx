import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Replay, ReplayState } from "../../src/model/replay.ts";
import { REPLAY_ONLY, replaySession } from "../../src/session/replay-session.ts";
import { App } from "../../src/ui/app.tsx";
import { goToTime, withReplay } from "../../src/ui/replay/bindings.ts";
import { barOf } from "../../src/ui/replay/time-bar.tsx";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { THEMES } from "../../src/ui/theme/theme.ts";
import { eventsOf } from "../../src/ui/use-keys.ts";
import { frameAt } from "../support/frame.tsx";
import { uiContext } from "../support/ui-context.tsx";

const at = (text: string): number => Date.parse(`2026-11-30T${text}Z`);

const STATE: ReplayState = {
	at: at("03:10:00"),
	shownAt: at("03:09:59"),
	from: at("03:00:00"),
	to: at("03:20:00"),
	isPlaying: false,
	speed: 1,
	marks: [
		{ at: at("03:15:00"), of: "finding", isGrave: true, text: "critical: NO_PRIMARY" },
		{ at: at("03:18:00"), of: "event", isGrave: false, text: "status" },
	],
};

/** A replay that notes what it is told. */
function fakeReplay() {
	const told: string[] = [];
	const replay: Replay = {
		state: () => STATE,
		toggle: () => told.push("toggle"),
		setSpeed: (speed) => told.push(`speed ${speed}`),
		step: (by) => told.push(`step ${by}`),
		jump(of, by) {
			told.push(`jump ${of} ${by}`);
			return null;
		},
		seek: (time) => told.push(`seek ${new Date(time).toISOString()}`),
	};
	return { told, replay };
}

test("the bar says what is over, where the replay is, and where something grave happened", () => {
	expect(barOf(STATE, 8)).toBe("━━━━●─!─");
	expect(barOf({ ...STATE, at: STATE.to }, 8)).toBe("━━━━━━!●");
	expect(barOf({ ...STATE, to: STATE.from }, 3)).toBe("●──");
});

test("its keys play, step and jump; what needs the cluster is impossible, and says so", () => {
	const { told, replay } = fakeReplay();
	const { context: plain } = uiContext();
	const context = { ...plain, replay, bindings: withReplay(BINDINGS) };
	for (const key of ["space", "right", "left", "+", ">", "<", "}", "{"]) eventsOf(context, key, key);
	expect(told).toEqual([
		...["toggle", "step 1", "step -1", "speed 2", "jump finding 1", "jump finding -1"],
		...["jump event 1", "jump event -1"],
	]);
	expect(goToTime(context, "03:05")).toMatchObject({ event: "say", isProblem: false });
	expect(told.at(-1)).toBe("seek 2026-11-30T03:05:00.000Z");
	expect(goToTime(context, "x")).toMatchObject({ isProblem: true });
	expect(goToTime(plain, "03:05")).toMatchObject({ isProblem: true });
	for (const key of ["s", "o", "r", "P", "H"]) {
		expect(eventsOf(context, key, key)).toMatchObject([
			{ event: "say", text: expect.stringContaining(REPLAY_ONLY), isProblem: true },
		]);
	}
});

test("REPLAY stands over the footer of every screen, and an operation that is asked for is refused", () => {
	const { replay } = fakeReplay();
	const session = replaySession(uiContext().store);
	const frame = frameAt(
		100,
		<App session={session} themes={THEMES} themeName="dark" bindings={BINDINGS} replay={replay} />,
	);
	const lines = stripVTControlCharacters(frame).split("\n");
	expect(lines.at(-2)).toMatch(
		/^ REPLAY {2}paused 1× {2}2026-11-30 03:10:00 UTC {2}03:00:00 ━+●─+!─+ 03:20:00$/,
	);
	const late = { ...replay, state: () => ({ ...STATE, shownAt: at("03:02:00") }) };
	const gap = frameAt(
		100,
		<App session={session} themes={THEMES} themeName="dark" bindings={BINDINGS} replay={late} />,
	);
	// No console ran at 03:10.
	expect(stripVTControlCharacters(gap)).toContain("03:10:00 UTC not recorded; this is 2026-11-30 03:02:00");
	session.operationStore.ask({ kind: "promote", nodeId: 2 } as never);
	expect(session.operationStore.store.getState().pending).toMatchObject({
		state: "refused",
		refusal: { message: REPLAY_ONLY },
	});
});
