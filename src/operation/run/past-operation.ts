import type { TimeRange } from "../../model/found-lines.ts";
import type { DrillFigures, PastOperation } from "../../model/incident.ts";
import type { DrillReport } from "../drill/report.ts";
import type { RunState } from "./run-state.ts";

/** What a failed step printed at last. */
const OUTPUT_LINES = 8;
/** An operation whose end is not known is told for this time, ms. */
const UNENDED_MS = 3_600_000;

/** Was it carried out in this time, or in a part of it? */
export function isWithin(
	{ startedAt, endedAt }: Pick<PastOperation, "startedAt" | "endedAt">,
	{ from, to }: TimeRange,
): boolean {
	return startedAt <= to && (endedAt ?? startedAt + UNENDED_MS) >= from;
}

/** What a report tells of an operation's progress. */
export function progressOf({
	steps,
	report,
	plan,
}: RunState): Pick<PastOperation, "steps" | "drill" | "lossBytes"> {
	return {
		steps: steps.map(({ step, status, startedAt, endedAt, notes, output }) => ({
			...{ title: step.title, nodeId: step.command.nodeId, status, startedAt, endedAt, notes },
			output: status === "failed" ? lastLines(output) : [],
		})),
		drill: report === undefined ? null : figuresOf(report),
		lossBytes: plan.blastRadius.lossBytes,
	};
}

function figuresOf({ beganAt, primary, came }: DrillReport): DrillFigures {
	const { winner, writeOutageSeconds, acknowledgedWrites, lostWrites } = came;
	return { beganAt, primary, winner, writeOutageSeconds, acknowledgedWrites, lostWrites };
}

function lastLines(output: string): readonly string[] {
	return output
		.split("\n")
		.filter((line) => line.trim() !== "")
		.slice(-OUTPUT_LINES);
}
