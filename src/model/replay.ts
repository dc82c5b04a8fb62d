/** A place in a record that one can jump to. */
export interface ReplayMark {
	/** Epoch ms. */
	readonly at: number;
	readonly of: "finding" | "event" | "operation" | "change";
	/** A critical finding has opened. */
	readonly isGrave: boolean;
	/** For the operator. */
	readonly text: string;
}

/** How far a replay is. All times are epoch ms by the clock of the console that recorded. */
export interface ReplayState {
	readonly at: number;
	/** The last thing recorded until then: what is shown is of this time. */
	readonly shownAt: number;
	readonly from: number;
	readonly to: number;
	readonly isPlaying: boolean;
	/** How many times as fast as it was. */
	readonly speed: number;
	/** In the order of their times. */
	readonly marks: readonly ReplayMark[];
}

/** A record that is played back, as the screen and the operator see it beside the cluster itself. */
export interface Replay {
	readonly state: () => ReplayState;
	/** Plays, or pauses. */
	readonly toggle: () => void;
	readonly setSpeed: (speed: number) => void;
	/** To the next moment (1), or the one before (-1), at which what is shown changed. */
	readonly step: (by: 1 | -1) => void;
	/** To the next, or the last, beginning or end of a finding, or event or operation. @returns what it is; null: there is none. */
	readonly jump: (of: "finding" | "event", by: 1 | -1) => string | null;
	readonly seek: (at: number) => void;
}
