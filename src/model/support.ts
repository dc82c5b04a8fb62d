import type { LintReport } from "./lint-result.ts";
import type { NodeLogs } from "./log-tail.ts";
import type { Setup } from "./setup.ts";

/** What people who help from afar ask for, read once. */
export interface Support {
	readonly setup: Setup;
	readonly lint: LintReport;
	/** The newest lines, by node id; a node without SSH has a fault instead. */
	readonly logs: ReadonlyMap<number, NodeLogs>;
}
