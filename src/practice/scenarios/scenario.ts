/** A lesson: what happens when, and what a good end is. */
export interface Scenario {
	/** As a word of the command line. */
	readonly name: string;
	readonly title: string;
	/** What the operator is told, as sentences. */
	readonly story: string;
	/** As a sentence; "": no task. */
	readonly goal: string;
	/** Faults by their ids (faults.ts), in the cluster's own seconds from the beginning. */
	readonly happens: readonly { readonly seconds: number; readonly fault: string; readonly node: string }[];
	/** From vague to exact. */
	readonly hints: readonly string[];
	/** What the debrief ends with: what would have been better, and why. */
	readonly lesson: string;
}
