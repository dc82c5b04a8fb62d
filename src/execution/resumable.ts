import type { Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import type { Ending } from "../operation/run/run-state.ts";
import { listed } from "../text/words.ts";
import { isAlive, type operationsOf } from "./history.ts";
import { type HeldRecord, isBelieved, type OperationRecord } from "./operation-record.ts";

/** An operation that may be resumed. */
export interface Resumable {
	readonly record: OperationRecord;
	/** It holds the cluster's lock. */
	readonly isHeld: boolean;
	/** How it ended, if only its lock is left, on a host that could not be reached then. Null: it has not ended. */
	readonly endedAs: Ending | null;
}

/** The operation to resume, or why it is not resumed. */
export function resumable({
	operationId,
	own,
	held,
	hostCount,
}: {
	readonly operationId: string;
	/** Of this machine's journal. */
	readonly own: ReturnType<typeof operationsOf>;
	/** Those that hold the lock. */
	readonly held: readonly HeldRecord[];
	readonly hostCount: number;
}): Resumable | Refusal {
	const known = own.find((one) => one.operationId === operationId);
	if (known?.again !== undefined)
		return refusalOf(
			`operation "${operationId}" is not resumed here: it is a ${known.kind === "bootstrap" ? "bootstrap" : "bootstrap's undo"}`,
			{
				detail:
					known.outcome === "done"
						? "It is done."
						: "It goes on with what is not done yet when it is run again.",
				hint: `Run: ${known.again}`,
			},
		);
	const believed = held.filter((one) => isBelieved(one, hostCount)).map(({ record }) => record);
	const said = held.filter(({ record }) => record.operationId === operationId);
	const other = believed.find((one) => one.operationId !== operationId);
	const isHeld = said.length > 0;
	const foreign = believed.find((one) => one.operationId === operationId);
	// Only this machine's own journal may have repmgrd paused again: a pause takes the failover from a cluster.
	const record =
		known?.record ??
		(foreign && { ...foreign, pausedBefore: foreign.pausedBefore.filter(({ isPaused }) => !isPaused) });
	if (record === undefined && isHeld) {
		const nodes = said.flatMap(({ nodeIds }) => nodeIds).map((nodeId) => `node ${nodeId}`);
		return refusalOf(`operation "${operationId}" is not resumed: too few hosts hold it`, {
			detail: `${listed(nodes)} of ${hostCount} hosts; the same record on more than half of them is needed.`,
			hint: "If no console carries it out, break its lock: runs --break-lock, then unpause.",
		});
	}
	if (record === undefined)
		return refusalOf(`no operation "${operationId}" is known here`, { hint: 'See "runs".' });
	if (other !== undefined)
		return refusalOf("another operation holds the lock of the cluster", {
			detail: `${other.who}: ${other.title}.`,
			hint: 'See "runs".',
		});
	const endedAs = known === undefined || known.outcome === "interrupted" ? null : known.outcome;
	if (endedAs !== null && !isHeld)
		return refusalOf(`operation "${operationId}" has ended`, { detail: `It is ${endedAs}.` });
	if (known !== undefined && endedAs === null && isAlive(known)) {
		return refusalOf(`operation "${operationId}" is being carried out`, {
			detail: `Process ${known.pid} on this machine does it.`,
		});
	}
	return { record, isHeld, endedAs };
}
