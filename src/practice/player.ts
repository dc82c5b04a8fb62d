import type { Play, PlayState, PressedKey } from "../model/practice.ts";
import { keysIn, type ScenarioKey } from "./scenarios/scenario.ts";

/** Stands for what a confirmation asks for: it depends on how much may be lost. */
const ANSWER = "{answer}";
/** A sentence is read in this time and so much for each of its characters. */
const LEAST_READ_MS = 1500;
const READ_MS_A_CHARACTER = 40;
/** Between keys that one sentence explains. */
const NEXT_KEY_MS = 250;

/** Presses the keys of a scenario at the pace of a person: each is explained, waited for and pressed. */
export class Player implements Play {
	readonly #keys: readonly ScenarioKey[];
	readonly #speed: () => number;
	#step = 0;
	/** What of this step is still to be pressed. */
	#left: readonly PressedKey[];
	#hasBegun = false;
	/** How long the screen has shown this step's sentence, at a speed of 1. */
	#readMs = 0;
	#needsMs: number;
	#at: number | null = null;
	#state: PlayState;

	constructor(keys: readonly ScenarioKey[], speed: () => number) {
		this.#keys = keys;
		this.#speed = speed;
		this.#left = pressed(keys[0]);
		this.#needsMs = readMs(keys[0]);
		this.#state = this.#shown({ status: "playing", waitsFor: keys[0]?.wait[0] ?? null });
	}

	state(): PlayState {
		return this.#state;
	}

	turn(screen: string): PressedKey | null {
		const now = Date.now();
		const ms = (now - (this.#at ?? now)) * this.#speed();
		this.#at = now;
		if (this.#state.status !== "playing") return null;
		const key = this.#keys[this.#step];
		if (key === undefined) return null;
		this.#readMs += ms;
		// What one key of several has led to is not what the first one waited for.
		const hasBegun = this.#hasBegun;
		const text = oneLine(screen);
		const waitsFor = hasBegun ? null : (key.wait.find((wanted) => !text.includes(oneLine(wanted))) ?? null);
		if (waitsFor !== this.#state.waitsFor) this.#state = this.#shown({ status: "playing", waitsFor });
		if (waitsFor !== null || this.#readMs < this.#needsMs) return null;
		if (!hasBegun) this.#left = pressed(key, askedFor(text));
		const [next = null, ...left] = this.#left;
		this.#left = left;
		this.#hasBegun = true;
		this.#readMs = 0;
		this.#needsMs = NEXT_KEY_MS;
		if (left.length === 0) this.#go();
		return next;
	}

	#go(): void {
		this.#step++;
		const key = this.#keys[this.#step];
		this.#left = pressed(key);
		this.#hasBegun = false;
		this.#needsMs = readMs(key);
		this.#state = this.#shown(
			key === undefined
				? { status: "over", waitsFor: null }
				: { status: "playing", waitsFor: key.wait[0] ?? null },
		);
	}

	interrupt(key: string | null): string | null {
		const { status, waitsFor } = this.#state;
		if (status === "ended") return null;
		if (status === "over") {
			this.#state = this.#shown({ status: "ended", waitsFor: null });
			return null;
		}
		if (key === "space") {
			const isPaused = status === "paused";
			this.#state = this.#shown({ status: isPaused ? "playing" : "paused", waitsFor });
			return isPaused ? "the play goes on" : "the play is paused; the cluster is not";
		}
		this.#state = this.#shown({ status: "ended", waitsFor: null });
		// Whoever wants to leave at once can.
		return key === "ctrl+c" ? null : "the play has ended: the keys are yours";
	}

	#shown({ status, waitsFor }: Pick<PlayState, "status" | "waitsFor">): PlayState {
		const { press, type = "", why = "" } = this.#keys[this.#step] ?? this.#keys.at(-1) ?? {};
		return {
			step: Math.min(this.#step + 1, this.#keys.length),
			steps: this.#keys.length,
			press: keysIn(press ?? ""),
			...{ type: type.replace(ANSWER, "(what is asked)"), why, waitsFor, status },
		};
	}
}

/** The word that the confirmation of a plan asks for. */
function askedFor(text: string): string {
	const [, words, name] =
		/Type (?:"([^"]+)" \([^)]*\)|(\S+)) (?:to proceed|to carry this out):/.exec(text) ?? [];
	return words ?? name ?? "";
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

function pressed(key: ScenarioKey | undefined, answer = ANSWER): readonly PressedKey[] {
	const typed = [...(key?.type ?? "").replace(ANSWER, answer)].map((input) => ({
		name: input === " " ? "space" : input,
		input,
	}));
	const named = keysIn(key?.press ?? "").map((name) => {
		const typedByIt = name === "space" ? " " : name;
		return { name, input: [...typedByIt].length === 1 ? typedByIt : "" };
	});
	return [...typed, ...named];
}

function readMs(key: ScenarioKey | undefined): number {
	return LEAST_READ_MS + READ_MS_A_CHARACTER * (key?.why.length ?? 0);
}
