import type { DrillFigures, PastOperation } from "../../model/incident.ts";
import type { DrillReport } from "../drill/report.ts";
import type { RunState } from "./run-state.ts";

/** What a failed step printed at last. */
const OUTPUT_LINES = 8;

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
