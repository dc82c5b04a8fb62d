/** Something that can be broken, or mended, on a node of a practice. */
export interface PracticeFault {
	readonly id: string;
	/** As words of a command: "kill PostgreSQL"; where it is broken already, what mends it. */
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

/** A simulated cluster, as the screen and the operator see it beside the cluster itself. */
export interface Practice {
	readonly state: () => PracticeState;
	readonly faultsOn: (nodeId: number) => readonly PracticeFault[];
	/** Breaks or mends something. @returns what was done, for the operator. */
	readonly make: (nodeId: number, faultId: string) => string;
	/** Shows one hint more. */
	readonly askHint: () => void;
	readonly setSpeed: (speed: number) => void;
}
