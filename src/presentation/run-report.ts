import { type Ending, isMainStepDone, type RunState } from "../operation/run/run-state.ts";

interface EndingText {
	readonly text: string;
	readonly severity: "ok" | "warning" | "critical";
}

const ENDINGS: Readonly<Record<RunState["outcome"], EndingText>> = {
	running: { text: "running", severity: "ok" },
	done: { text: "done and verified", severity: "ok" },
	failed: { text: "failed", severity: "critical" },
	stopped: { text: "stopped before all steps were done", severity: "warning" },
	detached: {
		text: "detached: the running step continues on its host, and no further step begins",
		severity: "warning",
	},
};

/** How an operation ended. */
export function runEnding(run: Pick<RunState, "outcome" | "plan" | "steps">): EndingText {
	if (run.outcome === "failed" && isMainStepDone(run))
		return { text: "done, but some steps failed", severity: "warning" };
	return ENDINGS[run.outcome];
}

export const STALLED = "no primary has been seen for long, and the command is still running";

/** Outcome of an operation in the journal. `isAlive` null: unknown, because it belongs to another machine. */
export function outcomeLabel({
	outcome,
	isAlive,
}: {
	readonly outcome: Ending | "interrupted";
	readonly isAlive: boolean | null;
}): Ending | "interrupted" | "running" | "running?" {
	if (outcome !== "interrupted" || isAlive === false) return outcome;
	return isAlive === true ? "running" : "running?";
}
