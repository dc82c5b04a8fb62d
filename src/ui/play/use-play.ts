import { useEffect, useReducer, useRef } from "react";
import type { Play, PlayState } from "../../model/practice.ts";
import { PLAY_ROWS } from "./play-bar.tsx";

/** How often the screen is looked at. */
const TURN_MS = 100;

export interface Playing {
	/** Null: the operator has the keys. */
	readonly state: PlayState | null;
	/** Takes the operator's keys while it plays. */
	readonly intercept: (name: string | null) => boolean;
	/** Keys are pressed by this. */
	readonly pressBy: (press: (name: string, input: string) => void) => void;
}

/** What the bar itself says is no answer of the cluster's. */
function withoutBar(text: string): string {
	const lines = text.split("\n");
	return [...lines.slice(0, -PLAY_ROWS - 1), ...lines.slice(-1)].join("\n");
}

/** Lets a practice solve itself on this screen. `screenText` is what the operator sees; what a key of the operator's did is told. */
export function usePlay(play: Play | null, screenText: () => string, tell: (text: string) => void): Playing {
	const [, draw] = useReducer((count: number) => count + 1, 0);
	const press = useRef<(name: string, input: string) => void>(() => undefined);
	useEffect(() => {
		if (play === null) return;
		const timer = setInterval(() => {
			const before = play.state();
			const key = play.turn(withoutBar(screenText()));
			if (key !== null) press.current(key.name, key.input);
			if (play.state() !== before) draw();
		}, TURN_MS);
		return () => clearInterval(timer);
	}, [play, screenText]);
	const state = play?.state() ?? null;
	return {
		state: state?.status === "ended" ? null : state,
		intercept(name) {
			const said = play?.interrupt(name) ?? null;
			if (said !== null) tell(said);
			return said !== null;
		},
		pressBy(by) {
			press.current = by;
		},
	};
}
