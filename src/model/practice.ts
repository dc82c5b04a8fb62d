import type { Finding } from "./finding.ts";

/** Something that can be broken, or repaired, on a node of a practice. */
export interface PracticeFault {
	readonly id: string;
	/** As words of a command: "kill PostgreSQL"; where it is broken already, what repairs it. */
	readonly title: string;
	/** A sentence. */
	readonly about: string;
	/** Why it can't be done now, or null. */
	readonly unfit: string | null;
}

/** How far a practice is. */
export interface PracticeState {
	/** e.g. "A dead primary". */
	readonly title: string;
	/** What the operator is told, as sentences. */
	readonly story: string;
	/** What a good end is, as a sentence; "" where there is no task. */
	readonly goal: string;
	/** Has all happened that the scenario holds, and is the cluster as it should be? */
	readonly isSolved: boolean;
	/** Those that the operator has asked for. */
	readonly hints: readonly string[];
	readonly hasMoreHints: boolean;
	/** What happened, what it cost and what would have been better, one a line; empty until it is solved. */
	readonly debrief: readonly string[];
	/** How many times faster than real it passes. */
	readonly speed: number;
}

/** A key as the screen takes it: its name, and what it types ("" where that is nothing). */
export interface PressedKey {
	readonly name: string;
	readonly input: string;
}

/** How far a practice is that solves itself. A value: another one after each change. */
export interface PlayState {
	/** From 1. */
	readonly step: number;
	readonly steps: number;
	/** What is typed; "": nothing. */
	readonly type: string;
	/** Names of keys, in the order in which they are pressed then; both empty: it only waits. */
	readonly press: readonly string[];
	/** A sentence: why this key, or why one waits. */
	readonly why: string;
	/** What the screen does not show yet; null: it shows all. */
	readonly waitsFor: string | null;
	/** "over": all keys are pressed; "ended": the operator has the keys. */
	readonly status: "playing" | "paused" | "over" | "ended";
}

/** A practice that solves itself, key by key. */
export interface Play {
	readonly state: () => PlayState;
	/** Time has passed. @param screen what the operator sees, as text. @returns the key to press now, or null. */
	readonly turn: (screen: string) => PressedKey | null;
	/** The operator has pressed a key. @returns what that did, for the operator; null: the key is not the play's. */
	readonly interrupt: (key: string | null) => string | null;
}

/** What was done, or why it could not be, for the operator. */
export type PracticeMade =
	| { readonly done: string; readonly problem?: undefined }
	| { readonly done?: undefined; readonly problem: string };

/** A simulated cluster, as the screen and the operator see it beside the cluster itself. */
export interface Practice {
	readonly state: () => PracticeState;
	readonly faultsOn: (nodeId: number) => readonly PracticeFault[];
	/** Breaks or repairs something. */
	readonly make: (nodeId: number, faultId: string) => PracticeMade;
	/** Shows one hint more. */
	readonly askHint: () => void;
	readonly setSpeed: (speed: number) => void;
	/** The screen shows these findings: the debrief says when each was there first. */
	readonly see: (findings: readonly Pick<Finding, "code" | "severity" | "nodeId" | "message">[]) => void;
	/** Null: the operator solves it. */
	readonly play: Play | null;
}
