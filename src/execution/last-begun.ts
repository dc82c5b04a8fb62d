import type { Step } from "../operation/plan/plan.ts";
import { sentence } from "../text/words.ts";
import { claimRun } from "./remote-run.ts";
import type { RunContext } from "./run-context.ts";

/** The operation stays interrupted if a host does not answer for so long. */
const PATIENCE_MS = 60_000;

/** An index, or null if no earlier console was involved. A fault, as a sentence: a host could not be asked. */
export type LastBegun =
	| { readonly value: number | null; readonly fault?: never }
	| { readonly fault: string; readonly value?: never };

/**
 * How far an interrupted operation has come: the index of the last step in order that was begun, or -1. Asks from the last
 * step backwards; the steps that were not begun never will be, even if the earlier console is still alive.
 */
export async function lastStepBegun(
	steps: readonly Step[],
	operationId: string,
	{ hosts }: Pick<RunContext, "hosts">,
	signal: AbortSignal,
): Promise<LastBegun> {
	for (const [index, { key, runs, by, command }] of [...steps.entries()].toReversed()) {
		const host = hosts.find(({ nodeId }) => nodeId === command.nodeId);
		if (runs !== "in order" || by === "this console" || host === undefined) continue;
		const claimed = await claimRun({ host, operationId, key }, { patienceMs: PATIENCE_MS, signal });
		if (claimed.fault !== undefined) {
			const way = "If that host is gone for good: runs --break-lock, then unpause";
			return {
				fault: `whether node ${command.nodeId} has begun "${key}" can't be told: ${sentence(claimed.fault)} ${way}`,
			};
		}
		if (claimed.value === "begun") return { value: index };
	}
	return { value: -1 };
}
