import { REPLAY_ONLY } from "../../session/replay-session.ts";
import { formatDateTime } from "../../text/format.ts";
import { timeWithin } from "../../text/typed-time.ts";
import type { Binding, Reaction, UiContext } from "../context.ts";
import { openPrompt, problem, say } from "../reduce.ts";

const SPEEDS = [1, 2, 5, 10, 30, 60, 300];

/** The keys of a replay, which take theirs from others. What needs the cluster says why it is impossible. */
export function withReplay(bindings: readonly Binding[]): readonly Binding[] {
	const rest = bindings.map((binding) =>
		binding.needsCluster ? { ...binding, disabled: () => REPLAY_ONLY } : binding,
	);
	return [...REPLAY_BINDINGS, ...rest];
}

export const REPLAY_BINDINGS: readonly Binding[] = [
	{
		id: "replay.play",
		keys: ["space"],
		label: "play",
		help: "In a replay: play, or pause.",
		run: ({ replay }) => {
			replay?.toggle();
			return say(replay?.state().isPlaying ? "playing" : "paused");
		},
	},
	step("replay.forth", "right", 1, "To the next change."),
	step("replay.back", "left", -1, "To the change before."),
	pace("replay.faster", ["+", "="], (speed) => SPEEDS.find((one) => one > speed)),
	pace("replay.slower", ["-"], (speed) => SPEEDS.findLast((one) => one < speed)),
	jump("replay.nextFinding", ">", "finding", 1),
	jump("replay.previousFinding", "<", "finding", -1),
	jump("replay.nextEvent", "}", "event", 1),
	jump("replay.previousEvent", "{", "event", -1),
	{
		id: "replay.time",
		keys: ["@"],
		label: "time",
		help: "In a replay: go to a time, such as 03:14:05.",
		run: () => openPrompt("command", "goto "),
	},
];

function step(id: string, key: string, by: 1 | -1, help: string): Binding {
	return {
		id,
		keys: [key],
		label: by === 1 ? "on" : "back",
		help: `In a replay: ${help.toLowerCase()}`,
		run({ replay }) {
			const before = replay?.state().at;
			replay?.step(by);
			return replay?.state().at === before
				? say(`there is no ${by === 1 ? "later" : "earlier"} change`)
				: shown;
		},
	};
}

/** Drawn by the store's change; nothing to say. */
const shown = say("");

function pace(id: string, keys: readonly string[], next: (speed: number) => number | undefined): Binding {
	const isFaster = id.endsWith("faster");
	return {
		id,
		keys,
		label: isFaster ? "faster" : "slower",
		help: `In a replay: play ${isFaster ? "faster" : "slower"}, up to ${SPEEDS.at(-1)} times as fast as it was.`,
		isQuiet: true,
		run({ replay }) {
			const speed = next(replay?.state().speed ?? 1);
			if (speed === undefined) return say(`it gets no ${isFaster ? "faster" : "slower"}`);
			replay?.setSpeed(speed);
			return say(`${speed} times as fast as it was`);
		},
	};
}

function jump(id: string, key: string, of: "finding" | "event", by: 1 | -1): Binding {
	const where = by === 1 ? "next" : "previous";
	const what = of === "finding" ? "beginning or end of a finding" : "event or step of an operation";
	return {
		id,
		keys: [key],
		label: of,
		help: `In a replay: go to the ${where} ${what}.`,
		...(by === -1 && { isQuiet: true as const }),
		run: ({ replay }) => say(replay?.jump(of, by) ?? `there is no ${by === 1 ? "further" : "earlier"} one`),
	};
}

/** Goes to a time of day, or a date and time, in UTC. */
export function goToTime({ replay }: UiContext, text: string): Reaction {
	if (replay === undefined) return problem("goto: only in a replay");
	const at = timeWithin(text, replay.state());
	if (at === null) return problem(`"${text}" is no time: 03:14, 03:14:05 or 2026-11-30 03:14`);
	replay.seek(at);
	return say(`${formatDateTime(replay.state().at)} UTC`);
}
