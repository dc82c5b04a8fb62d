import type { Step } from "../operation/plan/plan.ts";
import { sentence } from "../text/words.ts";
import { claimRun } from "./remote-run.ts";
import type { RunContext } from "./run-context.ts";

/** A host of an interrupted operation that does not answer for so long leaves it interrupted. */
const PATIENCE_MS = 60_000;

/** An index, or null where that is no question. A fault, in words: a host did not tell. */
export type LastBegun =
	| { readonly value: number | null; readonly fault?: never }
	| { readonly fault: string; readonly value?: never };

/**
 * How far an interrupted operation has come: the index of the last step in order that was begun, or -1. Asked from the end
 * on, and from then on none of the later ones will begin, should whoever began it be still alive.
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
			const way = "Should that host never come back: runs --break-lock, then unpause";
			return {
				fault: `whether node ${command.nodeId} has begun "${key}" can't be told: ${sentence(claimed.fault)} ${way}`,
			};
		}
		if (claimed.value === "begun") return { value: index };
	}
	return { value: -1 };
}
