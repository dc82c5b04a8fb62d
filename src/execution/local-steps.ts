import type { DrillReport } from "../operation/drill/report.ts";
import type { Step } from "../operation/plan/plan.ts";
import type { RunState } from "../operation/run/run-state.ts";

/**
 * What this console does itself within a step.
 *
 * @param tell takes a line of what happens.
 * @returns whether it went as it should.
 */
export type OwnWork = (tell: (line: string) => void, signal: AbortSignal) => Promise<boolean>;

/** What belongs to an operation beside commands on hosts. */
export interface LocalSteps {
	/** By the key of the step; undefined where the console only watches. */
	own(key: string): OwnWork | undefined;
	/** What is left to be done after a step that looks again, by what is seen now. */
	remainder(): Promise<readonly Step[]>;
	/** What came of it; null where there is nothing to tell. */
	report(state: RunState): DrillReport | null;
	/** The run has ended, or goes on without us. */
	close(): void;
}
